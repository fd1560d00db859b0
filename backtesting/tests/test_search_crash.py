"""Real workers that share a search, killed with -9 in the middle: no finished trial is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backtesting.models import Optimization
from backtesting.services import optimizations
from backtesting.tests.conftest import VENUE
from backtesting.tests.test_worker_crash import kill_all_of, until, worker
from foundation.lib import clock

pytestmark = pytest.mark.django_db(transaction=True)

SETS = 1_900
KEPT = ("number", "values", "state", "score", "metrics", "attempt")


def test_killed_workers_lose_no_finished_trial(alice, store_walk, spec):
    store_walk(count=4000)
    ranges = ["fast.period=2:20:1", "slow.period=21:120:1"]
    row = optimizations.request(
        owner=alice, spec=spec, venue=VENUE, parameters=ranges, objectives="total_return"
    )
    assert row.total == SETS
    found = Optimization.objects.filter(pk=row.pk)
    with worker() as first, worker() as second:
        until(lambda: found.get().done >= 20, "trials are stored")
        kill_all_of(first)
        kill_all_of(second)
    before = list(row.trials.over().values(*KEPT))
    assert 20 <= len(before) == found.get().done < SETS, "killed in the middle"
    assert found.get().status == "running"
    ended = clock.now() - timedelta(milliseconds=1)
    row.trials.filter(state="asked").update(lease_until=ended)
    with worker():  # the next one goes on without being told
        until(lambda: not found.get().is_active, "the next worker finishes the search")
    after = found.get()
    assert (after.status, after.error, after.done, after.handed) == ("completed", "", SETS, SETS)
    numbers = [one["number"] for one in before]
    assert list(row.trials.filter(number__in=numbers).values(*KEPT)) == before
    assert list(row.trials.values_list("number", flat=True)) == list(range(SETS))
    assert not row.trials.exclude(state="finished").exists()
    assert after.verdict["optimum"] == after.best["number"]
