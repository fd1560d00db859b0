"""One closed candle, every bot on it: settle, decide, write, send. Safe to run twice.

Each bot keeps a cursor and works off every closed candle behind it, in order, once; a late tick
is the same work, later.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import localcontext
from typing import Any

from django.db import InterfaceError, OperationalError

from bots.core.lifecycle import ACTIVE
from bots.models import BotRun
from bots.services import account_runs, failures, members, playing
from bots.services.batch import Batch
from bots.services.columns import Group, Tape, closed_candles
from bots.services.exclusive import exclusive
from foundation.lib.decimals import MONEY

log = logging.getLogger(__name__)

BOTS_PER_BATCH = 250
AWAY = (OperationalError, InterfaceError)  # the database's fault, never a bot's


def tick_candle(*, venue: str, symbol: str, timeframe: str, open_time_ms: int) -> int:
    """Work off what has closed on this market; the answer counts its bots.

    open_time_ms names the candle that closed; whatever else closed before or since is worked off
    with it, so ticks may come late, twice, or in any order.
    """
    group = Group(venue, symbol, timeframe)
    with exclusive(f"tick {group}"):
        runs = _active_runs(group)
        if not runs:
            return 0
        tape = _tape(group, [pk for pk, _ in runs])
        if not tape.times or tape.times[-1] < open_time_ms:
            log.warning("%s: the candle of %s is not stored yet", group, open_time_ms)
        batched = [pk for pk, runner in runs if runner == BotRun.Runner.BATCH]
        for start in range(0, len(batched), BOTS_PER_BATCH):
            _guarded(tape, batched[start : start + BOTS_PER_BATCH])
        for pk, runner in runs:
            if runner != BotRun.Runner.BATCH:
                _alone(pk, tape, account_runs if runner == BotRun.Runner.ACCOUNT else playing)
    return len(runs)


def _alone(run_id: int, tape: Tape, runner: Any) -> None:
    """A bot that trades by itself; its fault is nobody else's."""
    try:
        runner.work_off(run_id, tape)
    except AWAY:
        raise
    except Exception as fault:  # same as for a batch
        failures.note(run_id, fault)


def _active_runs(group: Group) -> list[tuple[int, str]]:
    venue, symbol, timeframe = group
    rows = BotRun.objects.filter(
        venue=venue,
        symbol=symbol,
        timeframe=timeframe,
        ended_at__isnull=True,
        bot__status__in=ACTIVE,
    )
    return list(rows.order_by("bot_id").values_list("pk", "runner"))


def _tape(group: Group, run_ids: Sequence[int]) -> Tape:
    anchors = BotRun.objects.filter(pk__in=run_ids).order_by("anchor_ms")
    first_ms = anchors.values_list("anchor_ms", flat=True)[0]
    return Tape(group, closed_candles(group, first_ms))


def _guarded(tape: Tape, run_ids: Sequence[int]) -> None:
    """Work off a batch; when one bot fails, the halves are tried apart until it stands alone."""
    try:
        with localcontext(MONEY):
            Batch(tape, members.load(run_ids, tape.group.symbol)).work_off()
    except AWAY:
        raise
    except Exception as fault:  # whatever one bot does must not stop the others
        if len(run_ids) == 1:
            failures.note(run_ids[0], fault)
            return
        half = len(run_ids) // 2
        _guarded(tape, run_ids[:half])
        _guarded(tape, run_ids[half:])
