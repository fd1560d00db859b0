"""The shared limits on the real Redis: like the model, for all callers at once, and without it."""

import threading
import time
import uuid
from collections import Counter
from dataclasses import replace

import pytest
import redis
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as trial
from hypothesis import strategies as st

from exchanges.core.budgets import SLOTS, Budget, Counted, Scope, Window
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.venues import pacer
from exchanges.venues.limits import BINANCE_WEIGHTS, LIMITS, LOAD, Limits, limits_of
from exchanges.venues.pacer import RedisPacer
from foundation.lib.redis_client import client

PROTECT, CLOSE, OPEN, DATA = sorted(Priority)
T0 = 1_700_000_000_123


class Waits:
    """Instead of sleeping: notes how long, and lets a clock of its own go on."""

    def __init__(self):
        self.slept, self.now_s = [], 1000.0

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now_s += seconds

    def monotonic(self):
        return self.now_s


def ip(limit, window_ms=60_000):
    return Budget(Scope.IP, Counted.CALLS, window_ms, limit)


def make(*budgets, pause_s=30, waits=None, venue=None, **more):
    # Headroom is the rows' own affair: here a budget is exactly what it says.
    class Exact(Limits):
        budgets = property(lambda self: self.documented)

    waits = waits or Waits()
    times = {"sleep": waits.sleep, "monotonic": waits.monotonic}
    venue = venue or f"v{uuid.uuid4().hex[:8]}"
    return RedisPacer(venue, Exact(budgets, pause_s), **(times | more))


def refused(pace, priority=PROTECT, weight=1, account="7", **more):
    with pytest.raises(VenueFault) as caught:
        pace.take(account, weight, priority, **more)
    assert caught.value.outcome is Outcome.RATE_LIMITED
    return caught.value


@trial(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 90_000),
    st.integers(1, 300),
    st.lists(
        st.tuples(st.integers(-500, 9_000), st.integers(1, 50), st.sampled_from(Priority)),
        max_size=40,
    ),
)
def test_the_script_answers_as_the_model_does(window_ms, limit, calls):
    budget, key = ip(limit, window_ms), f"{settings.REDIS_KEY_PREFIX}{uuid.uuid4()}"
    window, now_ms = Window(budget.slot_ms), T0
    script = client().register_script(pacer.SCRIPT)
    for pause_ms, weight, priority in calls:
        now_ms += pause_ms
        terms = [weight, budget.ceiling(priority), limit, budget.slot_ms]
        taken, wait_ms, *_ = script([f"{key}:none", key], [now_ms, SLOTS, *terms])
        assert wait_ms == window.wait_ms(now_ms, *terms[:3])
        assert bool(taken) == (wait_ms == 0)
        if taken:
            window.take(now_ms, weight)


