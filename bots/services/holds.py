"""Noting the closes at which a run could open nothing, in the transaction that acts on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bots.models import BotBlock, BotHold, BotRun

# Codes of bots.core.blocks that come from outside the strategy; a replay cannot work them out.
OUTSIDE = frozenset({"paused", "stale"})


def note(run: BotRun, closes: Sequence[tuple[int, str]], *, before_ms: int) -> None:
    """closes: (open time, why or "") of candles in order; before_ms: the candle before them.

    A span that goes on is made longer instead of followed by another one.
    """
    spans: list[BotHold] = []
    last_why = ""
    for time_ms, why in closes:
        if why and why == last_why:
            spans[-1].until_ms = time_ms
        elif why:
            spans.append(BotHold(run=run, from_ms=time_ms, until_ms=time_ms, why=why))
        last_why = why
    if spans and spans[0].from_ms == closes[0][0]:
        open_ = BotHold.objects.filter(run=run, until_ms=before_ms, why=spans[0].why)
        if open_.update(until_ms=spans[0].until_ms):
            del spans[0]
    BotHold.objects.bulk_create(spans)


def note_blocked(blocked: Iterable[BotBlock]) -> None:
    """Entries of rule bots that something from outside prevented."""
    rows = [
        BotHold(run=one.run, from_ms=one.candle_ms, until_ms=one.candle_ms, why=one.code)
        for one in blocked
        if one.code in OUTSIDE
    ]
    if rows:
        BotHold.objects.bulk_create(rows, ignore_conflicts=True)
