"""One closed candle, every bot on it: settle, decide, write, send. Safe to run twice.

Each bot keeps a cursor and works off every closed candle behind it, in order, once; a late tick
is the same work, later. Nobody waits for the slow: whoever trades alone, or is far behind, is
worked off by messages of its own (`waiting.py` says who), a bounded piece of work each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from decimal import localcontext

from bots.models import BotRun
from bots.services import account_runs, failures, members, playing, waiting
from bots.services.batch import Batch
from bots.services.columns import Group, Tape, tape_of
from bots.services.exclusive import attempt, exclusive
from bots.services.waiting import LATE_CANDLES, Waiting
from foundation.lib.decimals import MONEY
from foundation.lib.queue import enqueue
from foundation.lib.retry import AWAY

log = logging.getLogger(__name__)

BOTS_PER_BATCH = 250
CANDLES_IN_A_PIECE = 50_000  # of all bots of a late batch together: about a second's work


def tick_candle(*, venue: str, symbol: str, timeframe: str, open_time_ms: int) -> int:
    """Work off what has closed on this market; the answer counts its bots.

    open_time_ms names the candle that closed; whatever else closed before or since is worked off
    with it, so ticks may come late, twice, or in any order.
    """
    group = Group(venue, symbol, timeframe)
    with exclusive(f"tick {group}"), attempt(f"late {group}") as nobody_catches_up:
        runs = waiting.active(group)
        if not runs:
            return 0
        for pk in waiting.alone(group, runs):
            enqueue("bots.tick_run", run_id=pk)
        if not any(run.runner == BotRun.Runner.BATCH for run in runs):
            return len(runs)
        tape = _tape(group, runs)
        if not tape.times or tape.times[-1] < open_time_ms:
            log.warning("%s: the candle of %s is not stored yet", group, open_time_ms)
        # Who catches up stops short of what this takes, so that no bot is in two hands.
        behind_max = 2 * LATE_CANDLES if nobody_catches_up else LATE_CANDLES
        prompt, late = waiting.split(tape, runs, behind_max)
        for start in range(0, len(prompt), BOTS_PER_BATCH):
            _guarded(tape, [run.pk for run in prompt[start : start + BOTS_PER_BATCH]])
    if late and nobody_catches_up:
        enqueue("bots.tick_late", **group._asdict())
    return len(runs)


def tick_late(*, venue: str, symbol: str, timeframe: str) -> int:
    """One piece of what the bots of a market that are far behind have to catch up; how many bots.

    Ends LATE_CANDLES before the newest candle: from there the market's own tick takes them along.
    """
    group = Group(venue, symbol, timeframe)
    with attempt(f"late {group}") as is_ours:
        runs = waiting.active(group) if is_ours else []
        if not runs:
            return 0
        tape = _tape(group, runs)
        _, late = waiting.split(tape, runs, 2 * LATE_CANDLES)
        if late:
            _piece(tape, late[:BOTS_PER_BATCH])
    if not late:
        newest_ms = tape.times[-1] if tape.times else 0
        enqueue("bots.tick_candle", **group._asdict(), open_time_ms=newest_ms)
    elif waiting.has_moved(runs):
        enqueue("bots.tick_late", **group._asdict())
    return len(late)


def _piece(tape: Tape, late: Sequence[Waiting]) -> None:
    first = tape.first_at(late[0].cursor_ms + 1)
    length = max(1, CANDLES_IN_A_PIECE // len(late))
    end = min(first + length, len(tape.times) - LATE_CANDLES - 1)
    _guarded(tape, [run.pk for run in late], end)


def tick_run(*, run_id: int) -> bool:
    """One piece of what a bot that trades alone has behind its cursor; False if another works it.

    Whoever held the lock looks again after letting go: no candle is left to the one turned away.
    """
    with attempt(f"run {run_id}") as is_ours:
        run = waiting.one(run_id) if is_ours else None
        if run is None:
            return is_ours
        tape = tape_of(run.group, run.anchor_ms)
        _alone(run, tape)
    now = waiting.one(run_id)
    if now is not None and waiting.is_due(now) and now.cursor_ms > run.cursor_ms:
        enqueue("bots.tick_run", run_id=run_id)
    return True


def _alone(run: Waiting, tape: Tape) -> None:
    """A bot that trades by itself; its fault is nobody else's."""
    is_real = run.runner == BotRun.Runner.ACCOUNT
    work_off: Callable[[int, Tape], None] = account_runs.work_off if is_real else playing.work_off
    try:
        work_off(run.pk, tape)
    except AWAY:
        raise
    except Exception as fault:  # same as for a batch
        failures.note(run.pk, fault)


def _tape(group: Group, runs: Sequence[Waiting]) -> Tape:
    anchors = (run.anchor_ms for run in runs if run.runner == BotRun.Runner.BATCH)
    first_ms = min(anchors, default=min(run.anchor_ms for run in runs))
    return tape_of(group, first_ms)


def _guarded(tape: Tape, run_ids: Sequence[int], end: int | None = None) -> None:
    """Work off a batch; when one bot fails, the halves are tried apart until it stands alone."""
    try:
        with localcontext(MONEY):
            Batch(tape, members.load(run_ids, tape.group.symbol)).work_off(end)
    except AWAY:
        raise
    except Exception as fault:  # whatever one bot does must not stop the others
        if len(run_ids) == 1:
            failures.note(run_ids[0], fault)
            return
        half = len(run_ids) // 2
        _guarded(tape, run_ids[:half], end)
        _guarded(tape, run_ids[half:], end)
