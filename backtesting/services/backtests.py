"""The life of a backtest: requested, run by one worker, cancelled, deleted, recovered."""

from __future__ import annotations

import logging
import uuid

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services import plans as user_plans
from backtesting.models import Backtest
from backtesting.services import recovery, reproduction, results
from backtesting.services.gaps import check_gaps
from backtesting.services.plans import Plan, plan
from backtesting.services.progress import Cancelled, Lost, Reporter
from backtesting.services.simulate import load, simulate
from backtesting.services.states import Status, move, tell
from bots.models import Strategy
from foundation.lib import clock
from foundation.lib.errors import AppError, Conflict
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

ACTIVE_PER_USER_MAX = 10
BACKTESTS_PER_USER_MAX = 1000
OUR_FAULT = "An error on our side stopped this run; it has been logged. Nothing was stored."

recover = recovery.recover


def request(
    *,
    owner: User,
    venue: object,
    strategy: Strategy | None = None,
    spec: object = None,
    **asked: object,
) -> Backtest:
    """Check everything, queue the run, and send for a worker once this is committed.

    asked: kind, params, events, symbols, timeframe, start, end, cash, fee, slippage and settings,
    as `plans.plan` takes them.
    """
    planned = plan(spec=strategy.spec if strategy is not None else spec, venue=venue, **asked)
    return _queue(owner, strategy, planned)


def ask(
    *,
    owner: User,
    venue: object,
    strategy: Strategy | None = None,
    spec: object = None,
    force: bool = False,
    **asked: object,
) -> tuple[Backtest, bool]:
    """As `request`, but what was computed already is not computed again: (backtest, is stored).

    A stored run answers when everything asked is the same, and code, candles and settings are
    what they were. force: run in any case.
    """
    planned = plan(spec=strategy.spec if strategy is not None else spec, venue=venue, **asked)
    if planned.refuse_gaps:
        check_gaps(load(planned))
    if not force and (found := _stored(owner, strategy, planned)) is not None:
        return found, True
    return _queue(owner, strategy, planned), False


def rerun(*, backtest: Backtest) -> Backtest:
    """Queue a finished run once more; the new one tells whether it came out the same."""
    reproduction.check_over(backtest)
    return _queue(backtest.owner, backtest.strategy, Plan.of(backtest), rerun_of=backtest)


def _stored(owner: User, strategy: Strategy | None, planned: Plan) -> Backtest | None:
    same = Backtest.objects.owned_by(owner).filter(
        strategy=strategy, status=Status.COMPLETED, **planned.columns()
    )
    newest = same.order_by("-pk").first()
    return newest if newest is not None and reproduction.is_current(newest) else None


@transaction.atomic
def _queue(
    owner: User, strategy: Strategy | None, planned: Plan, rerun_of: Backtest | None = None
) -> Backtest:
    _check_room(owner)
    user_plans.spend(owner, user_plans.BACKTESTS)
    backtest = Backtest.objects.create(
        owner=owner,
        strategy=strategy,
        rerun_of=rerun_of,
        enqueued_at=clock.now(),
        **planned.columns(),
    )
    enqueue("backtesting.run_backtest", backtest_id=backtest.pk)
    tell(backtest)
    return backtest


def run(*, backtest_id: int) -> str:
    """Run a queued backtest to its end and answer its status.

    Safe to call twice: the row count of the claim decides who runs it, and only the holder of
    the claim can store a result.
    """
    claim = uuid.uuid4()
    if not _claim(backtest_id, claim):
        return "not queued"
    backtest = Backtest.objects.get(pk=backtest_id)
    reporter = Reporter(backtest, claim, tell)
    try:
        outcome = simulate(Plan.of(backtest), on_stage=reporter.stage, on_progress=reporter)
        reporter.stage("storing")
        original = Backtest.objects.filter(reruns=backtest).first()  # may be deleted meanwhile
        proof = None if original is None else reproduction.verdict(original, outcome)
        results.store(backtest=backtest, claim=claim, outcome=outcome, reproduction=proof)
    except Cancelled:
        _finish(backtest_id, claim, Status.CANCELLED, stage="cancelled")
    except Lost:
        log.warning("backtest %s was taken over or deleted", backtest_id)
    except AppError as fault:
        _finish(backtest_id, claim, Status.FAILED, stage="failed", error=_words(fault))
    except Exception:
        log.exception("backtest %s failed", backtest_id)
        _finish(backtest_id, claim, Status.FAILED, stage="failed", error=OUR_FAULT)
    after = Backtest.objects.filter(pk=backtest_id).values_list("status", flat=True).first()
    return after or "deleted"


def cancel(*, backtest: Backtest) -> Backtest:
    """A queued run ends at once; a running one when its worker looks, within a second."""
    mine = Backtest.objects.filter(pk=backtest.pk)
    if not move(mine, Status.QUEUED, Status.CANCELLED, stage="cancelled"):
        running = mine.filter(status=Status.RUNNING)
        if running.update(cancel_requested=True, stage="cancelling") != 1:
            raise Conflict("this backtest is over; there is nothing to cancel")
    backtest.refresh_from_db()
    tell(backtest)
    return backtest


def delete(*, backtest: Backtest) -> None:
    """In any state: a worker that runs it finds its claim gone and stops without storing."""
    backtest.delete()


def _claim(backtest_id: int, claim: uuid.UUID) -> bool:
    fresh = {"progress": 0.0, "stage": "starting", "started_at": clock.now(), "claim": claim}
    queued = Backtest.objects.filter(pk=backtest_id)
    return move(queued, Status.QUEUED, Status.RUNNING, attempt=F("attempt") + 1, **fresh)


def _finish(backtest_id: int, claim: uuid.UUID, new: str, **columns: str) -> None:
    mine = Backtest.objects.filter(pk=backtest_id, claim=claim)
    if move(mine, Status.RUNNING, new, **columns):
        tell(Backtest.objects.get(pk=backtest_id))


def _words(fault: AppError) -> str:
    return "; ".join([fault.message, *(f"{one.path}: {one.message}" for one in fault.faults)])


def _check_room(owner: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # two at once count each other
    mine = Backtest.objects.owned_by(owner)
    if mine.active().count() >= ACTIVE_PER_USER_MAX:
        raise Conflict(f"{ACTIVE_PER_USER_MAX} backtests are waiting or running; let one finish")
    if mine.count() >= BACKTESTS_PER_USER_MAX:
        raise Conflict(f"a user may keep {BACKTESTS_PER_USER_MAX} backtests; delete one first")
