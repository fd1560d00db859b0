"""Signals: what a close is to act on, and what an owner sees."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from bots.core.kinds import KINDS
from bots.models import Bot, BotHook, BotRun, BotSignal
from foundation.lib import clock
from foundation.lib.errors import NotFound

# A row whose transaction ended after a close had looked is found by the next one.
LATE_MS = 60_000


def hears_signals(bot: Bot | BotRun) -> bool:
    """Whether the bot's kind acts on signals from outside."""
    kind = KINDS.get(bot.kind)
    return kind is not None and kind.inputs == "signals"


def events_for(run: BotRun, after_ms: int, until_ms: int) -> list[dict[str, Any]]:
    """What came in after one close and until the next, in order: {"action": "buy", "sell" or
    "close", "symbol", "id", "time_ms"}, and "amount" (quote) or "fraction" where it says so.

    Times are the market's, in milliseconds. Asked again for the same close, the same events: those
    that `services.signals.take` gave to another close are not among them. One that was committed
    late, by a minute at most, comes with the next close.
    """
    waits = Q(state=BotSignal.State.ACCEPTED, due_ms__gt=after_ms - LATE_MS)
    given = Q(state=BotSignal.State.TAKEN, taken_ms=until_ms)
    rows = BotSignal.objects.filter(waits | given, bot_id=run.bot_id, due_ms__lte=until_ms)
    rows = rows.filter(received_ms__gte=clock.to_ms(run.started_at))
    return [event(row) for row in rows.order_by("due_ms", "pk")]


def given(run: BotRun) -> dict[int, list[dict[str, Any]]]:
    """Time of a close -> the events that it was given: what a replay of the run needs."""
    rows = BotSignal.objects.filter(
        bot_id=run.bot_id,
        state=BotSignal.State.TAKEN,
        received_ms__gte=clock.to_ms(run.started_at),
        taken_ms__gt=run.trade_from_ms,
    )
    if run.ended_at is not None:
        rows = rows.filter(received_ms__lte=clock.to_ms(run.ended_at))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.order_by("due_ms", "pk"):
        found.setdefault(row.taken_ms or 0, []).append(event(row))
    return found


def event(row: BotSignal) -> dict[str, Any]:
    """The row as traders read it."""
    made: dict[str, Any] = {
        "action": row.action,
        "symbol": row.symbol,
        "id": row.signal_id,
        "time_ms": row.due_ms,
    }
    for name in ("amount", "fraction"):
        if (value := getattr(row, name)) is not None:
            made[name] = float(value)
    return made


def hook_of(bot: Bot) -> BotHook | None:
    return BotHook.objects.filter(bot=bot).first()


def of_bot(bot: Bot) -> QuerySet[BotSignal]:
    """The bot's signals, newest first."""
    return BotSignal.objects.filter(bot=bot).order_by("-pk")


def get(bot: Bot, signal_pk: int) -> BotSignal:
    found = of_bot(bot).filter(pk=signal_pk).first()
    if found is None:
        raise NotFound("there is no such signal")
    return found
