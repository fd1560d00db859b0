"""Candlestick patterns of four and five candles, and those that wait for a confirmation."""

from bots.core.codegen.python.indicators.patterns import (
    BODY_LONG,
    BODY_SHORT,
    NEAR,
    SHADOW_VERY_SHORT,
)


def pattern_3blackcrows(b, i):
    """Three black crows."""
    is_there = (
        b.color(i - 3) == 1
        and b.color(i - 2) == -1
        and b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2)
        and b.color(i - 1) == -1
        and b.lower(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.color(i) == -1
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.open[i - 1] < b.open[i - 2]
        and b.open[i - 1] > b.close[i - 2]
        and b.open[i] < b.open[i - 1]
        and b.open[i] > b.close[i - 1]
        and b.high[i - 3] > b.close[i - 2]
        and b.close[i - 2] > b.close[i - 1]
        and b.close[i - 1] > b.close[i]
    )
    return -100 if is_there else 0


def pattern_3linestrike(b, i):
    """Three-line strike."""
    is_there = (
        b.color(i - 3) == b.color(i - 2)
        and b.color(i - 2) == b.color(i - 1)
        and b.color(i) == -b.color(i - 1)
        and b.open[i - 2] >= b.bottom(i - 3) - b.usual(NEAR, i, 3)
        and b.open[i - 2] <= b.top(i - 3) + b.usual(NEAR, i, 3)
        and b.open[i - 1] >= b.bottom(i - 2) - b.usual(NEAR, i, 2)
        and b.open[i - 1] <= b.top(i - 2) + b.usual(NEAR, i, 2)
        and b.color(i - 1) * (b.close[i - 1] - b.close[i - 2]) > 0
        and b.color(i - 1) * (b.close[i - 2] - b.close[i - 3]) > 0
        and b.color(i - 1) * (b.open[i] - b.close[i - 1]) > 0
        and b.color(i - 1) * (b.open[i - 3] - b.close[i]) > 0
    )
    return b.color(i - 1) * 100 if is_there else 0


def pattern_breakaway(b, i):
    """Breakaway."""
    is_there = (
        b.body(i - 4) > b.usual(BODY_LONG, i, 4)
        and b.color(i - 4) == b.color(i - 3)
        and b.color(i - 3) == b.color(i - 1)
        and b.color(i) == -b.color(i - 1)
        and (b.gap_up(i - 3, i - 4) if b.color(i) == -1 else b.gap_down(i - 3, i - 4))
        and b.color(i) * (b.high[i - 3] - b.high[i - 2]) > 0
        and b.color(i) * (b.low[i - 3] - b.low[i - 2]) > 0
        and b.color(i) * (b.high[i - 2] - b.high[i - 1]) > 0
        and b.color(i) * (b.low[i - 2] - b.low[i - 1]) > 0
        and b.color(i) * (b.close[i] - b.open[i - 3]) > 0
        and b.color(i) * (b.close[i - 4] - b.close[i]) > 0
    )
    return b.color(i) * 100 if is_there else 0


def pattern_concealbabyswall(b, i):
    """Concealing baby swallow."""
    is_there = (
        b.color(i - 3) == -1
        and b.color(i - 2) == -1
        and b.color(i - 1) == -1
        and b.color(i) == -1
        and b.lower(i - 3) < b.usual(SHADOW_VERY_SHORT, i, 3)
        and b.upper(i - 3) < b.usual(SHADOW_VERY_SHORT, i, 3)
        and b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2)
        and b.upper(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2)
        and b.gap_down(i - 1, i - 2)
        and b.upper(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.high[i - 1] > b.close[i - 2]
        and b.high[i] > b.high[i - 1]
        and b.low[i] < b.low[i - 1]
    )
    return 100 if is_there else 0


def pattern_ladderbottom(b, i):
    """Ladder bottom."""
    is_there = (
        b.color(i - 4) == -1
        and b.color(i - 3) == -1
        and b.color(i - 2) == -1
        and b.open[i - 4] > b.open[i - 3]
        and b.open[i - 3] > b.open[i - 2]
        and b.close[i - 4] > b.close[i - 3]
        and b.close[i - 3] > b.close[i - 2]
        and b.color(i - 1) == -1
        and b.upper(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1)
        and b.color(i) == 1
        and b.open[i] > b.open[i - 1]
        and b.close[i] > b.high[i - 1]
    )
    return 100 if is_there else 0


