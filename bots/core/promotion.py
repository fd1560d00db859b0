"""From paper to real money by steps, and back: what must be shown before more is risked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bots.core.kinds.params import Param, Type, check
from foundation.lib.errors import BadInput

ONE = Decimal(1)
NARROW = "\N{NARROW NO-BREAK SPACE}"


class Stage(StrEnum):
    PAPER = "paper"
    LIVE = "live"  # at a share of the money
    FULL = "full"


PARAMS = (
    Param("paper_days", Type.INTEGER, "Days on paper", "Before real money is used.", 7, 1, 365),
    Param(
        "parity_min", Type.FRACTION, "Parity at least",
        "Share of fills that are as in the backtest.", 0.95, 0.5, 1,
    ),
    Param("fills_min", Type.INTEGER, "Fills at least", "To judge parity by.", 10, 1, 1000),
    Param("share", Type.FRACTION, "First share", "Of the money, when it goes live.", 0.25, 0.01, 1),
    Param("ramp_days", Type.INTEGER, "Days a step", "Before the share grows.", 3, 1, 90),
    Param("ramp_factor", Type.NUMBER, "Growth", "Of the share at each step.", 2.0, 1.1, 10),
    Param(
        "drawdown_max", Type.FRACTION, "Drawdown at most",
        "Beyond it the bot goes back to paper.", 0.1, 0.01, 0.9,
    ),
)  # fmt: skip
# Parity may dip a little before a bot that was good enough goes back.
SLACK = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Plan:
    """Fractions as such."""

    paper_days: int
    parity_min: Decimal
    fills_min: int
    share: Decimal
    ramp_days: int
    ramp_factor: Decimal
    drawdown_max: Decimal

    def to_json(self) -> dict[str, Any]:
        return {name: str(value) if isinstance(value, Decimal) else value
                for name, value in asdict(self).items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """days: in this stage. parity: a fraction, None: nothing was compared yet, of `fills`.

    drawdown: fraction lost from the peak of this stage's equity.
    """

    days: Decimal
    parity: Decimal | None
    fills: int
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """Where the bot goes now, and why in words. share: of its money, 0 on paper."""

    stage: Stage
    share: Decimal
    words: str


def percent(fraction: Decimal, places: int = 0) -> str:
    """0.25 -> 25 %."""
    return f"{fraction * 100:.{places}f}{NARROW}%"


def read(given: Mapping[str, Any]) -> Plan:
    """BadInput with every fault."""
    values, faults = check(PARAMS, given, "plan")
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)
    return from_json(values)


def from_json(row: Mapping[str, Any]) -> Plan:
    whole = {one.name for one in PARAMS if one.type is Type.INTEGER}
    values: dict[str, Any] = {
        name: int(value) if name in whole else Decimal(str(value)) for name, value in row.items()
    }
    return Plan(**values)


def next_move(stage: Stage, share: Decimal, plan: Plan, facts: Facts) -> Move | None:
    """What follows from the facts; None: it stays where it is."""
    if stage is not Stage.PAPER and (words := _why_back(plan, facts)):
        return Move(Stage.PAPER, Decimal(0), words)
    if missing(stage, plan, facts) or stage is Stage.FULL:
        return None
    assert facts.parity is not None, "else it were missing"
    reached = grown(stage, share, plan)
    told = f"{percent(facts.parity)} of {facts.fills} fills were as in the backtest"
    words = f"{told}; it trades with {percent(reached.share)} of its money now."
    return Move(reached.stage, reached.share, words)


def grown(stage: Stage, share: Decimal, plan: Plan) -> Move:
    """The step after this one, without words: the first share, then ramp_factor times it."""
    larger = plan.share if stage is Stage.PAPER else min(ONE, share * plan.ramp_factor)
    return Move(Stage.FULL if larger >= ONE else Stage.LIVE, larger, "")


def shares(plan: Plan) -> list[Decimal]:
    """Every share of the way, up to 1."""
    found = [min(plan.share, ONE)]
    while found[-1] < ONE:
        found.append(min(ONE, found[-1] * plan.ramp_factor))
    return found


def missing(stage: Stage, plan: Plan, facts: Facts) -> list[str]:
    """What is still to be shown before the next step, in words."""
    days = plan.paper_days if stage is Stage.PAPER else plan.ramp_days
    found = []
    if facts.days < days:
        found.append(f"{days - facts.days:.1f} more days")
    if facts.fills < plan.fills_min:
        found.append(f"{plan.fills_min - facts.fills} more fills")
    if facts.parity is None or facts.parity < plan.parity_min:
        now = "unknown" if facts.parity is None else percent(facts.parity)
        found.append(f"a parity of {percent(plan.parity_min)} (now {now})")
    return found


def _why_back(plan: Plan, facts: Facts) -> str:
    if facts.drawdown >= plan.drawdown_max:
        return f"It lost {percent(facts.drawdown, 1)} from its peak; it goes on with paper money."
    is_judged = facts.parity is not None and facts.fills >= plan.fills_min
    if is_judged and facts.parity is not None and facts.parity < plan.parity_min - SLACK:
        return f"Only {percent(facts.parity)} of its fills were as in the backtest; back to paper."
    return ""
