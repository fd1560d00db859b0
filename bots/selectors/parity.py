"""How far bots do live what their backtests do, as the nightly comparison left it."""

from __future__ import annotations

from typing import Any

from bots.models import Bot, BotParity

CAUSES = {
    "data": "other candles",
    "signal": "other decisions",
    "timing": "another candle",
    "price": "another price",
    "missed_fill": "an order that was not filled",
    "fee": "another fee",
    "funding": "another funding",
    "rejection": "an order that was refused",
}


def parity_of(bot: Bot) -> BotParity | None:
    """Of the newest run that was compared; None before the first comparison."""
    return BotParity.objects.filter(run__bot=bot).order_by("-run_id").first()


def row(found: BotParity | None) -> dict[str, Any]:
    """As REST tells it: nulls and empty lists before the first comparison."""
    if found is None:
        return {
            "run": None, "score": None, "expected": 0, "live": 0, "same": 0, "causes": {},
            "gaps": [], "until_ms": None, "words": "It has not been compared yet.",
            "checked_at": None,
        }  # fmt: skip
    return {
        "run": found.run_id, "score": found.score, "expected": found.expected, "live": found.live,
        "same": found.same, "causes": found.causes, "gaps": found.gaps,
        "until_ms": found.until_ms, "words": found.words, "checked_at": found.checked_at,
    }  # fmt: skip


def gaps(found: BotParity | None) -> list[dict[str, Any]]:
    """The gaps with their causes in words, the newest first."""
    rows = [] if found is None else found.gaps
    return [{**one, "cause_words": CAUSES.get(one["cause"], one["cause"])} for one in rows]
