"""A seeded market: the same seed, symbol and moment always give the same trade.

Every price is a function of (seed, symbol, time): days are levels of a mean-reverting walk from a
fixed first day, a day's trades a walk that is bent so that it ends on the next day's level. So
history, the live stream and the stream after a restart are one market, and any part of it can be
made without what was before.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np

from exchanges.core import candles as core
from exchanges.core.candles import DAY_MS, MINUTE_MS, Candles, Floats, Ints
from exchanges.core.market import MarketRules
from exchanges.feed import aggregate
from exchanges.feed.source import CandleUpdate, ClockTick, Depth, Event, Trade
from exchanges.selectors.live import FormingCandle
from foundation.lib import clock

FIRST_DAY_MS = 1_577_836_800_000  # 2020-01-01
SLOT_MS = 3_000  # one trade in each
TRADES_PER_DAY = DAY_MS // SLOT_MS
TRADES_PER_MINUTE = MINUTE_MS // SLOT_MS
REVERSION = 0.01  # share of the way back to the base price that a day goes
DEPTH_LEVELS = 12
NOTIONAL_MIN = Decimal(5)
BACKFILL_DAYS_MAX = 400


@dataclass(frozen=True, slots=True)
class Profile:
    """How one symbol behaves. volatility: of a day, as a fraction; steps as decimal places."""

    price: float
    volatility: float
    price_decimals: int
    amount_decimals: int
    trade_quote: float  # typical size of one trade in the quote currency


PROFILES: dict[str, Profile] = {
    "BTC/USDT": Profile(42_000.0, 0.026, 2, 5, 4_000.0),
    "ETH/USDT": Profile(2_400.0, 0.034, 2, 4, 2_500.0),
    "SOL/USDT": Profile(95.0, 0.048, 3, 2, 1_200.0),
    "XRP/USDT": Profile(0.62, 0.041, 4, 0, 700.0),
    "ADA/USDT": Profile(0.45, 0.044, 4, 0, 500.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """All trades of one symbol's day."""

    start_ms: int
    times_ms: Ints
    prices: Floats
    steps: Ints  # amounts as whole steps, so that sums are exact
    amount_scale: float


def profile_of(symbol: str) -> Profile:
    """The symbol's profile; an unlisted one gets a price from its name."""
    if symbol in PROFILES:
        return PROFILES[symbol]
    return Profile(float(10 + _number(symbol) % 490), 0.04, 3, 3, 1_000.0)


def rules_of(symbol: str) -> MarketRules:
    """Steps and minimums of a simulated market."""
    profile = profile_of(symbol)
    amount_step = Decimal(1).scaleb(-profile.amount_decimals)
    return MarketRules(
        price_step=Decimal(1).scaleb(-profile.price_decimals),
        amount_step=amount_step,
        amount_min=amount_step,
        notional_min=NOTIONAL_MIN,
    )


def history(symbol: str, start_ms: int, end_ms: int, seed: int = 42) -> Candles:
    """One-minute candles that open in [start_ms, end_ms), as the live stream would have made."""
    start_ms, end_ms = max(start_ms, FIRST_DAY_MS), max(end_ms, FIRST_DAY_MS)
    if end_ms <= start_ms:
        return core.no_candles("1m")
    first, last = start_ms // DAY_MS * DAY_MS, (end_ms - 1) // DAY_MS * DAY_MS
    days = range(first, last + 1, DAY_MS)
    return core.concat([_minutes(make_day(symbol, day, seed)) for day in days]).between(
        start_ms, end_ms
    )