def pattern_mathold(b, i):
    """Mat hold; the small bodies keep within half of the first one."""
    is_there = (
        b.body(i - 4) > b.usual(BODY_LONG, i, 4)
        and b.body(i - 3) < b.usual(BODY_SHORT, i, 3)
        and b.body(i - 2) < b.usual(BODY_SHORT, i, 2)
        and b.body(i - 1) < b.usual(BODY_SHORT, i, 1)
        and b.color(i - 4) == 1
        and b.color(i - 3) == -1
        and b.color(i) == 1
        and b.gap_up(i - 3, i - 4)
        and b.bottom(i - 2) < b.close[i - 4]
        and b.bottom(i - 1) < b.close[i - 4]
        and b.bottom(i - 2) > b.close[i - 4] - b.body(i - 4) * 0.5
        and b.bottom(i - 1) > b.close[i - 4] - b.body(i - 4) * 0.5
        and b.top(i - 2) < b.open[i - 3]
        and b.top(i - 1) < b.top(i - 2)
        and b.open[i] > b.close[i - 1]
        and b.close[i] > max(b.high[i - 3], b.high[i - 2], b.high[i - 1])
    )
    return 100 if is_there else 0


def pattern_risefall3methods(b, i):
    """Rising or falling three methods."""
    is_there = (
        b.body(i - 4) > b.usual(BODY_LONG, i, 4)
        and b.body(i) > b.usual(BODY_LONG, i, 0)
        and b.body(i - 3) < b.usual(BODY_SHORT, i, 3)
        and b.body(i - 2) < b.usual(BODY_SHORT, i, 2)
        and b.body(i - 1) < b.usual(BODY_SHORT, i, 1)
        and b.color(i - 4) == -b.color(i - 3)
        and b.color(i - 3) == b.color(i - 2)
        and b.color(i - 2) == b.color(i - 1)
        and b.color(i - 1) == -b.color(i)
        and b.bottom(i - 3) < b.high[i - 4]
        and b.top(i - 3) > b.low[i - 4]
        and b.bottom(i - 2) < b.high[i - 4]
        and b.top(i - 2) > b.low[i - 4]
        and b.bottom(i - 1) < b.high[i - 4]
        and b.top(i - 1) > b.low[i - 4]
        and b.color(i - 4) * (b.close[i - 3] - b.close[i - 2]) > 0
        and b.color(i - 4) * (b.close[i - 2] - b.close[i - 1]) > 0
        and b.color(i - 4) * (b.open[i] - b.close[i - 1]) > 0
        and b.color(i - 4) * (b.close[i] - b.close[i - 4]) > 0
    )
    return b.color(i - 4) * 100 if is_there else 0


def pattern_hikkake(b, i):
    """Hikkake: an inside bar whose break is followed by another one; 200 when it turns back."""
    return false_break(b, i, 1)


def pattern_hikkakemod(b, i):
    """Modified hikkake: two inside bars, the first closing near its end."""
    return false_break(b, i, 2)


def inside_break(b, i, inner):
    """Which way a break out of `inner` inside bars at i would be false, 0 for none."""
    for k in range(i - inner, i):
        if not (b.high[k] < b.high[k - 1] and b.low[k] > b.low[k - 1]):
            return 0
    fell = b.high[i] < b.high[i - 1] and b.low[i] < b.low[i - 1]
    rose = b.high[i] > b.high[i - 1] and b.low[i] > b.low[i - 1]
    if inner == 2:
        near = b.usual(NEAR, i, 2)
        fell = fell and b.close[i - 2] <= b.low[i - 2] + near
        rose = rose and b.close[i - 2] >= b.high[i - 2] - near
    return 100 if fell else (-100 if rose else 0)


def turns_back(b, i, at, side):
    """Whether the close at i confirms the false break at `at`."""
    if side > 0:
        return b.close[i] > b.high[at - 1]
    return b.close[i] < b.low[at - 1]


def false_break(b, i, inner):
    """The break itself, or twice that where one of the three candles before is confirmed now."""
    side = inside_break(b, i, inner)
    if side != 0:
        return side
    for at in range(i - 1, max(i - 4, b.first - 4), -1):
        side = inside_break(b, at, inner)
        if side != 0:
            for k in range(at + 1, i):
                if turns_back(b, k, at, side):
                    return 0
            return 2 * side if turns_back(b, i, at, side) else 0
    return 0
