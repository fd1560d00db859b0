"""The life of a portfolio optimisation: asked for, weighed by one worker, deleted, recovered."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services import plans as user_plans
from backtesting.models import PortfolioOptimization
from backtesting.services.portfolio_plans import Plan, load, read
from bots.core.allocation import METHODS, Assets, allocate, correlation, frontier, walk_forward
from bots.core.allocation.walk_forward import WalkForward
from foundation.lib import clock
from foundation.lib.errors import AppError, Conflict
from foundation.lib.queue import enqueue
from foundation.lib.thinning import thin

log = logging.getLogger(__name__)

ACTIVE_PER_USER_MAX = 5
KEPT_MAX = 500
# Far above what the largest allowed one takes; a worker that is silent for so long is dead.
RUNNING_MAX = timedelta(minutes=20)
UNHEARD = timedelta(seconds=120)
ATTEMPTS_MAX = 2
TASK = "backtesting.optimize_portfolio"
OUR_FAULT = "An error on our side stopped this; it has been logged. Nothing was stored."
GIVEN_UP = f"Its worker died {ATTEMPTS_MAX} times. Try fewer assets or a longer step."
Status = PortfolioOptimization.Status


@transaction.atomic
def request(*, owner: User, body: object) -> PortfolioOptimization:
    """Check everything, the history too, and send for a worker once this is committed."""
    planned = read(owner, body)
    load(planned, owner.pk)
    _check_room(owner)
    user_plans.spend(owner, user_plans.BACKTESTS)
    made = PortfolioOptimization.objects.create(
        owner=owner, enqueued_at=clock.now(), **planned.columns()
    )
    enqueue(TASK, optimization_id=made.pk)
    return made


def run(*, optimization_id: int) -> str:
    """Weigh a queued one and answer its status. Safe to call twice: the row count decides."""
    mine = PortfolioOptimization.objects.filter(pk=optimization_id)
    started = {"status": Status.RUNNING, "started_at": clock.now(), "attempt": F("attempt") + 1}
    if mine.filter(status=Status.QUEUED).update(**started) != 1:
        return "not queued"
    row = mine.get()
    try:
        plan = Plan.of(row)
        result = weighed(plan, load(plan, row.owner_id))
        outcome: dict[str, Any] = {"status": Status.COMPLETED, "result": result}
    except AppError as fault:
        outcome = {"status": Status.FAILED, "error": _words(fault)}
    except Exception:
        log.exception("portfolio optimisation %s failed", optimization_id)
        outcome = {"status": Status.FAILED, "error": OUR_FAULT}
    same = mine.filter(status=Status.RUNNING, attempt=row.attempt)
    if same.update(finished_at=clock.now(), **outcome) != 1:
        return "deleted or taken over"
    return str(outcome["status"])


def weighed(plan: Plan, assets: Assets) -> dict[str, Any]:
    """The result as it is stored; weights, frontier and correlation are of the last window."""
    settings = plan.settings
    tried = walk_forward(assets, settings)
    window = assets.last(settings.window)
    limits = settings.bounds(assets.names)
    alike = correlation(window)
    means = window.returns.mean(axis=0) * window.periods_per_year
    risks = window.returns.std(axis=0, ddof=1) * np.sqrt(window.periods_per_year)
    return {
        "names": list(assets.names),
        "from_ms": int(assets.time_ms[0]),
        "until_ms": int(assets.time_ms[-1]),
        "returns": int(assets.returns.shape[0]),
        "method": settings.method,
        "allocations": {key: asdict(allocate(window, key, limits)) for key in METHODS},
        "frontier": [asdict(one) for one in frontier(window, limits)],
        "assets": [
            {"name": name, "expected_return": mean, "volatility": risk}
            for name, mean, risk in zip(
                assets.names, means.tolist(), risks.tolist(), strict=True
            )
        ],
        "correlation": {"names": list(alike.names), "matrix": alike.matrix.tolist(),
                        "mean": alike.mean},
        "walk_forward": _tried(tried),
    }  # fmt: skip


def _tried(tried: WalkForward) -> dict[str, Any]:
    def pairs(line: Any) -> list[list[float]]:
        index = thin(line)
        found = zip(tried.time_ms[index].tolist(), line[index].tolist(), strict=True)
        return [list(one) for one in found]

    return {
        "metrics": dict(tried.metrics),
        "equal_metrics": dict(tried.equal_metrics),
        "periods": [asdict(one) for one in tried.periods],
        "equity": pairs(tried.equity),
        "equal_equity": pairs(tried.equal_equity),
    }


def delete(*, optimization: PortfolioOptimization) -> None:
    """In any state; a worker that weighs it finds no row to store its result in."""
    optimization.delete()


def recover() -> int:
    """Send again what no worker has heard of or whose worker died; give up at the second death."""
    now = clock.now()
    rows = PortfolioOptimization.objects
    dead = rows.deserted(now - RUNNING_MAX)
    given_up = dead.filter(attempt__gte=ATTEMPTS_MAX).update(
        status=Status.FAILED, error=GIVEN_UP, finished_at=now
    )
    again = dead.update(status=Status.QUEUED, enqueued_at=now - 2 * UNHEARD)
    unheard = rows.filter(status=Status.QUEUED, enqueued_at__lt=now - UNHEARD)
    for optimization_id in list(unheard.values_list("pk", flat=True)[:100]):
        with transaction.atomic():
            rows.filter(pk=optimization_id).update(enqueued_at=now)
            enqueue(TASK, optimization_id=optimization_id)
    return given_up + again


def _words(fault: AppError) -> str:
    return "; ".join([fault.message, *(f"{one.path}: {one.message}" for one in fault.faults)])


def _check_room(owner: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # two at once count each other
    mine = PortfolioOptimization.objects.owned_by(owner)
    if mine.active().count() >= ACTIVE_PER_USER_MAX:
        raise Conflict(f"{ACTIVE_PER_USER_MAX} portfolios are waiting or running; let one finish")
    if mine.count() >= KEPT_MAX:
        raise Conflict(f"a user may keep {KEPT_MAX} portfolios; delete one first")
