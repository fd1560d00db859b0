"""What a close is to act on besides its candle: signals, fills of a leader, answers of a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from bots.models import BotEvent, BotRun
from bots.selectors import events
from bots.services import leading, signals
from exchanges.core.candles import TIMEFRAME_MS


def put(run: BotRun, *, key: str, due_ms: int, event: Mapping[str, Any]) -> bool:
    """Take an event down for the first close at or after due_ms; False if it is known already."""
    _, is_new = BotEvent.objects.get_or_create(
        run=run, key=key, defaults={"due_ms": due_ms, "event": dict(event)}
    )
    return is_new


def due(run: BotRun, after_ms: int, time_ms: int) -> list[dict[str, Any]]:
    """What the close of the candle that opened at time_ms is to act on, noted as given to it.

    after_ms: when the candle opened whose close was asked last. In the transaction that acts.
    """
    inputs = events.inputs_of(run)
    if inputs == "signals":
        return signals.due(run, after_ms, time_ms)
    if not inputs:
        return []
    if inputs == "leader":
        leading.look(run)
    close_ms = time_ms + TIMEFRAME_MS[run.timeframe]
    mine = Q(taken_ms__isnull=True) | Q(taken_ms=close_ms)
    rows = list(BotEvent.objects.filter(mine, run=run, due_ms__lte=close_ms))
    BotEvent.objects.filter(pk__in=[row.pk for row in rows]).update(taken_ms=close_ms)
    return [row.told() for row in rows]
