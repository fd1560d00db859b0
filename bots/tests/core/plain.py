"""Plain-Python building blocks for the reference formulas: lists, NaN where there is no value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from exchanges.core.candles import Candles

NAN = math.nan
Line = list[float]


class Rows:
    """Candle columns as lists: o, h, low, c, v, and the open times t."""

    def __init__(self, candles: Candles) -> None:
        self.o, self.h, self.l, self.c, self.v = (x.tolist() for x in candles.columns())
        self.t = candles.open_time_ms.tolist()
        self.n = len(self.t)
        self.beside = {name: column.tolist() for name, column in candles.beside.items()}


PLAIN: dict[str, Callable[[Rows], Any]] = {}


def plain(key: str) -> Callable[[Callable[[Rows], Any]], Callable[[Rows], Any]]:
    def register(function: Callable[[Rows], Any]) -> Callable[[Rows], Any]:
        assert key not in PLAIN
        PLAIN[key] = function
        return function

    return register


def each(function: Callable[..., float], *lines: Sequence[float]) -> Line:
    return [function(*values) for values in zip(*lines, strict=True)]


def window(function: Callable[[Line], float], line: Line, period: int) -> Line:
    """function of the last `period` values; NaN until there are so many."""
    made = []
    for i in range(len(line)):
        part = line[max(0, i - period + 1) : i + 1]
        whole = len(part) == period and not any(math.isnan(x) for x in part)
        made.append(function(part) if whole else NAN)
    return made


def ago(line: Line, by: int) -> Line:
    return [NAN] * min(by, len(line)) + line[: max(0, len(line) - by)]


def mean(part: Line) -> float:
    return math.fsum(part) / len(part)


def std(part: Line) -> float:
    middle = mean(part)
    return math.sqrt(mean([(x - middle) ** 2 for x in part]))


def sma(line: Line, period: int) -> Line:
    return window(mean, line, period)


def wma(line: Line, period: int) -> Line:
    total = period * (period + 1) / 2
    return window(lambda part: sum(x * (k + 1) for k, x in enumerate(part)) / total, line, period)


def smoothed(line: Line, period: int, share: float) -> Line:
    """Exponential mean from the simple mean of the first `period` values."""
    made, seed, level = [], [], NAN
    for x in line:
        if math.isnan(x):
            pass
        elif math.isnan(level):
            seed.append(x)
            if len(seed) == period:
                level = mean(seed)
        else:
            level += share * (x - level)
        made.append(level)
    return made


def ema(line: Line, period: int) -> Line:
    return smoothed(line, period, 2 / (period + 1))


def rma(line: Line, period: int) -> Line:
    return smoothed(line, period, 1 / period)


def hi(line: Line, period: int) -> Line:
    return window(max, line, period)


def lo(line: Line, period: int) -> Line:
    return window(min, line, period)


def total(line: Line, period: int) -> Line:
    return window(math.fsum, line, period)


def change(line: Line, by: int = 1) -> Line:
    return each(lambda x, y: x - y, line, ago(line, by))


def roc(line: Line, period: int) -> Line:
    return each(lambda x, y: 100 * (x / y - 1), line, ago(line, period))


def minus(a: Line, b: Line) -> Line:
    return each(lambda x, y: x - y, a, b)


def over(a: Line, b: Line) -> Line:
    return each(lambda x, y: x / y, a, b)


def times(a: Line, factor: float) -> Line:
    return [x * factor for x in a]


def typical(r: Rows) -> Line:
    return each(lambda h, low, c: (h + low + c) / 3, r.h, r.l, r.c)


def middle(r: Rows) -> Line:
    return each(lambda h, low: (h + low) / 2, r.h, r.l)


def true_range(r: Rows) -> Line:
    """NaN on the first candle."""
    return each(lambda h, low, c: max(h, c) - min(low, c), r.h, r.l, ago(r.c, 1)) if r.n else []


def tr(r: Rows) -> Line:
    made = true_range(r)
    return [NAN, *made[1:]]


def tr_from_first(r: Rows) -> Line:
    return [r.h[0] - r.l[0], *true_range(r)[1:]]


def atr(r: Rows, period: int) -> Line:
    return rma(tr(r), period)


def rsi(line: Line, period: int) -> Line:
    step = change(line)
    up = rma([max(x, 0.0) if x == x else NAN for x in step], period)
    down = rma([max(-x, 0.0) if x == x else NAN for x in step], period)
    return each(lambda u, d: 100 * u / (u + d), up, down)


def place(line: Line, bottom: Line, top: Line) -> Line:
    """Where each value lies between bottom and top, 0 to 100."""
    return each(lambda x, b, t: 100 * (x - b) / (t - b), line, bottom, top)


def with_signal(line: Line, signal: Line) -> tuple[Line, Line, Line]:
    return line, signal, minus(line, signal)


def oscillator(line: Line, fast: int, slow: int) -> Line:
    return times(over(minus(ema(line, fast), ema(line, slow)), ema(line, slow)), 100)


def weighed(a: Line, b: Line) -> Line:
    return each(lambda x, y: x * y, a, b)


def running(line: Line) -> Line:
    made, level = [], 0.0
    for x in line:
        level += 0.0 if math.isnan(x) else x
        made.append(level)
    return made
