"""Public market data through ccxt: candles, steps, the venue's clock. ccxt is imported late."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.market import MarketRules
from exchanges.venues.capabilities import Capabilities, all_venues
from foundation.lib import clock
from foundation.lib.errors import AppError, BadInput, TryLater
from foundation.lib.retry import retry

TIMEOUT_MS = 15_000
ATTEMPTS_MAX = 5
CANDLES_PER_REQUEST_USUAL = 500

# What ccxt stumbles with over an answer that is not what the venue promises.
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

Row = tuple[int, float, float, float, float, float]


def capabilities_of(venue: str) -> Capabilities:
    """The venue's own file, or what ccxt says of a venue without one; BadInput if it knows none."""
    known = all_venues()
    if venue in known:
        return known[venue]
    import ccxt

    if venue not in ccxt.exchanges:
        raise BadInput(f"no venue {venue}; known are {', '.join(known)} and ccxt's others")
    timeframes = getattr(ccxt, venue)().timeframes or {}
    kinds = frozenset({"spot", "swap", "future"})
    served = frozenset(TIMEFRAME_MS) & frozenset(timeframes)
    return Capabilities(venue, venue, venue, kinds, served, CANDLES_PER_REQUEST_USUAL)


class CcxtData:
    """One venue's public data. Calls are bounded in time and attempts, and spaced as it asks.

    adjust: changes ccxt's object before its first call; tests point it at a local server.
    """

    def __init__(
        self,
        venue: str,
        *,
        adjust: Callable[[Any], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import ccxt

        self.capabilities = capabilities_of(venue)
        self._sleep = sleep
        options = {"enableRateLimit": True, "timeout": TIMEOUT_MS}
        self._ccxt = ccxt
        self._exchange = getattr(ccxt, self.capabilities.ccxt_id)(options)
        if adjust is not None:
            adjust(self._exchange)

    def check(self, symbol: str, timeframe: str) -> None:
        """BadInput if the venue has no such market, or does not serve this timeframe."""
        if timeframe not in self.capabilities.timeframes:
            served = [name for name in TIMEFRAME_MS if name in self.capabilities.timeframes]
            raise BadInput(f"{self.capabilities.name} serves {', '.join(served)}, not {timeframe}")
        self._call(self._load_markets)
        if symbol not in self._exchange.markets:
            raise BadInput(f"{self.capabilities.name} has no market {symbol}")

    def rules(self, symbol: str) -> MarketRules:
        """Steps and minimums as the venue tells them; after `check`."""
        return rules_of(self._exchange, symbol)

    def candles(self, symbol: str, timeframe: str, since_ms: int) -> list[Row]:
        """One page of candles from since_ms on, in order of time; the newest may still be open."""
        rows = self._call(
            self._exchange.fetch_ohlcv,
            symbol,
            timeframe,
            since_ms,
            self.capabilities.candles_per_request_max,
        )
        # Some venues fill spans without a trade with empty prices: that is no candle.
        whole = {int(row[0]): tuple(row[:6]) for row in rows if None not in row[:6]}
        return [whole[time_ms] for time_ms in sorted(whole)]

    def now_ms(self) -> int:
        """The venue's clock, or ours where it does not tell."""
        if not self._exchange.has.get("fetchTime"):
            return clock.now_ms()
        return int(self._call(self._exchange.fetch_time) or clock.now_ms())

    def asked_ms(self) -> int:
        """The venue's clock, asked once and at once: a second try would blur the round trip."""
        try:
            told = self._exchange.fetch_time() if self._exchange.has.get("fetchTime") else None
        except self._ccxt.BaseError as fault:
            raise translated(fault, self.capabilities.name) from fault
        if not isinstance(told, int):
            raise TryLater(f"{self.capabilities.name} does not tell its time")
        return told

    def _load_markets(self) -> None:
        # An answer that cannot be read gives no markets and no error: ask again.
        if not self._exchange.load_markets(not self._exchange.markets):
            raise self._ccxt.BadResponse("sent no markets")

    def _call(self, method: Callable[..., Any], *args: Any) -> Any:
        def once() -> Any:
            try:
                return method(*args)
            except self._ccxt.BaseError as fault:
                raise translated(fault, self.capabilities.name) from fault
            except UNREADABLE as fault:
                raise TryLater(f"{self.capabilities.name}: an unreadable answer") from fault

        return retry(once, attempts_max=ATTEMPTS_MAX, sleep=self._sleep)


def rules_of(exchange: Any, symbol: str) -> MarketRules:
    """A market as a ccxt exchange that has loaded its markets describes it; fees stay ours."""
    market = exchange.market(symbol)
    precision, limits = market["precision"], market["limits"]
    return MarketRules(
        price_step=_step(exchange.precisionMode, precision.get("price")),
        amount_step=_step(exchange.precisionMode, precision.get("amount")),
        amount_min=_positive(limits.get("amount", {}).get("min")),
        notional_min=_positive(limits.get("cost", {}).get("min")),
    )


def _step(mode: int, precision: Any) -> Decimal | None:
    import ccxt

    if precision is None or mode == ccxt.SIGNIFICANT_DIGITS:
        return None
    if mode == ccxt.DECIMAL_PLACES:
        return Decimal(1).scaleb(-int(precision))
    return _positive(precision)


def translated(fault: Exception, name: str) -> AppError:
    """What a fault of a public request means: come again, or ask for something else."""
    import ccxt

    words = f"{name}: {str(fault)[:200]}"
    if isinstance(fault, ccxt.BadSymbol | ccxt.BadRequest | ccxt.NotSupported):
        return BadInput(words)
    return TryLater(words)  # network, limits, maintenance, an answer that cannot be read


def _positive(value: Any) -> Decimal | None:
    if value is None or not math.isfinite(float(value)) or float(value) <= 0:
        return None
    return Decimal(str(value))
