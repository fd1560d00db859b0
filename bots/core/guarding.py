"""What protects a position on a connected account: a stop at the venue, a target at the closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from bots.core.engine.orders import Bracket
from exchanges.core.market import MarketRules
from exchanges.core.matching import (
    EXIT_REASONS,
    active_stop,
    best_price,
    stop_loss_price,
    take_profit_price,
)

ZERO = Decimal(0)
ALARM_MS = 30_000  # a position without a confirmed stop
DEADLINE_MS = 120_000  # then it is sold
AGAIN_MS = 10_000  # after an order that was refused: the next one at once would be refused as well
LONG = 1
AMOUNTS = (
    "stop_loss", "take_profit", "trailing_stop", "best", "refused_target", "refused_quantity",
)  # fmt: skip


class Levels(NamedTuple):
    """0: none."""

    stop: Decimal
    stop_reason: str
    target: Decimal


@dataclass(slots=True)
class Guard:
    """Of one position. best: highest price since its entry; bare_since_ms: without a confirmed
    stop since then, 0: confirmed. refused_target: the venue did not take a stop together with it,
    for refused_quantity coins. exit_reason: it is to be sold."""

    stop_loss: Decimal = ZERO
    take_profit: Decimal = ZERO
    trailing_stop: Decimal = ZERO
    best: Decimal = ZERO
    refused_target: Decimal = ZERO
    refused_quantity: Decimal = ZERO
    bare_since_ms: int = 0
    alarmed: bool = False
    exit_reason: str = ""
    refused_ms: int = 0

    def may_send(self, now_ms: int) -> bool:
        """Whether no order of it was refused a moment ago; what a clock ahead wrote is not ago."""
        return not 0 <= now_ms - self.refused_ms < AGAIN_MS

    @property
    def wants_stop(self) -> bool:
        return self.stop_loss > 0 or self.trailing_stop > 0

    def levels(self, entry: Decimal, rules: MarketRules) -> Levels:
        """From the average entry price, on the market's price step."""
        steps = rules.numbers(Decimal)
        stop, reason = active_stop(
            LONG, stop_loss_price(LONG, entry, self.stop_loss, steps), self.best or entry,
            self.trailing_stop, steps,
        )  # fmt: skip
        target = take_profit_price(LONG, entry, self.take_profit, steps)
        return Levels(stop, EXIT_REASONS[reason], target)

    def saw(self, high: Decimal, low: Decimal) -> None:
        """A candle is over; its high moves a trailing stop from the next one on."""
        self.best = best_price(LONG, self.best or high, high, low)

    def note(self, *, confirmed: bool, now_ms: int) -> str:
        """ "" or "alarm" (once) or "deadline", by how long the position has had no stop."""
        if confirmed:
            self.bare_since_ms, self.alarmed = 0, False
            return ""
        self.bare_since_ms = min(self.bare_since_ms or now_ms, now_ms)  # a clock may have jumped
        bare_ms = now_ms - self.bare_since_ms
        if bare_ms >= DEADLINE_MS:
            return "deadline"
        if bare_ms >= ALARM_MS and not self.alarmed:
            self.alarmed = True
            return "alarm"
        return ""

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {name: f"{getattr(self, name):f}" for name in AMOUNTS}
        return row | {
            "bare_since_ms": self.bare_since_ms,
            "alarmed": self.alarmed,
            "exit_reason": self.exit_reason,
            "refused_ms": self.refused_ms,
        }


def exit_reason(target: Decimal | None, price: Decimal, decided: str) -> str:
    """Why a long position was sold at this price, where stop and target were one order."""
    return "take_profit" if target is not None and price >= target else decided


def from_json(row: Mapping[str, Any]) -> Guard:
    return Guard(**{**row, **{name: Decimal(row.get(name, 0)) for name in AMOUNTS}})


def guard_of(bracket: Bracket) -> Guard:
    """What an entry's bracket asks for, before anything is filled."""
    stop, target, trail = (Decimal(repr(one)) for one in bracket[:3])
    return Guard(stop, target, trail)
