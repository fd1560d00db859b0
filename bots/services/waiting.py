"""Which runs of a market have candles behind their cursor, and who works them off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import F

from bots.core.lifecycle import ACTIVE, BotStatus
from bots.models import BotRun
from bots.services.columns import Group, Tape
from exchanges.selectors import candles

# A batch goes candle by candle: who is further behind would have the others wait for the newest.
LATE_CANDLES = 20


class Waiting(NamedTuple):
    """A running bot's run. cursor_ms: open time of the last candle it has worked off."""

    pk: int
    runner: str
    group: Group
    anchor_ms: int
    cursor_ms: int
    status: str


def active(group: Group) -> list[Waiting]:
    """Every running bot's run on this market, in the order of the bots' ids."""
    venue, symbol, timeframe = group
    return _read(venue=venue, symbol=symbol, timeframe=timeframe)


def one(run_id: int) -> Waiting | None:
    """This run, as long as it runs."""
    return next(iter(_read(pk=run_id)), None)


def _read(**wanted: int | str) -> list[Waiting]:
    rows = BotRun.objects.filter(ended_at__isnull=True, bot__status__in=ACTIVE, **wanted)
    columns = (
        "pk", "runner", "venue", "symbol", "timeframe", "anchor_ms", "last_candle_ms", "now",
    )  # fmt: skip
    found = rows.annotate(now=F("bot__status")).order_by("bot_id").values_list(*columns)
    return [Waiting(row[0], row[1], Group(*row[2:5]), *row[5:]) for row in found]


def is_due(run: Waiting) -> bool:
    """A closed candle lies behind its cursor."""
    return (candles.newest_closed(*run.group) or 0) > run.cursor_ms


def alone(group: Group, runs: Sequence[Waiting]) -> list[int]:
    """Runs that trade by themselves and have something to do."""
    single = [run for run in runs if run.runner != BotRun.Runner.BATCH]
    newest_ms = (candles.newest_closed(*group) or 0) if single else 0
    return [
        run.pk for run in single if run.cursor_ms < newest_ms or run.status == BotStatus.STOPPING
    ]


def split(
    tape: Tape, runs: Sequence[Waiting], behind_max: int
) -> tuple[list[Waiting], list[Waiting]]:
    """Batched runs with at most that many candles behind them, and the others, furthest first."""
    limit = len(tape.times) - behind_max
    prompt, late = list[Waiting](), list[Waiting]()
    for run in runs:
        if run.runner == BotRun.Runner.BATCH:
            (late if tape.first_at(run.cursor_ms + 1) < limit else prompt).append(run)
    return prompt, sorted(late, key=lambda run: run.cursor_ms)


def has_moved(runs: Sequence[Waiting]) -> bool:
    """Whether any of these got further since they were read, or ended."""
    cursors = dict(
        BotRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("pk", "last_candle_ms")
    )
    return any(cursors.get(run.pk) != run.cursor_ms for run in runs)
