"""The life of a search of parameters: requested, cancelled, resumed, deleted, recovered, used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.services import plans as user_plans
from backtesting.core.sweep import with_values
from backtesting.models import Backtest, Optimization, Trial
from backtesting.services import backtests, optimization_work
from backtesting.services.optimization_states import Status, end, send, tell
from backtesting.services.plans import Plan, plan
from backtesting.services.search_plan import SEARCH_NAMES, Search, read
from bots.core.strategy.spec import to_json
from bots.models import Strategy
from bots.services import strategies
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault

ACTIVE_PER_USER_MAX = 3
OPTIMIZATIONS_PER_USER_MAX = 200
UNHEARD = timedelta(seconds=60)  # a search whose messages may be lost is sent again

run = optimization_work.run


def planned(*, spec: object, venue: object, **asked: object) -> tuple[Plan, Search]:
    """The run and the search, checked; BadInput with the faults. asked: as request() takes it."""
    searched = {name: asked.pop(name) for name in SEARCH_NAMES if name in asked}
    if asked.get("detail"):
        words = "a search runs without finer candles; try the optimum with them"
        raise BadInput(f"detail: {words}", [FieldFault("detail", words)])
    found = plan(spec=spec, venue=venue, **asked)
    return found, read(to_json(found.spec), searched)


@transaction.atomic
def request(
    *,
    owner: User,
    venue: object,
    strategy: Strategy | None = None,
    spec: object = None,
    **asked: object,
) -> Optimization:
    """Check everything, queue the search, and call for workers once this is committed.

    asked: symbols, timeframe, start, end, cash, fee, slippage and settings as a backtest takes
    them; SEARCH_NAMES as `search_plan.read` does.
    """
    wanted = strategy.spec if strategy is not None else spec
    found, search = planned(spec=wanted, venue=venue, **asked)
    _check_room(owner)
    user_plans.spend(owner, user_plans.BACKTESTS)
    row = Optimization.objects.create(
        owner=owner, strategy=strategy, heard_at=clock.now(), **found.columns(), **search.columns()
    )
    send(row.pk)
    tell(row)
    return row


def cancel(*, optimization: Optimization) -> Optimization:
    """At once; workers leave it within a second. What was tried is kept."""
    if not end(optimization.pk, Status.CANCELLED, stage="cancelled"):
        raise Conflict("this search is over; there is nothing to cancel")
    optimization.refresh_from_db()
    return optimization


@transaction.atomic
def resume(*, optimization: Optimization, trials: object = None) -> Optimization:
    """Go on where it stands. trials: how many there shall be in all, to go on with one done."""
    row = Optimization.objects.select_for_update().get(pk=optimization.pk)
    if row.is_active:
        raise Conflict("this search is still going on")
    if trials not in (None, ""):
        asked = {**row.space, "objectives": row.objectives, "method": row.method}
        total = read(row.spec, {**asked, "trials": trials}).total
        if total < row.handed:
            words = f"must be more than the {row.handed:,} tried already"
            raise BadInput(f"trials: {words}", [FieldFault("trials", words)])
        row.total = total
    if row.status == Status.COMPLETED and row.total <= row.handed:
        raise Conflict("everything that was asked for has been tried; ask for more trials")
    row.status, row.stage, row.error = Status.QUEUED, "waiting for a worker", ""
    row.finished_at, row.verdict, row.heard_at = None, None, clock.now()
    row.save()
    send(row.pk)
    tell(row)
    return row


def delete(*, optimization: Optimization) -> None:
    """In any state: its workers find it gone and stop."""
    optimization.delete()


def recover() -> int:
    """Call for workers again where one died with trials in hand, or no message was heard of."""
    now = clock.now()
    asked = Trial.objects.filter(optimization=OuterRef("pk"))
    found = Optimization.objects.active().filter(
        Q(heard_at__lt=now - UNHEARD) | Q(lease_until__lt=now) | Q(Exists(asked.deserted(now)))
    )
    ids = list(found.values_list("pk", flat=True))
    for optimization_id in ids:
        _call_again(optimization_id)
    return len(ids)


@transaction.atomic
def _call_again(optimization_id: int) -> None:
    row = Optimization.objects.select_for_update().filter(pk=optimization_id).first()
    if row is None or not row.is_active:
        return
    unheard = row.heard_at < clock.now() - UNHEARD
    row.heard_at = clock.now()
    row.save(update_fields=["heard_at"])
    send(optimization_id) if unheard else send(optimization_id, 1)


def spec_of(optimization: Optimization, trial: Trial, spec: dict[str, Any] | None = None) -> Any:
    """The strategy's JSON with a trial's values; spec: another one than the search's own."""
    search = Search.of(optimization)
    base = optimization.spec if spec is None else spec
    return with_values(base, search.space.placed(trial.values))


def use_in_strategy(*, optimization: Optimization, trial: Trial) -> Strategy:
    """A new version of the strategy with these values; a new strategy where it is gone."""
    strategy = optimization.strategy
    if strategy is None or strategy.owner_id != optimization.owner_id:
        return strategies.create(owner=optimization.owner, spec=spec_of(optimization, trial))
    spec = spec_of(optimization, trial, strategy.spec)
    return strategies.update(strategy=strategy, version=strategy.version, spec=spec)


def backtest_of(*, optimization: Optimization, trial: Trial) -> Backtest:
    """A backtest with a trial's values, on the same candles with the same costs."""
    terms = optimization.settings
    return backtests.request(
        owner=optimization.owner,
        spec=spec_of(optimization, trial),
        venue=optimization.venue,
        start=optimization.start_ms,
        end=optimization.end_ms,
        cash=optimization.cash,
        fee=optimization.fee_rate,
        slippage=optimization.slippage,
        refuse_gaps=optimization.refuse_gaps,
        **terms,
    )


def _check_room(owner: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # two at once count each other
    mine = Optimization.objects.owned_by(owner)
    if mine.active().count() >= ACTIVE_PER_USER_MAX:
        raise Conflict(f"{ACTIVE_PER_USER_MAX} searches are waiting or running; let one finish")
    if mine.count() >= OPTIMIZATIONS_PER_USER_MAX:
        raise Conflict(f"a user may keep {OPTIMIZATIONS_PER_USER_MAX} searches; delete some first")