def make_day(symbol: str, start_ms: int, seed: int) -> Day:
    """The trades of one UTC day."""
    profile = profile_of(symbol)
    rng = np.random.default_rng([seed, _number(symbol), start_ms // DAY_MS])
    levels = _levels(symbol, seed, (start_ms - FIRST_DAY_MS) // DAY_MS + 2)
    begin, end = levels[-2], levels[-1]
    calm = rng.lognormal(-0.1, 0.35)
    walk = np.cumsum(rng.standard_normal(TRADES_PER_DAY))
    walk *= profile.volatility * calm / np.sqrt(TRADES_PER_DAY)
    share = np.arange(1, TRADES_PER_DAY + 1) / TRADES_PER_DAY
    path = begin + walk + share * (end - begin - walk[-1])
    prices = np.round(profile.price * np.exp(path), profile.price_decimals)
    scale = 10.0**profile.amount_decimals
    typical = profile.trade_quote / prices * rng.lognormal(0.0, 0.9, TRADES_PER_DAY)
    steps = np.maximum(1, np.rint(typical * scale)).astype(np.int64)
    within = rng.integers(0, SLOT_MS - 100, TRADES_PER_DAY)
    times = start_ms + np.arange(TRADES_PER_DAY, dtype=np.int64) * SLOT_MS + within
    return Day(start_ms, times, prices, steps, scale)


def depth(symbol: str, day: Day, index: int, seed: int) -> Depth:
    """The order book around one trade."""
    profile = profile_of(symbol)
    rng = np.random.default_rng([seed, _number(symbol), day.start_ms // DAY_MS, index])
    price = float(day.prices[index])
    step = 10.0**-profile.price_decimals
    # Whole steps from the price, at least one between two levels.
    gap_steps = max(1.0, price * 0.0001 / step)
    between = np.maximum(1, np.rint(rng.uniform(0.3, 1.7, (2, DEPTH_LEVELS)) * gap_steps))
    away = np.cumsum(between, axis=1) * step
    sizes = np.round(
        profile.trade_quote / price * rng.lognormal(0.5, 0.8, (2, DEPTH_LEVELS)),
        profile.amount_decimals,
    )
    sizes = np.maximum(sizes, 10.0**-profile.amount_decimals)
    bids = np.round(price - away[0], profile.price_decimals)
    asks = np.round(price + away[1], profile.price_decimals)
    keep = bids > 0
    return Depth(
        symbol,
        int(day.times_ms[index]),
        list(zip(bids[keep].tolist(), sizes[0][keep].tolist(), strict=True)),
        list(zip(asks.tolist(), sizes[1].tolist(), strict=True)),
    )


class SimulatedSource:
    """The seeded market as a live source, at `speed` times real time."""

    name = "simulated"
    is_simulated = True
    candles_from_trades = False  # told by the source, so that volumes add up as in `history`

    def __init__(
        self,
        symbols: list[str],
        *,
        seed: int,
        speed: float = 1.0,
        start_ms: int | None = None,
        sleep: Callable[[float], object] = asyncio.sleep,
    ) -> None:
        self.symbols, self.seed, self.speed = symbols, seed, speed
        self.base = dict.fromkeys(symbols, "1m")
        self.start_ms = clock.now_ms() if start_ms is None else start_ms
        self._sleep = sleep

    async def backfill(self, symbol: str, after_ms: int | None) -> Candles:
        """Minutes missed while nobody looked; one day if there never was any."""
        until_ms = core.bucket_start(self.start_ms, "1m")
        from_ms = until_ms - DAY_MS if after_ms is None else after_ms + MINUTE_MS
        from_ms = max(from_ms, until_ms - BACKFILL_DAYS_MAX * DAY_MS)
        return await asyncio.to_thread(history, symbol, from_ms, until_ms, self.seed)

    async def events(self) -> AsyncIterator[Event]:
        began_ms = clock.now_ms()
        day_ms = self.start_ms // DAY_MS * DAY_MS
        # The minute that is open now is told from its first trade on.
        from_ms = core.bucket_start(self.start_ms, "1m")
        while True:
            for time_ms, symbol, index, day in self._merged(day_ms, from_ms):
                ahead_ms = (time_ms - self.start_ms) / self.speed - (clock.now_ms() - began_ms)
                if ahead_ms > 0:
                    await self._pause(ahead_ms / 1000)
                for event in self._at(symbol, day, index):
                    yield event
            day_ms += DAY_MS
            from_ms = day_ms
            yield ClockTick(day_ms)

    def has_more(self) -> bool:
        return False  # its market waits for each candle

    def rules(self, symbol: str) -> MarketRules:
        return rules_of(symbol)

    def stale(self) -> dict[str, list[str]]:
        return {}

    async def close(self) -> None:
        """Nothing is open."""

    async def _pause(self, seconds: float) -> None:
        waiting = self._sleep(seconds)
        if asyncio.iscoroutine(waiting):
            await waiting

    def _merged(self, day_ms: int, from_ms: int) -> list[tuple[int, str, int, Day]]:
        found = []
        for symbol in self.symbols:
            day = make_day(symbol, day_ms, self.seed)
            first = int(np.searchsorted(day.times_ms, from_ms))
            times = day.times_ms[first:].tolist()
            found += [(time, symbol, first + i, day) for i, time in enumerate(times)]
        found.sort(key=lambda entry: entry[:2])
        return found

    def _at(self, symbol: str, day: Day, index: int) -> list[Event]:
        price = float(day.prices[index])
        before = float(day.prices[index - 1]) if index else price
        trade = Trade(
            symbol=symbol,
            time_ms=int(day.times_ms[index]),
            trade_id=str(day.start_ms // SLOT_MS + index),
            price=price,
            amount=float(day.steps[index] / day.amount_scale),
            side="buy" if price >= before else "sell",
        )
        return [
            CandleUpdate(symbol, _forming(day, index), closed=False),
            trade,
            depth(symbol, day, index, self.seed),
        ]


def _forming(day: Day, index: int) -> FormingCandle:
    """The open minute after this trade; its volume is summed in steps, as `history` does."""
    first = index - index % TRADES_PER_MINUTE
    prices = day.prices[first : index + 1]
    return FormingCandle(
        open_time_ms=day.start_ms + first * SLOT_MS,
        open=float(prices[0]),
        high=float(prices.max()),
        low=float(prices.min()),
        close=float(prices[-1]),
        volume=float(day.steps[first : index + 1].sum() / day.amount_scale),
    )


def _minutes(day: Day) -> Candles:
    whole = aggregate.from_trades(day.times_ms, day.prices, day.steps.astype(np.float64), "1m")
    columns = whole.columns()[:-1]
    return Candles("1m", whole.open_time_ms, *columns, whole.volume / day.amount_scale)


@lru_cache(maxsize=64)
def _levels(symbol: str, seed: int, count: int) -> tuple[float, ...]:
    """Log levels at the first `count` midnights, 0 being the base price."""
    shocks = np.random.default_rng([seed, _number(symbol)]).standard_normal(count)
    volatility, level = profile_of(symbol).volatility, 0.0
    levels = []
    for shock in shocks.tolist():
        levels.append(level)
        level = level * (1 - REVERSION) + volatility * shock
    return tuple(levels)


def _number(symbol: str) -> int:
    return zlib.crc32(symbol.encode())
