"""What one worker does for a search: takes trials, tries them, stores each as it is over.

Any number of workers do this at once, on any number of machines. A trial that is over is a
committed row; a worker that dies costs only what it had in hand, which another takes up.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from functools import lru_cache

from django.db import InterfaceError, OperationalError, transaction

from backtesting.core import trials as core
from backtesting.models import Optimization, Trial
from backtesting.services.optimization_handout import Handout, Stopped
from backtesting.services.optimization_states import LEASE, Status, end, send, tell
from backtesting.services.optimization_verdict import judge
from backtesting.services.plans import Plan
from backtesting.services.search_plan import Search
from backtesting.services.trying import Tried, Trier
from backtesting.services.versions import code_version
from foundation.lib import clock
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)

TURN_MS = 10_000  # then others in the queue have theirs
STORE_EVERY_MS = 250  # at most four writes and four frames a second of each worker
BATCH_MS = 1_000  # so long shall a batch take
BATCH_FIRST, BATCH_MAX = 4, 500
EARLIER_MAX = 1_000
IMPROVEMENTS_MAX = 500
OUR_FAULT = "An error on our side stopped this search; it has been logged. What was tried is kept."


def run(*, optimization_id: int) -> str:
    """One turn of one worker; says in a word how it ended. Safe to call any number of times."""
    row = Optimization.objects.filter(pk=optimization_id).first()
    if row is None or not row.is_active:
        return "not active"
    answer = "failed"
    try:
        answer = Turn(row).take()
    except Stopped:
        answer = "stopped"
    except (OperationalError, InterfaceError):
        raise  # the database is away: the sweep calls for workers again when it is back
    except AppError as fault:
        told = "; ".join([fault.message, *(f"{one.path}: {one.message}" for one in fault.faults)])
        end(optimization_id, Status.FAILED, stage="failed", error=told)
    except Exception:
        log.exception("optimization %s failed", optimization_id)
        end(optimization_id, Status.FAILED, stage="failed", error=OUR_FAULT)
    finally:
        if answer != "more":
            prepared.cache_clear()
    return answer


@lru_cache(maxsize=1)
def prepared(optimization_id: int, created_at: datetime) -> tuple[Trier, Handout]:  # noqa: ARG001 - tells two apart
    """Candles, indicators and sampler stay from one turn of a process to the next."""
    row = Optimization.objects.get(pk=optimization_id)
    search = Search.of(row)
    return Trier.load(Plan.of(row), search), Handout(row, search)


class Turn:
    """Trials taken and tried until the time is up or there are none left."""

    def __init__(self, row: Optimization) -> None:
        self._id, self._claim = row.pk, uuid.uuid4()
        self._trier, self._handout = prepared(row.pk, row.created_at)
        self._size = BATCH_FIRST

    def take(self) -> str:
        """ "more" to do, "waits" for others, or what the search has become."""
        until_ms = clock.now_ms() + TURN_MS
        while clock.now_ms() < until_ms:
            asked = self._handout.take(self._claim, self._size)
            if not asked:
                return self._judged()
            self._try(asked)
        send(self._id, 1)
        return "more"

    def _try(self, asked: list[core.Trial]) -> None:
        began_ms = stored_ms = clock.now_ms()
        waiting: list[Tried] = []
        for one in self._trier.try_all(asked, self._earlier()):
            waiting.append(one)
            if clock.now_ms() - stored_ms >= STORE_EVERY_MS:
                if not store(self._id, self._claim, waiting):
                    raise Stopped
                waiting, stored_ms = [], clock.now_ms()
        store(self._id, self._claim, waiting)
        each_ms = max(1, clock.now_ms() - began_ms) / len(asked)
        self._size = max(1, min(BATCH_MAX, round(BATCH_MS / each_ms), 2 * self._size))

    def _earlier(self) -> list[float | None]:
        if not self._trier.search.early_stopping:
            return []
        known = Trial.objects.filter(optimization_id=self._id, first_score__isnull=False)
        return list(known.order_by("-number").values_list("first_score", flat=True)[:EARLIER_MAX])

    def _judged(self) -> str:
        """Whoever stored the last trial says what to think of them all."""
        row = Optimization.objects.filter(pk=self._id)
        if Trial.objects.filter(optimization_id=self._id, state=Trial.State.ASKED).exists():
            return "waits"
        lease = {"claim": self._claim, "lease_until": clock.now() + 2 * LEASE}
        free = row.active().exclude(lease_until__gte=clock.now())
        if free.update(stage="judging the outcome", heard_at=clock.now(), **lease) != 1:
            return "waits"
        verdict = judge(self._trier, row.get())
        if row.filter(claim=self._claim).exists():
            version = code_version()
            columns = {"verdict": verdict, "stage": "done", "code_version": version}
            end(self._id, Status.COMPLETED, **columns)
        return "completed"


@transaction.atomic
def store(optimization_id: int, claim: uuid.UUID, tried: list[Tried]) -> bool:
    """Commit what is over, keep the rest of the claim, tell the owner. Whether to go on.

    Of a cancelled search too: what was tried is kept. Stopped: it was deleted.
    """
    mine = Trial.objects.filter(optimization_id=optimization_id, claim=claim)
    held = set(mine.select_for_update().values_list("number", flat=True))
    kept = [one for one in tried if one.trial.number in held]
    Trial.objects.bulk_create(
        [row_of(optimization_id, one) for one in kept],
        update_conflicts=True,
        unique_fields=["optimization", "number"],
        update_fields=[
            "state", "score", "scores", "first_score", "trades", "metrics", "error", "claim",
            "lease_until",
        ],
    )  # fmt: skip
    mine.update(lease_until=clock.now() + LEASE)
    row = Optimization.objects.select_for_update().filter(pk=optimization_id).first()
    if row is None:
        raise Stopped
    row.done += len(kept)
    row.heard_at = clock.now()
    improve(row, [one.trial for one in kept])
    row.save(update_fields=["done", "heard_at", "best", "improvements"])
    tell(row)
    return row.is_active


def improve(row: Optimization, tried: list[core.Trial]) -> None:
    """The best so far, and when it became so."""
    objectives = core.parse_objectives(row.objectives)
    before = [] if row.best is None else [core.Trial.from_json(row.best)]
    found = core.best([*before, *tried], objectives).trial
    if found is None or (before and found.number == before[0].number):
        return
    row.best = found.to_json() | {"notes": {}}
    if not before or found.scores[0] != before[0].scores[0]:
        row.improvements = [*row.improvements, [row.done, found.scores[0]]][-IMPROVEMENTS_MAX:]


def row_of(optimization_id: int, one: Tried) -> Trial:
    trial = one.trial
    return Trial(
        optimization_id=optimization_id,
        number=trial.number,
        values=dict(trial.values),
        state=trial.state,
        score=trial.scores[0] if trial.scores else None,
        scores=list(trial.scores),
        first_score=one.first_score,
        trades=trial.trades,
        metrics=one.metrics,
        notes=dict(trial.notes),
        error=one.fault,
    )
