"""What the closes of a run were given besides candles."""

from __future__ import annotations

from typing import Any

from bots.core.kinds import KINDS
from bots.models import Bot, BotEvent, BotRun
from bots.selectors import signals


def inputs_of(bot: Bot | BotRun) -> str:
    """What the bot's kind acts on besides candles: "", "signals", "leader" or "script"."""
    kind = KINDS.get(bot.kind)
    return "" if kind is None else kind.inputs


def given(run: BotRun) -> dict[int, list[dict[str, Any]]]:
    """Time of a close -> the events that it was given: what a replay of the run needs."""
    inputs = inputs_of(run)
    if inputs == "signals":
        return signals.given(run)
    found: dict[int, list[dict[str, Any]]] = {}
    rows = BotEvent.objects.filter(run=run, taken_ms__isnull=False) if inputs else ()
    for row in rows:
        found.setdefault(row.taken_ms or 0, []).append(row.told())
    return found
