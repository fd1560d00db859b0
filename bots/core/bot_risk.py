"""A bot's own limits: declared once, for form, check and documentation; asked at the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bots.core.kinds.params import Param, Type, check
from exchanges.core.risk_gate import TOMORROW, Refusal, percent, shown
from foundation.lib.decimals import plain
from foundation.lib.errors import FieldFault

MINUTE_MS = 60_000
PARAMS = (
    Param(
        "daily_loss", Type.FRACTION, "Most it may lose a day",
        "Of its equity at 00:00 UTC; then it opens nothing until the next day.",
        low=0.001, high=1, optional=True,
    ),
    Param(
        "max_drawdown", Type.FRACTION, "Deepest fall",
        "Of its equity from its highest; below that it opens nothing any more.",
        low=0.001, high=1, optional=True,
    ),
    Param(
        "trades_day", Type.INTEGER, "Most trades a day", "Orders that open, a UTC day.",
        low=1, high=100_000, optional=True,
    ),
    Param(
        "cooldown_minutes", Type.INTEGER, "Pause after a loss",
        "Minutes after a sale below its cost in which it opens nothing.",
        low=1, high=43_200, optional=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """Where the bot stands. day_equity: at the day's beginning. lost_ms: of its last loss."""

    now_ms: int
    equity: Decimal
    peak: Decimal
    day_equity: Decimal
    trades_day: int = 0
    lost_ms: int | None = None


def read(given: Any) -> tuple[dict[str, Any], list[FieldFault]]:
    """(limits that are set, every fault) of what an owner entered."""
    if not isinstance(given, Mapping):
        return {}, [FieldFault("risk", "must be an object of limits")]
    values, faults = check(PARAMS, given, "risk")
    return {name: value for name, value in values.items() if value is not None}, faults


def refusals(risk: Mapping[str, Any], facts: OwnFacts) -> list[Refusal]:
    """Every limit of the bot's own that forbids it to open now."""
    checks = (_daily_loss, _drawdown, _trades, _cooldown)
    return [found for one in checks if (found := one(risk, facts)) is not None]


def _daily_loss(risk: Mapping[str, Any], facts: OwnFacts) -> Refusal | None:
    most, lost = _fraction(risk, "daily_loss"), facts.day_equity - facts.equity
    if most is None or lost <= 0 or lost < most * facts.day_equity:
        return None
    value = lost / facts.day_equity
    words = f"The bot has lost {shown(lost)} today, {percent(value)} of its equity, and"
    return _over("bot_daily_loss", value, most, f"{words} {percent(most)} is its most. {TOMORROW}")


def _drawdown(risk: Mapping[str, Any], facts: OwnFacts) -> Refusal | None:
    most, fallen = _fraction(risk, "max_drawdown"), facts.peak - facts.equity
    if most is None or fallen <= 0 or fallen < most * facts.peak:
        return None
    value = fallen / facts.peak
    words = f"The bot is {percent(value)} below its highest equity of {shown(facts.peak)}, and"
    return _over("bot_max_drawdown", value, most, f"{words} {percent(most)} is its most.")


def _trades(risk: Mapping[str, Any], facts: OwnFacts) -> Refusal | None:
    most = risk.get("trades_day")
    if most is None or facts.trades_day < most:
        return None
    words = f"The bot has opened {facts.trades_day} times today, its most is {most}. {TOMORROW}"
    return Refusal("bot_trades_day", str(facts.trades_day + 1), str(most), words)


def _cooldown(risk: Mapping[str, Any], facts: OwnFacts) -> Refusal | None:
    most = risk.get("cooldown_minutes")
    if most is None or facts.lost_ms is None:
        return None
    minutes = max(facts.now_ms - facts.lost_ms, 0) // MINUTE_MS
    if minutes >= most:
        return None
    words = f"The bot lost {minutes} minutes ago and pauses for {most} minutes after a loss."
    return Refusal("bot_cooldown", str(minutes), str(most), words)


def _fraction(risk: Mapping[str, Any], name: str) -> Decimal | None:
    value = risk.get(name)
    return None if value is None else Decimal(str(value))


def _over(rule: str, value: Decimal, limit: Decimal, words: str) -> Refusal:
    return Refusal(rule, plain(value.quantize(Decimal("0.000001"))), plain(limit), words)
