"""When a position that has no stop is looked after, also by a clock that was wrong for a while."""

from __future__ import annotations

import pytest

from bots.core.guarding import AGAIN_MS, ALARM_MS, DEADLINE_MS, Guard

NOW_MS = 1_700_000_000_000
AHEAD_MS = NOW_MS + 600_000


@pytest.mark.parametrize(
    ("refused_ms", "may"),
    [(0, True), (NOW_MS, False), (NOW_MS - AGAIN_MS, True), (AHEAD_MS, True)],
)
def test_an_order_is_sent_again_a_while_after_one_was_refused(refused_ms, may) -> None:
    assert Guard(refused_ms=refused_ms).may_send(NOW_MS) == may


def test_the_alarm_and_the_sale_come_as_soon_after_a_clock_was_ahead() -> None:
    guard = Guard()
    said = [
        guard.note(confirmed=False, now_ms=at_ms)
        for at_ms in (AHEAD_MS, NOW_MS, NOW_MS + ALARM_MS, NOW_MS + DEADLINE_MS)
    ]
    assert said == ["", "", "alarm", "deadline"]
