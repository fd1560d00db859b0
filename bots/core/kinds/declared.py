"""The common ground of kinds: a declaration, and a trader whose fields are its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from bots.core.kinds.base import Desk, Market, Told, Trader
from bots.core.kinds.params import Param
from foundation.lib.errors import FieldFault

SAID_MAX = 20
Checks = Callable[[Mapping[str, Any], float, Market | None], list[FieldFault]]
Trades = Callable[[Mapping[str, Any], str], tuple[str, ...]]


def no_faults(
    _values: Mapping[str, Any], _allocation: float, _market: Market | None
) -> list[FieldFault]:
    return []


def own_symbol(_values: Mapping[str, Any], symbol: str) -> tuple[str, ...]:
    return (symbol,)


@dataclass(slots=True)
class Kept:
    """A trader whose fields, but for `values`, are its state; each must be JSON.

    said: what its owner should know and orders do not tell, the newest last.
    """

    values: Mapping[str, Any]
    said: list[dict[str, Any]] = field(default_factory=list)

    def say(self, desk: Desk, words: str) -> None:
        """Tell the owner; the same again is told once."""
        if not self.said or self.said[-1]["words"] != words:
            told = {"time_ms": desk.time_ms, "words": words}
            self.said = [*self.said, told][-SAID_MAX:]

    def state(self) -> dict[str, Any]:
        return {
            one.name: deepcopy(getattr(self, one.name))
            for one in fields(self)
            if one.name != "values"
        }

    def on_event(self, desk: Desk, event: Mapping[str, Any]) -> None:
        """Kinds without inputs hear of nothing."""

    def on_fill(self, desk: Desk, told: Told) -> None:
        """Kinds that only look at what is held need no fills."""

    def on_candle(self, desk: Desk) -> None:
        """Kinds that only act on events do nothing at a close."""

    def go_on(self, desk: Desk, now_ms: int) -> None:
        """Between closes, for kinds whose orders go in turn where `desk.in_turn`; they say so by
        a field `legs`, 0 when none is under way."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A `Kind` out of its parts. checks: of values that are each allowed. trades: its symbols.

    backtests: why it cannot be played on candles, "" where it can. wallet, own: as `Kind` says.
    """

    name: str
    title: str
    summary: str
    params: tuple[Param, ...]
    trader: type[Kept]
    inputs: str = ""
    backtests: str = ""
    wallet: bool = False
    own: str = ""
    checks: Checks = no_faults
    trades: Trades = own_symbol

    def faults(
        self, values: Mapping[str, Any], *, allocation: float, market: Market | None
    ) -> list[FieldFault]:
        return self.checks(values, allocation, market)

    def symbols(self, values: Mapping[str, Any], symbol: str) -> tuple[str, ...]:
        return self.trades(values, symbol)

    def make(self, values: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> Trader:
        """A trader; with a state one that goes on. What this version does not know is left out."""
        known = {one.name for one in fields(self.trader)} - {"values"}
        given = {name: deepcopy(value) for name, value in (state or {}).items() if name in known}
        return self.trader(values, **given)


def tags_of(desk: Desk, symbol: str) -> dict[str, Any]:
    """Open orders of a symbol by their tag."""
    return {order.tag: order for order in desk.open_orders(symbol)}


def at(name: str, words: str) -> FieldFault:
    return FieldFault(f"params.{name}", words)


def too_small(name: str, amount: float, market: Market | None) -> list[FieldFault]:
    """Whether the market would refuse an order of so much quote currency."""
    if market is None or amount >= market.notional_min:
        return []
    words = f"makes orders of {amount:g}; this market takes none below {market.notional_min:g}"
    return [at(name, words)]
