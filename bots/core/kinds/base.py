"""What a kind of bot is: parameters, and a trader that sends orders at closes.

A trader sees the world through a `Desk` alone. In a backtest and live on paper that is the venue
in memory (`bots.core.engine.view.View`), on a connected account the account's own orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from bots.core.kinds.params import Param, check
from exchanges.core.market import MarketRules
from foundation.lib.errors import FieldFault


class Sent(Protocol):
    """An order that was sent, as far as a trader may see it. status: open, filled, cancelled,
    expired or refused."""

    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> int: ...
    @property
    def tag(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def is_open(self) -> bool: ...


class Told(Protocol):
    """A fill. side: +1 bought, -1 sold. reason: of an exit, "" of what opened or added."""

    @property
    def symbol(self) -> str: ...
    @property
    def order(self) -> Any: ...
    @property
    def side(self) -> int: ...
    @property
    def price(self) -> float: ...
    @property
    def quantity(self) -> float: ...
    @property
    def fee(self) -> float: ...
    @property
    def reason(self) -> str: ...
    @property
    def time_ms(self) -> int: ...


class Desk(Protocol):
    """One close. Same calls, same meaning as `bots.core.engine.view.View`.

    Orders are known by their tag: a trader is kept between closes as JSON, and holds no objects.
    """

    @property
    def time_ms(self) -> int: ...
    @property
    def in_turn(self) -> bool:
        """Whether an order can spend what another one brings only once that is there."""
        ...

    @property
    def symbols(self) -> tuple[str, ...]: ...
    @property
    def cash(self) -> float: ...
    @property
    def equity(self) -> float: ...
    def close(self, symbol: str) -> float: ...
    def candles(self, symbol: str) -> Any: ...
    def position(self, symbol: str) -> Any: ...
    def open_orders(self, symbol: str | None = None) -> Sequence[Any]: ...
    def send(
        self, symbol: str, side: int, quantity: float | None = None, *, amount: float | None = None,
        kind: str = "market", price: float = 0.0, trail: float = 0.0, reduce_only: bool = False,
        with_position: bool = False, expires_after: int = 0, tag: str = "", oco: str = "",
        bracket: Any = None,
    ) -> Any: ...  # fmt: skip
    def cancel(self, order: Any) -> None: ...


class Trader(Protocol):
    """One bot at work. `state()` must be JSON, and `make(values, state)` must go on from it.

    At a close it hears of its fills, then of events (of a kind with `inputs`), then of the candle.
    """

    def on_event(self, desk: Desk, event: Mapping[str, Any]) -> None: ...
    def on_candle(self, desk: Desk) -> None: ...
    def on_fill(self, desk: Desk, told: Told) -> None: ...
    def state(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Market:
    """What a check of parameters may know of the market: fees and steps. fee: of a taker."""

    fee: float
    price_step: float = 0.0
    amount_step: float = 0.0
    notional_min: float = 0.0


class Kind(Protocol):
    """One entry of KINDS. title, summary: for people; summary ends up in form and docs.

    backtests: why it cannot be played on candles, "" where it can. wallet: its markets have several
    quote currencies, so that it needs a desk that holds money of each (`bots.core.engine.wallet`);
    its first market is quoted in the bot's own. own: the parameter that is the bot's own market,
    "" where there is none.
    inputs: what it needs besides candles: "" or "signals" (from a webhook), "leader" (fills of the
    bot it copies), "script" (answers of a sandboxed script); they come as events.
    """

    name: str
    title: str
    summary: str
    params: tuple[Param, ...]
    inputs: str
    backtests: str
    wallet: bool
    own: str

    def faults(
        self, values: Mapping[str, Any], *, allocation: float, market: Market | None
    ) -> list[FieldFault]:
        """What of values that are each allowed does not go together."""
        ...

    def symbols(self, values: Mapping[str, Any], symbol: str) -> tuple[str, ...]:
        """What it trades; the bot's own symbol first."""
        ...

    def make(self, values: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> Trader: ...


def read(
    kind: Kind, given: Mapping[str, Any], *, allocation: Decimal, market: Market | None = None
) -> tuple[dict[str, Any], list[FieldFault]]:
    """(checked values, every fault) of what an owner entered."""
    values, faults = check(kind.params, given)
    if not faults:
        faults = kind.faults(values, allocation=float(allocation), market=market)
    return values, faults


def market_of(rules: MarketRules) -> Market:
    """What a check may know of a market with these rules."""
    steps = rules.price_step, rules.amount_step, rules.notional_min
    return Market(float(rules.fee_taker), *(float(one or 0) for one in steps))
