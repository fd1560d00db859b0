"""Candlestick patterns of three candles, one colour after the other."""

from bots.core.codegen.python.indicators.patterns import (
    BODY_LONG,
    BODY_SHORT,
    EQUAL,
    FAR,
    NEAR,
    SHADOW_LONG,
    SHADOW_SHORT,
    SHADOW_VERY_SHORT,
)


def is_tiring(b, i):
    """Whether the last of three white candles shows weakness: smaller, or with a long shadow."""
    is_smaller = b.body(i) < b.body(i - 1)
    was_smaller = b.body(i - 1) < b.body(i - 2)
    is_much_smaller = b.body(i) < b.body(i - 1) - b.usual(FAR, i, 1)
    was_much_smaller = b.body(i - 1) < b.body(i - 2) - b.usual(FAR, i, 2)
    is_no_larger = b.body(i) < b.body(i - 1) + b.usual(NEAR, i, 1)
    shadow = b.usual(SHADOW_SHORT, i, 0)
    had_shadow = b.upper(i) > shadow or b.upper(i - 1) > b.usual(SHADOW_SHORT, i, 1)
    if is_much_smaller or (was_much_smaller and is_no_larger):
        return True
    if is_smaller and was_smaller and had_shadow:
        return True
    return is_smaller and b.upper(i) > b.usual(SHADOW_LONG, i, 0)


def pattern_3inside(b, i):
    """Three inside up or down."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.body(i - 1) <= b.usual(BODY_SHORT, i, 1)
        and b.top(i - 1) < b.top(i - 2)
        and b.bottom(i - 1) > b.bottom(i - 2)
        and b.color(i) == -b.color(i - 2)
        and b.color(i) * (b.close[i] - b.open[i - 2]) > 0
    )
    return b.color(i) * 100 if is_there else 0


def pattern_3outside(b, i):
    """Three outside up or down."""
    is_there = (
        b.color(i - 1) == -b.color(i - 2)
        and b.color(i - 1) * (b.close[i - 1] - b.open[i - 2]) > 0
        and b.color(i - 1) * (b.close[i - 2] - b.open[i - 1]) > 0
        and b.color(i - 1) * (b.close[i] - b.close[i - 1]) > 0
    )
    return b.color(i - 1) * 100 if is_there else 0


def pattern_3starsinsouth(b, i):
    """Three stars in the south."""
    is_there = (
        b.color(i - 2) == -1
        and b.color(i - 1) == -1
        and b.color(i) == -1
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.lower(i - 2) > b.usual(SHADOW_LONG, i, 2)
        and b.body(i - 1) < b.body(i - 2)
        and b.open[i - 1] > b.close[i - 2]
        and b.open[i - 1] <= b.high[i - 2]
        and b.low[i - 1] < b.close[i - 2]
        and b.low[i - 1] >= b.low[i - 2]
        and b.lower(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.low[i] > b.low[i - 1]
        and b.high[i] < b.high[i - 1]
    )
    return 100 if is_there else 0


def pattern_3whitesoldiers(b, i):
    """Three advancing white soldiers."""
    is_there = (
        b.color(i - 2) == 1
        and b.upper(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2)
        and b.color(i - 1) == 1
        and b.upper(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.color(i) == 1
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.close[i] > b.close[i - 1]
        and b.close[i - 1] > b.close[i - 2]
        and b.open[i - 1] > b.open[i - 2]
        and b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2)
        and b.open[i] > b.open[i - 1]
        and b.open[i] <= b.close[i - 1] + b.usual(NEAR, i, 1)
        and b.body(i - 1) > b.body(i - 2) - b.usual(FAR, i, 2)
        and b.body(i) > b.body(i - 1) - b.usual(FAR, i, 1)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
    )
    return 100 if is_there else 0


def pattern_advanceblock(b, i):
    """Advance block."""
    is_there = (
        b.color(i - 2) == 1
        and b.color(i - 1) == 1
        and b.color(i) == 1
        and b.close[i] > b.close[i - 1]
        and b.close[i - 1] > b.close[i - 2]
        and b.open[i - 1] > b.open[i - 2]
        and b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2)
        and b.open[i] > b.open[i - 1]
        and b.open[i] <= b.close[i - 1] + b.usual(NEAR, i, 1)
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.upper(i - 2) < b.usual(SHADOW_SHORT, i, 2)
        and is_tiring(b, i)
    )
    return -100 if is_there else 0


def pattern_identical3crows(b, i):
    """Identical three crows."""
    is_there = (
        b.color(i - 2) == -1
        and b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2)
        and b.color(i - 1) == -1
        and b.lower(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.color(i) == -1
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.close[i - 2] > b.close[i - 1]
        and b.close[i - 1] > b.close[i]
        and b.open[i - 1] <= b.close[i - 2] + b.usual(EQUAL, i, 2)
        and b.open[i - 1] >= b.close[i - 2] - b.usual(EQUAL, i, 2)
        and b.open[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1)
        and b.open[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1)
    )
    return -100 if is_there else 0


def pattern_stalledpattern(b, i):
    """Stalled pattern."""
    is_there = (
        b.color(i - 2) == 1
        and b.color(i - 1) == 1
        and b.color(i) == 1
        and b.close[i] > b.close[i - 1]
        and b.close[i - 1] > b.close[i - 2]
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.upper(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.open[i - 1] > b.open[i - 2]
        and b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2)
        and b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.open[i] >= b.close[i - 1] - b.body(i) - b.usual(NEAR, i, 1)
    )
    return -100 if is_there else 0


def pattern_sticksandwich(b, i):
    """Stick sandwich."""
    is_there = (
        b.color(i - 2) == -1
        and b.color(i - 1) == 1
        and b.color(i) == -1
        and b.low[i - 1] > b.close[i - 2]
        and b.close[i] <= b.close[i - 2] + b.usual(EQUAL, i, 2)
        and b.close[i] >= b.close[i - 2] - b.usual(EQUAL, i, 2)
    )
    return 100 if is_there else 0


def pattern_unique3river(b, i):
    """Unique three river."""
    is_there = (
        b.color(i - 2) == -1
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 1) == -1
        and b.close[i - 1] > b.close[i - 2]
        and b.open[i - 1] <= b.open[i - 2]
        and b.low[i - 1] < b.low[i - 2]
        and b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.color(i) == 1
        and b.open[i] > b.low[i - 1]
    )
    return 100 if is_there else 0
