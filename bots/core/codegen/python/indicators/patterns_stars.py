"""Candlestick patterns of three candles with gaps and stars."""

from bots.core.codegen.python.indicators.patterns import (
    BODY_DOJI,
    BODY_LONG,
    BODY_SHORT,
    EQUAL,
    NEAR,
)


def tristar_side(b, i):
    """Which way three dojis turn, 0 for neither."""
    if b.gap_down(i - 1, i - 2) and b.bottom(i) > b.bottom(i - 1):
        return 100
    if b.gap_up(i - 1, i - 2) and b.top(i) < b.top(i - 1):
        return -100
    return 0


def pattern_2crows(b, i):
    """Two crows."""
    is_there = (
        b.color(i - 2) == 1
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 1) == -1
        and b.gap_up(i - 1, i - 2)
        and b.color(i) == -1
        and b.open[i] < b.open[i - 1]
        and b.open[i] > b.close[i - 1]
        and b.close[i] > b.open[i - 2]
        and b.close[i] < b.close[i - 2]
    )
    return -100 if is_there else 0


def pattern_abandonedbaby(b, i):
    """Abandoned baby; the last close reaches 30 % into the first body."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.body(i - 1) <= b.usual(BODY_DOJI, i, 1)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
        and b.color(i) == -b.color(i - 2)
        and (
            b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3
            if b.color(i) == 1
            else b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3
        )
        and (
            b.jump_down(i - 1, i - 2) and b.jump_up(i, i - 1)
            if b.color(i) == 1
            else b.jump_up(i - 1, i - 2) and b.jump_down(i, i - 1)
        )
    )
    return b.color(i) * 100 if is_there else 0


def pattern_eveningdojistar(b, i):
    """Evening doji star; the last close reaches 30 % into the first body."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 2) == 1
        and b.body(i - 1) <= b.usual(BODY_DOJI, i, 1)
        and b.gap_up(i - 1, i - 2)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
        and b.color(i) == -1
        and b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3
    )
    return -100 if is_there else 0


def pattern_eveningstar(b, i):
    """Evening star; the last close reaches 30 % into the first body."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 2) == 1
        and b.body(i - 1) <= b.usual(BODY_SHORT, i, 1)
        and b.gap_up(i - 1, i - 2)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
        and b.color(i) == -1
        and b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3
    )
    return -100 if is_there else 0


def pattern_gapsidesidewhite(b, i):
    """Up or down gap with side-by-side white lines."""
    is_there = (
        (
            (b.gap_up(i - 1, i - 2) and b.gap_up(i, i - 2))
            or (b.gap_down(i - 1, i - 2) and b.gap_down(i, i - 2))
        )
        and b.color(i - 1) == 1
        and b.color(i) == 1
        and b.body(i) >= b.body(i - 1) - b.usual(NEAR, i, 1)
        and b.body(i) <= b.body(i - 1) + b.usual(NEAR, i, 1)
        and b.open[i] >= b.open[i - 1] - b.usual(EQUAL, i, 1)
        and b.open[i] <= b.open[i - 1] + b.usual(EQUAL, i, 1)
    )
    return (100 if b.gap_up(i - 1, i - 2) else -100) if is_there else 0


def pattern_morningdojistar(b, i):
    """Morning doji star; the last close reaches 30 % into the first body."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 2) == -1
        and b.body(i - 1) <= b.usual(BODY_DOJI, i, 1)
        and b.gap_down(i - 1, i - 2)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
        and b.color(i) == 1
        and b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3
    )
    return 100 if is_there else 0


def pattern_morningstar(b, i):
    """Morning star; the last close reaches 30 % into the first body."""
    is_there = (
        b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 2) == -1
        and b.body(i - 1) <= b.usual(BODY_SHORT, i, 1)
        and b.gap_down(i - 1, i - 2)
        and b.body(i) > b.usual(BODY_SHORT, i, 0)
        and b.color(i) == 1
        and b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3
    )
    return 100 if is_there else 0


def pattern_tasukigap(b, i):
    """Tasuki gap."""
    is_there = (
        b.color(i) == -b.color(i - 1)
        and (b.gap_up(i - 1, i - 2) if b.color(i - 1) == 1 else b.gap_down(i - 1, i - 2))
        and b.color(i - 1) * (b.close[i - 1] - b.open[i]) > 0
        and b.color(i - 1) * (b.open[i] - b.open[i - 1]) > 0
        and b.color(i - 1) * (b.open[i - 1] - b.close[i]) > 0
        and (b.close[i] > b.top(i - 2) if b.color(i - 1) == 1 else b.close[i] < b.bottom(i - 2))
        and abs(b.body(i - 1) - b.body(i)) < b.usual(NEAR, i, 1)
    )
    return b.color(i - 1) * 100 if is_there else 0


def pattern_tristar(b, i):
    """Tristar."""
    is_there = (
        b.body(i - 2) <= b.usual(BODY_DOJI, i, 2)
        and b.body(i - 1) <= b.usual(BODY_DOJI, i, 2)
        and b.body(i) <= b.usual(BODY_DOJI, i, 2)
    )
    return tristar_side(b, i) if is_there else 0


def pattern_upsidegap2crows(b, i):
    """Upside gap two crows."""
    is_there = (
        b.color(i - 2) == 1
        and b.body(i - 2) > b.usual(BODY_LONG, i, 2)
        and b.color(i - 1) == -1
        and b.body(i - 1) <= b.usual(BODY_SHORT, i, 1)
        and b.gap_up(i - 1, i - 2)
        and b.color(i) == -1
        and b.open[i] > b.open[i - 1]
        and b.close[i] < b.close[i - 1]
        and b.close[i] > b.close[i - 2]
    )
    return -100 if is_there else 0


def pattern_xsidegap3methods(b, i):
    """Upside or downside gap three methods."""
    is_there = (
        b.color(i - 2) == b.color(i - 1)
        and b.color(i) == -b.color(i - 1)
        and b.open[i] < b.top(i - 1)
        and b.open[i] > b.bottom(i - 1)
        and b.close[i] < b.top(i - 2)
        and b.close[i] > b.bottom(i - 2)
        and (b.gap_up(i - 1, i - 2) if b.color(i - 2) == 1 else b.gap_down(i - 1, i - 2))
    )
    return b.color(i - 2) * 100 if is_there else 0
