"""Calls a second through the shared limiter, four processes at once, and never above a budget.

Every call is one round trip to Redis over three budgets; nothing is leased in advance.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator

from bench.harness import PROJECT, Row, row
from foundation.lib import clock

NAMES = ("exchanges.limiter_calls_per_s",)
PROCESSES, START_S, SECONDS = 4, 4.0, 3.0
WINDOW_MS, TIGHT = 500, 150  # a budget that the callers fill over and over

# Prints how many calls went through, and the moments of Redis's clock at which each did.
CALLER = """
import os, sys, time
sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
import django
django.setup()
from exchanges.core.budgets import Budget, Counted, Scope
from exchanges.core.outcomes import VenueFault
from exchanges.core.pacing import Priority
from exchanges.venues.limits import Limits
from exchanges.venues.pacer import RedisPacer
venue, account, limit, window_ms, begin_s, seconds = sys.argv[1:]
limit, window_ms = int(limit) * 10 // 9 + 1, int(window_ms)
budgets = (
    Budget(Scope.IP, Counted.CALLS, window_ms, limit),
    Budget(Scope.KEY, Counted.CALLS, window_ms, limit),
    Budget(Scope.KEY, Counted.ORDERS, window_ms, limit),
)
pacer, moments = RedisPacer(venue, Limits(budgets, 1)), []
script = pacer._script
def noted(*given):
    answer = script(*given)
    if answer[0]:
        moments.append(answer[2])
    return answer
pacer._script = noted
time.sleep(max(0, float(begin_s) - time.time()))
end_s = time.monotonic() + float(seconds)
while time.monotonic() < end_s:
    try:
        pacer.take(account, 1, Priority.PROTECT, order=True)
    except VenueFault:
        pass
print(*moments)
"""


def measure() -> Iterator[Row]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
    from cryptobot.stores import bring_up

    bring_up()
    _run(TIGHT, WINDOW_MS)  # asserts
    moments = _run(10**6, 1_000)
    taken_s = (moments[-1] - moments[0]) / 1000
    yield row(NAMES[0], len(moments) / taken_s, "1/s")


def _run(limit: int, window_ms: int) -> list[int]:
    """All moments of calls that went through, in order; no window holds more than the limit."""
    venue, begin_s = f"bench{uuid.uuid4().hex[:8]}", clock.now_ms() / 1000 + START_S
    terms = (limit, window_ms, begin_s, SECONDS)
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER, venue, str(n), *map(str, terms)],
            cwd=PROJECT,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(PROCESSES)
    ]
    told = [caller.communicate()[0] for caller in callers]
    if any(caller.returncode for caller in callers):
        raise RuntimeError("a caller of the limiter failed")
    moments = sorted(int(word) for words in told for word in words.split())
    for first, later in zip(moments, moments[limit:], strict=False):
        assert later - first >= window_ms, "more calls in a window than its budget"
    assert len(moments) >= limit or limit > 10**5, "the budget was never filled"
    return moments
