"""Hands trials out to the workers of a search: each to one, again if that one dies."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backtesting.core import trials as core
from backtesting.core.samplers import Sampler
from backtesting.models import Optimization, Trial
from backtesting.services.optimization_states import LEASE, Status, as_core, tell
from backtesting.services.search_plan import GUIDED, Search
from foundation.lib import clock

ATTEMPTS_MAX = 3
GUIDED_BATCH_MAX = 8  # more at once would be chosen without knowing of each other
# A batch is at most this share of what is left: at the end nobody waits long for the last one.
LEFT_SHARE = 4
DIED = f"Its worker died {ATTEMPTS_MAX} times, perhaps for want of memory."


class Stopped(Exception):
    """The search was cancelled, deleted or has failed: leave it."""


class Handout:
    """One worker's view: the sampler, and which trials it has been told of."""

    def __init__(self, row: Optimization, search: Search) -> None:
        self._id, self._search = row.pk, search
        self._told: set[int] = set()
        self._made: Sampler | None = None

    @property
    def _sampler(self) -> Sampler:
        if self._made is None:
            self._made = self._search.sampler()
        return self._made

    def take(self, claim: UUID, size: int) -> list[core.Trial]:
        """Up to `size` trials that are now this claim's; none: all are handed out. Or Stopped."""
        return self._again(claim, size) or self._fresh(claim, size)

    @transaction.atomic
    def _again(self, claim: UUID, size: int) -> list[core.Trial]:
        """What a dead worker had; another worker that looks at the same time finds others."""
        mine = Trial.objects.filter(optimization_id=self._id)
        found = mine.deserted(clock.now()).select_for_update(skip_locked=True)[:size]
        kept = []
        for row in found:
            row.attempt += 1
            row.claim, row.lease_until = claim, clock.now() + LEASE
            if row.attempt > ATTEMPTS_MAX:
                row.claim = row.lease_until = None
                row.state, row.error = Trial.State.FAILED, DIED
            else:
                kept.append(as_core(row))
            row.save(update_fields=["attempt", "claim", "lease_until", "state", "error"])
        if given_up := len(found) - len(kept):
            locked = Optimization.objects.select_for_update().get(pk=self._id)
            locked.done += given_up
            locked.save(update_fields=["done"])
        return kept

    @transaction.atomic
    def _fresh(self, claim: UUID, size: int) -> list[core.Trial]:
        """The next sets. The row's lock lets one worker at a time ask the sampler."""
        row = Optimization.objects.select_for_update().filter(pk=self._id).first()
        if row is None or not row.is_active:
            raise Stopped
        left = row.total - row.handed
        if left <= 0:
            return []
        most = min(size, GUIDED_BATCH_MAX) if self._search.method in GUIDED else size
        self._learn()
        self._sampler.pass_over(row.handed)
        asked = self._sampler.ask(max(1, min(most, left // LEFT_SHARE)))
        Trial.objects.bulk_create(self._row(one, claim) for one in asked)
        row.handed += len(asked)
        row.total = row.total if asked else row.handed
        row.heard_at = clock.now()
        if row.status == Status.QUEUED:
            row.status, row.stage = Status.RUNNING, "trying"
            row.started_at = row.started_at or clock.now()
        row.save(update_fields=["handed", "total", "heard_at", "status", "stage", "started_at"])
        if row.done == 0:
            tell(row)
        return asked

    def _learn(self) -> None:
        """Tell the sampler what has come of trials since it last asked, if it learns."""
        if self._search.method not in GUIDED:
            return
        over = Trial.objects.filter(optimization_id=self._id).over()
        new = set(over.values_list("number", flat=True)) - self._told
        self._sampler.tell(as_core(one) for one in over.filter(number__in=new))
        self._told |= new

    def _row(self, one: core.Trial, claim: UUID) -> Trial:
        return Trial(
            optimization_id=self._id,
            number=one.number,
            values=dict(one.values),
            notes=dict(one.notes),
            claim=claim,
            lease_until=clock.now() + LEASE,
            attempt=1,
        )
