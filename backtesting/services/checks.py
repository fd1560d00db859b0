"""The life of a check: asked once, run by one worker, cancelled, deleted, recovered."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services import plans as user_plans
from backtesting.core.honesty import kinds
from backtesting.core.honesty.settings import Settings, read
from backtesting.models import Backtest, Check
from backtesting.services import recovery
from backtesting.services.check_findings import check_settings, find
from backtesting.services.check_subjects import Subject
from backtesting.services.plans import Plan
from backtesting.services.progress import Cancelled, Lost, Reporter
from backtesting.services.states import Status, move
from backtesting.services.versions import code_version
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import AppError, BadInput, Conflict, FieldFault
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

ACTIVE_PER_USER_MAX = 10
CHECKS_PER_BACKTEST_MAX = 200
OUR_FAULT = "An error on our side stopped this check; it has been logged. Nothing was stored."


def request(
    *, backtest: Backtest, kind: object, settings: object = None, force: bool = False
) -> tuple[Check, bool]:
    """(check, whether it was there already). BadInput, Conflict: what cannot be checked.

    The same question is answered by the row that is there, unless that failed, was cancelled, was
    computed by another version of the program, or force asks for it anew.
    """
    known = kind_of(kind)
    chosen = read(known.settings, settings)
    if backtest.status != Status.COMPLETED:
        raise Conflict(f"this backtest is {backtest.status}: only a completed one can be checked")
    trades = (backtest.metrics or {}).get("total_trades") or 0
    check_settings(known, Plan.of(backtest), trades, chosen)
    return _ask(backtest, known.key, chosen, force)


def kind_of(key: object) -> kinds.Kind:
    """BadInput for an unknown one."""
    found = kinds.KINDS.get(key) if isinstance(key, str) else None
    if found is None:
        words = f"must be one of: {', '.join(kinds.KINDS)}"
        raise BadInput(f"kind: {words}", [FieldFault("kind", words)])
    return found


@transaction.atomic
def _ask(backtest: Backtest, kind: str, settings: Settings, force: bool) -> tuple[Check, bool]:
    # Two questions at once count each other, and find each other's row.
    User.objects.select_for_update(no_key=True).get(pk=backtest.owner_id)
    same = Check.objects.filter(backtest=backtest, kind=kind, settings=settings)
    found = same.select_for_update().first()
    if found is not None:
        good = found.status == Status.COMPLETED and found.code_version == code_version()
        if found.is_active or (good and not force):
            return found, True
    _check_room(backtest, is_new=found is None)
    user_plans.spend(backtest.owner, user_plans.BACKTESTS)
    if found is not None:
        found.delete()
    made = Check.objects.create(
        owner_id=backtest.owner_id,
        backtest=backtest,
        kind=kind,
        settings=settings,
        enqueued_at=clock.now(),
    )
    _send(made.pk)
    tell(made)
    return made, False


def run(*, check_id: int) -> str:
    """Run a queued check to its end and answer its status. Safe to call twice: the row count of
    the claim decides who runs it, and only the holder of the claim can store a result."""
    claim = uuid.uuid4()
    if not _claim(check_id, claim):
        return "not queued"
    check = Check.objects.select_related("backtest").get(pk=check_id)
    reporter = Reporter(check, claim, tell)
    try:
        subject = Subject.of(check.backtest)
        found = find(check.kind, subject, check.settings, reporter.stage, reporter)
        reporter.stage("storing")
        done = {"result": found, "progress": 1.0, "code_version": code_version()}
        _finish(check_id, claim, Status.COMPLETED, stage="completed", **done)
    except Cancelled:
        _finish(check_id, claim, Status.CANCELLED, stage="cancelled")
    except Lost:
        log.warning("check %s was taken over or deleted", check_id)
    except AppError as fault:
        _finish(check_id, claim, Status.FAILED, stage="failed", error=_words(fault))
    except Exception:
        log.exception("check %s failed", check_id)
        _finish(check_id, claim, Status.FAILED, stage="failed", error=OUR_FAULT)
    after = Check.objects.filter(pk=check_id).values_list("status", flat=True).first()
    return after or "deleted"


def cancel(*, check: Check) -> Check:
    """A queued check ends at once; a running one when its worker looks, within a second."""
    mine = Check.objects.filter(pk=check.pk)
    if not move(mine, Status.QUEUED, Status.CANCELLED, stage="cancelled"):
        running = mine.filter(status=Status.RUNNING)
        if running.update(cancel_requested=True, stage="cancelling") != 1:
            raise Conflict("this check is over; there is nothing to cancel")
    check.refresh_from_db()
    tell(check)
    return check


def delete(*, check: Check) -> None:
    """In any state: a worker that runs it finds its claim gone and stops without storing."""
    check.delete()


def recover() -> int:
    """What a dead worker or a lost message left behind is requeued or failed."""
    return recovery.recover(CHECKS)


def tell(check: Check) -> None:
    """Show the owner's open pages where the check stands, once this is committed."""
    publish.to_user(check.owner_id, "checks", frame(check))


def frame(check: Check) -> dict[str, Any]:
    """What the `checks` channel of /ws/user/ carries."""
    return {
        "id": check.pk,
        "backtest": check.backtest_id,
        "kind": check.kind,
        "status": check.status,
        "stage": check.stage,
        "progress": round(check.progress, 4),
        "verdict": (check.result or {}).get("verdict"),
        "error": check.error,
    }


def _claim(check_id: int, claim: uuid.UUID) -> bool:
    fresh = {"progress": 0.0, "stage": "starting", "started_at": clock.now(), "claim": claim}
    queued = Check.objects.filter(pk=check_id)
    return move(queued, Status.QUEUED, Status.RUNNING, attempt=F("attempt") + 1, **fresh)


def _finish(check_id: int, claim: uuid.UUID, new: str, **columns: Any) -> None:
    mine = Check.objects.filter(pk=check_id, claim=claim)
    with transaction.atomic():
        if move(mine, Status.RUNNING, new, **columns):
            tell(Check.objects.get(pk=check_id))


def _words(fault: AppError) -> str:
    told = [f"{one.path}: {one.message}" for one in fault.faults]
    return "; ".join([fault.message, *(one for one in told if one not in fault.message)])


def _check_room(backtest: Backtest, *, is_new: bool) -> None:
    active = Check.objects.filter(owner_id=backtest.owner_id).active().count()
    if active >= ACTIVE_PER_USER_MAX:
        raise Conflict(f"{ACTIVE_PER_USER_MAX} checks are waiting or running; let one finish")
    if is_new and Check.objects.filter(backtest=backtest).count() >= CHECKS_PER_BACKTEST_MAX:
        words = f"a backtest may keep {CHECKS_PER_BACKTEST_MAX} checks; delete one first"
        raise Conflict(words)


def _send(check_id: int) -> None:
    enqueue("backtesting.run_check", check_id=check_id)


CHECKS = recovery.Work(Check.objects, _send, tell, "Try fewer paths, cuts or combinations.")
