"""Candlestick patterns of one candle."""

from bots.core.codegen.python.indicators.patterns import (
    BODY_DOJI,
    BODY_LONG,
    BODY_SHORT,
    NEAR,
    SHADOW_LONG,
    SHADOW_SHORT,
    SHADOW_VERY_LONG,
    SHADOW_VERY_SHORT,
)
from bots.core.codegen.python.indicators.patterns_two import (
    is_marubozu,
)


def pattern_belthold(b, i):
    """Belt-hold."""
    is_there = b.body(i) > b.usual(BODY_LONG, i, 0) and (
        b.lower(i) if b.color(i) == 1 else b.upper(i)
    ) < b.usual(SHADOW_VERY_SHORT, i, 0)
    return b.color(i) * 100 if is_there else 0


def pattern_closingmarubozu(b, i):
    """Closing marubozu."""
    is_there = b.body(i) > b.usual(BODY_LONG, i, 0) and (
        b.upper(i) if b.color(i) == 1 else b.lower(i)
    ) < b.usual(SHADOW_VERY_SHORT, i, 0)
    return b.color(i) * 100 if is_there else 0


def pattern_doji(b, i):
    """Doji."""
    is_there = b.body(i) <= b.usual(BODY_DOJI, i, 0)
    return 100 if is_there else 0


def pattern_dragonflydoji(b, i):
    """Dragonfly doji."""
    is_there = (
        b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.lower(i) > b.usual(SHADOW_VERY_SHORT, i, 0)
    )
    return 100 if is_there else 0


def pattern_gravestonedoji(b, i):
    """Gravestone doji."""
    is_there = (
        b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.upper(i) > b.usual(SHADOW_VERY_SHORT, i, 0)
    )
    return 100 if is_there else 0


def pattern_highwave(b, i):
    """High-wave candle."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.upper(i) > b.usual(SHADOW_VERY_LONG, i, 0)
        and b.lower(i) > b.usual(SHADOW_VERY_LONG, i, 0)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_longleggeddoji(b, i):
    """Long-legged doji."""
    is_there = b.body(i) <= b.usual(BODY_DOJI, i, 0) and (
        b.lower(i) > b.usual(SHADOW_LONG, i, 0) or b.upper(i) > b.usual(SHADOW_LONG, i, 0)
    )
    return 100 if is_there else 0


def pattern_longline(b, i):
    """Long line."""
    is_there = (
        b.body(i) > b.usual(BODY_LONG, i, 0)
        and b.upper(i) < b.usual(SHADOW_SHORT, i, 0)
        and b.lower(i) < b.usual(SHADOW_SHORT, i, 0)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_marubozu(b, i):
    """Marubozu."""
    is_there = is_marubozu(b, i, 0)
    return b.color(i) * 100 if is_there else 0


def pattern_rickshawman(b, i):
    """Rickshaw man."""
    is_there = (
        b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and b.lower(i) > b.usual(SHADOW_LONG, i, 0)
        and b.upper(i) > b.usual(SHADOW_LONG, i, 0)
        and b.bottom(i) <= b.low[i] + (b.high[i] - b.low[i]) / 2 + b.usual(NEAR, i, 0)
        and b.top(i) >= b.low[i] + (b.high[i] - b.low[i]) / 2 - b.usual(NEAR, i, 0)
    )
    return 100 if is_there else 0


def pattern_shortline(b, i):
    """Short line."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0)
        and b.upper(i) < b.usual(SHADOW_SHORT, i, 0)
        and b.lower(i) < b.usual(SHADOW_SHORT, i, 0)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_spinningtop(b, i):
    """Spinning top."""
    is_there = (
        b.body(i) < b.usual(BODY_SHORT, i, 0) and b.upper(i) > b.body(i) and b.lower(i) > b.body(i)
    )
    return b.color(i) * 100 if is_there else 0


def pattern_takuri(b, i):
    """Takuri: a dragonfly doji with a very long lower shadow."""
    is_there = (
        b.body(i) <= b.usual(BODY_DOJI, i, 0)
        and b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0)
        and b.lower(i) > b.usual(SHADOW_VERY_LONG, i, 0)
    )
    return 100 if is_there else 0
