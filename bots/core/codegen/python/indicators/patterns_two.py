"""Candlestick patterns of two candles."""

from bots.core.codegen.python.indicators.patterns import (
    BODY_DOJI,
    BODY_LONG,
    BODY_SHORT,
    EQUAL,
    NEAR,
    SHADOW_LONG,
    SHADOW_VERY_SHORT,
)


def is_marubozu(b, i, ago):
    """Whether the candle `ago` before i is long and has next to no shadows."""
    at = i - ago
    is_long = b.body(at) > b.usual(BODY_LONG, i, ago)
    shadow = b.usual(SHADOW_VERY_SHORT, i, ago)
    return is_long and b.upper(at) < shadow and b.lower(at) < shadow


def is_kicking(b, i):
    """Two marubozus of opposite colour with a gap between them."""
    if b.color(i) == b.color(i - 1) or not is_marubozu(b, i, 1) or not is_marubozu(b, i, 0):
        return False
    return b.jump_up(i, i - 1) if b.color(i) == 1 else b.jump_down(i, i - 1)


def pattern_counterattack(b, i):
    """Counterattack."""
    is_there = (
        b.color(i) == -b.color(i - 1)
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.body(i) > b.usual(BODY_LONG, i, 0)
        and b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1)
        and b.close[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_darkcloudcover(b, i):
    """Dark cloud cover; the close reaches half into the body before."""
    is_there = (
        b.color(i - 1) == 1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.color(i) == -1
        and b.open[i] > b.high[i - 1]
        and b.close[i] > b.open[i - 1]
        and b.close[i] < b.close[i - 1] - b.body(i - 1) * 0.5
    )
    return -100 if is_there else 0


def pattern_dojistar(b, i):
    """Doji star."""
    is_there = (
        b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and (b.gap_up(i, i - 1) if b.color(i - 1) == 1 else b.gap_down(i, i - 1))
    )
    return -b.color(i - 1) * 100 if is_there else 0


def pattern_engulfing(b, i):
    """Engulfing; 80 where one end of the bodies is the same."""
    is_there = (
        b.color(i) == -b.color(i - 1)
        and b.color(i) * (b.close[i] - b.open[i - 1]) >= 0
        and b.color(i) * (b.close[i - 1] - b.open[i]) >= 0
        and (b.close[i] != b.open[i - 1] or b.open[i] != b.close[i - 1])
    )
    return (
        b.color(i) * (100 if b.open[i] != b.close[i - 1] and b.close[i] != b.open[i - 1] else 80)
        if is_there
        else 0
    )


def pattern_hammer(b, i):
    """Hammer."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.lower(i) > b.usual(SHADOW_LONG, i, 0)
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.bottom(i) <= b.low[i - 1] + b.usual(NEAR, i, 1)
    )
    return 100 if is_there else 0


def pattern_hangingman(b, i):
    """Hanging man."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.lower(i) > b.usual(SHADOW_LONG, i, 0)
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.bottom(i) >= b.high[i - 1] - b.usual(NEAR, i, 1)
    )
    return -100 if is_there else 0


def pattern_harami(b, i):
    """Harami; 80 where one end of the bodies is the same."""
    is_there = (
        b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.body(i) <= b.usual(BODY_SHORT, i, 0)
        and b.top(i) <= b.top(i - 1)
        and b.bottom(i) >= b.bottom(i - 1)
    )
    return (
        -b.color(i - 1) * (100 if b.top(i) < b.top(i - 1) and b.bottom(i) > b.bottom(i - 1) else 80)
        if is_there
        else 0
    )


def pattern_haramicross(b, i):
    """Harami cross; 80 where one end of the bodies is the same."""
    is_there = (
        b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and b.top(i) <= b.top(i - 1)
        and b.bottom(i) >= b.bottom(i - 1)
    )
    return (
        -b.color(i - 1) * (100 if b.top(i) < b.top(i - 1) and b.bottom(i) > b.bottom(i - 1) else 80)
        if is_there
        else 0
    )


def pattern_homingpigeon(b, i):
    """Homing pigeon."""
    is_there = (
        b.color(i - 1) == -1
        and b.color(i) == -1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.body(i) <= b.usual(BODY_SHORT, i, 0)
        and b.open[i] < b.open[i - 1]
        and b.close[i] > b.close[i - 1]
    )
    return 100 if is_there else 0


def pattern_inneck(b, i):
    """In-neck."""
    is_there = (
        b.color(i - 1) == -1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.color(i) == 1
        and b.open[i] < b.low[i - 1]
        and b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1)
        and b.close[i] >= b.close[i - 1]
    )
    return -100 if is_there else 0


def pattern_invertedhammer(b, i):
    """Inverted hammer."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.upper(i) > b.usual(SHADOW_LONG, i, 0)
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.gap_down(i, i - 1)
    )
    return 100 if is_there else 0


def pattern_kicking(b, i):
    """Kicking."""
    is_there = is_kicking(b, i)
    return b.color(i) * 100 if is_there else 0


def pattern_kickingbylength(b, i):
    """Kicking; the longer marubozu says which way."""
    is_there = is_kicking(b, i)
    return b.color(i if b.body(i) > b.body(i - 1) else i - 1) * 100 if is_there else 0


def pattern_matchinglow(b, i):
    """Matching low."""
    is_there = (
        b.color(i - 1) == -1
        and b.color(i) == -1
        and b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1)
        and b.close[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1)
    )
    return 100 if is_there else 0


def pattern_onneck(b, i):
    """On-neck."""
    is_there = (
        b.color(i - 1) == -1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.color(i) == 1
        and b.open[i] < b.low[i - 1]
        and b.close[i] <= b.low[i - 1] + b.usual(EQUAL, i, 1)
        and b.close[i] >= b.low[i - 1] - b.usual(EQUAL, i, 1)
    )
    return -100 if is_there else 0


def pattern_piercing(b, i):
    """Piercing."""
    is_there = (
        b.color(i - 1) == -1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.color(i) == 1
        and b.open[i] < b.low[i - 1]
        and b.body(i) > b.usual(BODY_LONG, i, 0)
        and b.close[i] < b.open[i - 1]
        and b.close[i] > b.close[i - 1] + b.body(i - 1) * 0.5
    )
    return 100 if is_there else 0


def pattern_separatinglines(b, i):
    """Separating lines."""
    is_there = (
        b.color(i) == -b.color(i - 1)
        and b.open[i] <= b.open[i - 1] + b.usual(EQUAL, i, 1)
        and b.open[i] >= b.open[i - 1] - b.usual(EQUAL, i, 1)
        and b.body(i) > b.usual(BODY_LONG, i, 0)
        and (b.lower(i) if b.color(i) == 1 else b.upper(i)) < b.usual(SHADOW_VERY_SHORT, i, 0)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_shootingstar(b, i):
    """Shooting star."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.upper(i) > b.usual(SHADOW_LONG, i, 0)
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.gap_up(i, i - 1)
    )
    return -100 if is_there else 0


def pattern_thrusting(b, i):
    """Thrusting."""
    is_there = (
        b.color(i - 1) == -1
        and b.body(i - 1) > b.usual(BODY_LONG, i, 1)
        and b.color(i) == 1
        and b.open[i] < b.low[i - 1]
        and b.close[i] > b.close[i - 1] + b.usual(EQUAL, i, 1)
        and b.close[i] <= b.close[i - 1] + b.body(i - 1) * 0.5
    )
    return -100 if is_there else 0
