"""When a perpetual settled its funding, and which fundings are not known yet. Times in ms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

HOUR_MS = 3_600_000
INTERVAL_MS_MAX = 8 * HOUR_MS  # no venue here settles more seldom
TOLD_AFTER_MS = 60_000  # venues need a moment to put a funding into their history
# From then on a rate counts as known: what asks for rates asks every five minutes, and may fail
# once. A strategy may not see one earlier, neither live nor in a backtest.
KNOWN_AFTER_MS = 15 * 60_000


def is_due(newest_first: Sequence[int], now_ms: int) -> bool:
    """Whether the venue should know of a funding later than these (the last few)."""
    if not newest_first:
        return True
    steps = [later - earlier for later, earlier in pairwise(newest_first)]
    usual_ms = max(HOUR_MS, min(steps, default=HOUR_MS))
    return now_ms >= newest_first[0] + min(usual_ms, INTERVAL_MS_MAX) + TOLD_AFTER_MS


def missing_ranges(times_ms: Sequence[int], start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Parts of [start_ms, end_ms) in which a funding may be that is not among the ascending times:
    where two lie further apart than any venue's interval, and at the ends."""
    # A funding may be booked a little late.
    apart_ms = INTERVAL_MS_MAX + TOLD_AFTER_MS
    fence = [start_ms - 1, *times_ms, end_ms]
    found = []
    for before, after in pairwise(fence):
        at_end = before == fence[0] or after == end_ms
        from_ms, to_ms = max(before + 1, start_ms), min(after, end_ms)
        room_ms = HOUR_MS if at_end else apart_ms
        if to_ms > from_ms and after - before > room_ms:
            found.append((from_ms, to_ms))
    return found
