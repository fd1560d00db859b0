"""Indicators that begin anew each UTC day or week."""

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    typical,
)

DAY_MS = 86400000


def session_start(time_ms, session):
    """When the UTC day, or the week from Monday, of this moment began."""
    if session == "1d":
        return time_ms // DAY_MS * DAY_MS
    offset = 4 * DAY_MS
    span = 7 * DAY_MS
    return (time_ms - offset) // span * span + offset


def indicator_vwap(open_time_ms, high, low, close, volume, session):
    """Mean typical price since the session began, weighed by volume."""
    price = typical(high, low, close)
    made = filled(len(close), NAN)
    money = 0.0
    traded = 0.0
    began = 0
    for i in range(len(close)):
        start = session_start(open_time_ms[i], session)
        if i == 0 or start != began:
            money = 0.0
            traded = 0.0
            began = start
        money += price[i] * volume[i]
        traded += volume[i]
        made[i] = money / traded if traded > 0 else price[i]
    return [made]


def session_before(open_time_ms, session, high, low, close):
    """High, low and close of the session before, once one was seen from its first candle."""
    size = len(close)
    columns = [filled(size, NAN) for _ in range(3)]
    shown = filled(3, NAN)
    running = filled(3, NAN)
    began = 0
    is_whole = True
    for i in range(size):
        start = session_start(open_time_ms[i], session)
        if i == 0:
            is_whole = open_time_ms[0] == start
        if i == 0 or start != began:
            if i > 0:
                shown = running if is_whole else filled(3, NAN)
                is_whole = True
            running = [high[i], low[i], close[i]]
            began = start
        else:
            running = [max(running[0], high[i]), min(running[1], low[i]), close[i]]
        for k in range(3):
            columns[k][i] = shown[k]
    return columns


def indicator_pivot_points(open_time_ms, high, low, close, session, method):
    """Pivot points: pivot, r1, s1, r2, s2, r3, s3."""
    top, bottom, last = session_before(open_time_ms, session, high, low, close)
    columns = [filled(len(close), NAN) for _ in range(7)]
    for i in range(len(close)):
        levels = pivot_levels(top[i], bottom[i], last[i], method)
        for k in range(7):
            columns[k][i] = levels[k]
    return columns


def pivot_levels(top, bottom, last, method):
    """The pivot and its six levels."""
    pivot = (top + bottom + last) / 3
    width = top - bottom
    if method == "classic":
        return [
            pivot,
            2 * pivot - bottom,
            2 * pivot - top,
            pivot + width,
            pivot - width,
            top + 2 * (pivot - bottom),
            bottom - 2 * (top - pivot),
        ]
    base = pivot
    steps = [0.382, 0.618, 1.0]
    if method == "camarilla":
        base = last
        steps = [1.1 / 12, 1.1 / 6, 1.1 / 4]
    levels = [pivot]
    for step in steps:
        levels.append(base + step * width)
        levels.append(base - step * width)
    return levels
