"""Budgets: never above the limit in any window, and the urgent have room where others have none."""

from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.budgets import NEVER, SHARES, SLOTS, Budget, Counted, Scope, Window
from exchanges.core.pacing import Priority

T0 = 1_700_000_000_123
BUDGETS = st.builds(
    Budget,
    st.just(Scope.IP),
    st.just(Counted.CALLS),
    st.integers(1, 120_000),
    st.integers(1, 400),
)
CALLS = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(1, 60), st.sampled_from(Priority)),
    max_size=80,
)


def ask(window, budget, now_ms, weight, priority):
    wait_ms = window.wait_ms(now_ms, weight, budget.ceiling(priority), budget.limit)
    if wait_ms == 0:
        window.take(now_ms, weight)
    return wait_ms


@given(BUDGETS, CALLS)
def test_no_window_ever_holds_more_than_the_limit(budget, calls):
    window, now_ms, taken = Window(budget.slot_ms), T0, []
    for pause_ms, weight, priority in calls:
        now_ms += pause_ms
        if ask(window, budget, now_ms, weight, priority) == 0:
            taken.append((now_ms, weight))
    for begin_ms, _ in taken:
        within = [w for t, w in taken if begin_ms <= t < begin_ms + budget.window_ms]
        assert sum(within) <= budget.limit


@given(BUDGETS, CALLS)
def test_after_the_wait_there_is_room_and_a_moment_before_there_was_none(budget, calls):
    window, now_ms = Window(budget.slot_ms), T0
    for pause_ms, weight, priority in calls:
        now_ms += pause_ms
        wait_ms = ask(window, budget, now_ms, weight, priority)
        if wait_ms == NEVER:
            assert weight > budget.limit
        elif wait_ms:
            now_ms += wait_ms
            ceiling = budget.ceiling(priority)
            assert window.wait_ms(now_ms - 1, weight, ceiling, budget.limit) > 0
            assert ask(window, budget, now_ms, weight, priority) == 0


def test_a_busy_caller_gets_nearly_the_whole_budget():
    budget = Budget(Scope.IP, Counted.CALLS, 60_000, 6_000)
    window = Window(budget.slot_ms)
    taken = sum(
        ask(window, budget, T0 + ms, 1, Priority.PROTECT) == 0 for ms in range(0, 600_000, 5)
    )
    assert taken >= 6_000 * 10 * SLOTS / (SLOTS + 1) * 0.99


def test_data_is_shed_first_and_what_protects_last():
    budget = Budget(Scope.IP, Counted.CALLS, 1_000, 100)
    window = Window(budget.slot_ms)
    reached = {}
    for priority in sorted(Priority, reverse=True):
        while ask(window, budget, T0, 1, priority) == 0:
            continue
        reached[priority] = window.used(T0)
    assert reached == SHARES
    assert list(reached) == [Priority.DATA, Priority.OPEN, Priority.CLOSE, Priority.PROTECT]


def test_a_call_heavier_than_its_share_goes_when_the_budget_is_empty():
    budget = Budget(Scope.IP, Counted.CALLS, 1_000, 100)
    window = Window(budget.slot_ms)
    assert ask(window, budget, T0, 90, Priority.DATA) == 0
    assert ask(window, budget, T0, 90, Priority.DATA) > 0
    assert ask(window, budget, T0, 101, Priority.PROTECT) == NEVER


def test_a_clock_that_goes_back_frees_nothing():
    budget = Budget(Scope.IP, Counted.CALLS, 1_000, 1)
    window = Window(budget.slot_ms)
    assert ask(window, budget, T0, 1, Priority.PROTECT) == 0
    assert ask(window, budget, T0 - 60_000, 1, Priority.PROTECT) > 0
