"""Reference formulas of what a market is like: least squares, ranks and Amihud, written out."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

from bots.tests.core.plain import Line, Rows, ago, each, mean, plain, std, window


def fitted(part: Line) -> tuple[float, float]:
    """Slope per step of the least squares line, and the squared correlation with time."""
    times = list(range(len(part)))
    centre, middle = mean(times), mean(part)
    both = math.fsum((t - centre) * (y - middle) for t, y in zip(times, part, strict=True))
    of_time = math.fsum((t - centre) ** 2 for t in times)
    of_line = math.fsum((y - middle) ** 2 for y in part)
    return both / of_time, both * both / (of_time * of_line)


@plain("trend_strength")
def trend_strength(r: Rows) -> tuple[Line, Line]:
    logs = [math.log(x) for x in r.c]

    def signed(part: Line) -> float:
        slope, squared = fitted(part)
        return math.copysign(squared, slope)

    slopes = window(lambda part: fitted(part)[0], logs, 48)
    return window(signed, logs, 48), [x * 24 * 100 for x in slopes]


@plain("volatility_percentile")
def volatility_percentile(r: Rows) -> Line:
    returns = each(lambda c, before: math.log(c / before), r.c, ago(r.c, 1))
    sizes = window(std, returns, 24)

    def ranked(part: Line) -> float:
        *before, now = part
        return 100 * sum(x < now for x in before) / len(before)

    return window(ranked, sizes, 721)


@plain("amihud")
def amihud(r: Rows) -> Line:
    moves = each(
        lambda c, before, v: abs(c / before - 1) * 100 / (c * v / 1e6) if v else 0.0 * before,
        r.c,
        ago(r.c, 1),
        r.v,
    )
    total, traded = window(sum, moves, 24), window(lambda part: sum(v > 0 for v in part), r.v, 24)
    return each(lambda moved, count: moved / count if count else 0.0, total, traded)


@plain("funding_rate")
def funding_rate(r: Rows) -> Line:
    return r.beside["funding"]


@plain("basis")
def basis(r: Rows) -> Line:
    return r.beside["basis"]


@plain("btc_correlation")
def btc_correlation(r: Rows) -> Line:
    both = zip(r.beside["paired"], r.beside["bitcoin"], strict=True)
    pairs = [
        [math.log(x / y) for x, y in zip(now, then, strict=True)] for then, now in pairwise(both)
    ]
    found = [math.nan] * min(168, r.n)
    for i in range(168, r.n):
        mine, theirs = zip(*pairs[i - 168 : i], strict=True)
        found.append(statistics.correlation(mine, theirs))
    return found