def test_all_callers_together_stay_within_the_budget():
    pace, got = make(ip(50)), Counter()

    def call(number):
        for _ in range(40):
            try:
                pace.take(str(number), 1, PROTECT)
                got[number] += 1
            except VenueFault:
                return

    threads = [threading.Thread(target=call, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.total() == 50


def test_a_call_waits_for_room_as_long_as_it_may_and_is_told_what_is_full():
    pace = make(ip(10, 1_000), sleep=threading.Event().wait, monotonic=time.monotonic)
    for _ in range(10):
        pace.take("7", 1, PROTECT)
    pace.take("7", 1, PROTECT)  # after the second is over
    slow, waits = make(ip(10)), Waits()
    slow.sleep = waits.sleep
    slow.take("7", 10, PROTECT)
    fault = refused(slow)
    assert "10 call weight in 60 s of this address are used up" in fault.message
    assert 50 < fault.retry_after_s <= 63
    assert not waits.slept, "a wait that cannot help is not begun"


def test_each_account_has_its_own_budget_and_its_own_orders():
    key, orders = (
        Budget(Scope.KEY, Counted.CALLS, 60_000, 5),
        Budget(Scope.KEY, Counted.ORDERS, 60_000, 2),
    )
    pace = make(ip(1_000), key, orders)
    pace.take("a", 1, PROTECT, order=True)
    pace.take("a", 1, PROTECT, order=True)
    assert "2 orders in 60 s of this account" in refused(pace, account="a", order=True).message
    pace.take("a", 3, PROTECT)  # an order that was refused has cost nothing
    assert "5 call weight" in refused(pace, account="a").message
    pace.take("b", 1, PROTECT, order=True)
    pace.take("", 100, DATA)


def test_data_is_refused_while_what_protects_still_goes():
    pace = make(ip(100))
    pace.take("", 60, DATA)
    refused(pace, DATA)
    pace.take("7", 20, OPEN)
    refused(pace, OPEN)
    pace.take("7", 15, CLOSE)
    refused(pace, CLOSE)
    pace.take("7", 5, PROTECT)
    shed = client().hgetall(f"{pacer.base(pace.venue)}:shed")
    assert shed == {b"data": b"1", b"open": b"1", b"close": b"1"}


@pytest.mark.parametrize(
    ("told_s", "banned", "least_s", "most_s"),
    [
        (20, False, 19, 20),
        (600, True, 599, 600),
        (None, False, 29, 30),  # the venue's own pause
        (None, True, 119, 120),
        (float("nan"), False, 29, 30),
        (-5, False, 29, 30),
        (10**9, True, 3 * 86_400 - 1, 3 * 86_400),
    ],
)
def test_a_refusal_of_the_venue_stops_every_process(told_s, banned, least_s, most_s):
    pace = make(ip(100))
    pace.refused("7", told_s, banned=banned)
    other = make(ip(100), venue=pace.venue)
    for one in (pace, other):
        fault = refused(one, account="8")
        assert "told us to wait" in fault.message
        assert least_s <= fault.retry_after_s <= most_s


def test_a_shorter_refusal_does_not_end_a_longer_one_and_untold_ones_double():
    pace = make(ip(100))
    pace.refused("7", 600, banned=True)
    pace.refused("7", 30)
    assert refused(pace).retry_after_s > 590
    again = make(ip(100))
    for _ in range(3):
        again.refused("7", None)
    assert 119 < refused(again).retry_after_s <= 120


def test_without_redis_only_the_urgent_go_and_slowly():
    away = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    waits = Waits()
    pace = make(ip(200), waits=waits, connection=away)
    for priority in (OPEN, DATA):
        assert "cannot be asked" in refused(pace, priority).message
    for _ in range(10):  # a twentieth of the budget
        pace.take("7", 1, PROTECT)
    assert refused(pace, CLOSE).retry_after_s > 50
    assert not waits.slept
    waits.now_s += 70
    pace.take("7", 1, CLOSE)
    pace.refused("7", 30)
    assert 29 < refused(pace).retry_after_s < 31


def test_when_redis_is_back_it_is_asked_again():
    waits = Waits()
    pace = make(ip(200), waits=waits)
    working, away = pace._script, client().register_script("return redis.error_reply('LOADING x')")
    pace._script = away
    refused(pace, DATA)
    pace._script = working
    refused(pace, DATA)
    waits.now_s += pacer.BLIND_S
    pace.take("7", 1, DATA)


@pytest.mark.parametrize("venue", [*LIMITS, "a venue without a row"])
def test_every_venues_limits_are_kept_below_what_is_documented(venue):
    limits = limits_of(venue)
    assert limits.pause_s >= 1
    assert {one.scope for one in limits.budgets} >= {Scope.IP, Scope.KEY}
    assert any(one.counted is Counted.ORDERS for one in limits.budgets)
    for mine, theirs in zip(limits.budgets, limits.documented, strict=True):
        assert 0 < mine.limit < theirs.limit or theirs.limit == 1
        assert replace(mine, limit=theirs.limit) == theirs


@pytest.mark.parametrize("venue", [*LIMITS, "a venue without a row"])
def test_no_call_is_too_heavy_for_an_empty_budget(venue):
    """One that never fits would be refused for ever."""
    limits = limits_of(venue)
    for method in {*limits.weights, *BINANCE_WEIGHTS, LOAD}:
        fresh = RedisPacer(f"v{uuid.uuid4().hex}", limits=limits, sleep=Waits().sleep)
        fresh.take("7", limits.weight(method), DATA)


def test_calls_with_keys_do_not_use_up_what_is_for_those_without():
    pace = make(Budget(Scope.PUBLIC, Counted.CALLS, 60_000, 10), ip(1000))
    for _ in range(20):
        pace.take("7", 1, DATA)
    for _ in range(6):  # 60 % of 10
        pace.take("", 1, DATA)
    refused(pace, DATA, account="")
