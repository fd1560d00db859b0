"""Reference formulas of averages, volatility, statistics and prices, with default parameters."""

from __future__ import annotations

import math

from bots.tests.core.plain import (
    NAN,
    Line,
    Rows,
    ago,
    atr,
    change,
    each,
    ema,
    hi,
    lo,
    mean,
    middle,
    minus,
    over,
    plain,
    rma,
    roc,
    sma,
    std,
    times,
    total,
    tr,
    tr_from_first,
    typical,
    window,
    wma,
)


def around(centre: Line, away: Line) -> tuple[Line, Line, Line]:
    return centre, each(lambda m, a: m + a, centre, away), minus(centre, away)


def line_fit(part: Line) -> tuple[float, float]:
    """Least squares: value at the first place, and slope."""
    n = len(part)
    x_mean, y_mean = (n - 1) / 2, mean(part)
    slope = sum((k - x_mean) * (y - y_mean) for k, y in enumerate(part))
    slope /= sum((k - x_mean) ** 2 for k in range(n))
    return y_mean - slope * x_mean, slope


plain("sma")(lambda r: sma(r.c, 20))
plain("ema")(lambda r: ema(r.c, 20))
plain("wma")(lambda r: wma(r.c, 20))
plain("rma")(lambda r: rma(r.c, 14))
plain("trima")(lambda r: sma(sma(r.c, 10), 11))
plain("hma")(lambda r: wma(minus(times(wma(r.c, 10), 2), wma(r.c, 20)), 4))
plain("zlema")(lambda r: ema(minus(times(r.c, 2), ago(r.c, 9)), 20))
plain("alligator")(
    lambda r: tuple(ago(rma(middle(r), p), by) for p, by in ((13, 8), (8, 5), (5, 3)))
)
plain("formula")(lambda r: minus(middle(r), ema(r.c, 20)))
plain("true_range")(tr)
plain("atr")(lambda r: atr(r, 14))
plain("natr")(lambda r: times(over(atr(r, 14), r.c), 100))
plain("adr")(lambda r: sma(minus(r.h, r.l), 14))
plain("bbands")(lambda r: around(sma(r.c, 20), times(window(std, r.c, 20), 2)))
plain("bandwidth")(lambda r: times(over(window(std, r.c, 20), sma(r.c, 20)), 400))
plain("keltner")(lambda r: around(ema(r.c, 20), times(atr(r, 10), 2)))
plain("stddev")(lambda r: window(std, r.c, 20))
plain("variance")(lambda r: [x * x for x in window(std, r.c, 20)])
plain("hist_volatility")(lambda r: times(window(std, log_returns(r), 10), 100 * math.sqrt(365)))
plain("chaikin_vol")(lambda r: roc(ema(minus(r.h, r.l), 10), 10))
plain("zscore")(lambda r: over(minus(r.c, sma(r.c, 20)), window(std, r.c, 20)))
plain("percentile")(lambda r: window(lambda p: sorted(p)[math.ceil(len(p) / 2) - 1], r.c, 30))
plain("highest")(lambda r: hi(r.c, 20))
plain("lowest")(lambda r: lo(r.c, 20))
plain("sum")(lambda r: total(r.c, 20))
plain("midpoint")(lambda r: each(lambda a, b: (a + b) / 2, hi(r.c, 14), lo(r.c, 14)))
plain("midprice")(lambda r: each(lambda a, b: (a + b) / 2, hi(r.h, 14), lo(r.l, 14)))
plain("mean_deviation")(lambda r: window(lambda p: mean([abs(x - mean(p)) for x in p]), r.c, 14))
plain("linreg_intercept")(lambda r: window(lambda p: line_fit(p)[0], r.c, 14))
plain("linreg_slope")(lambda r: window(lambda p: line_fit(p)[1], r.c, 14))
plain("linear_reg")(lambda r: window(lambda p: line_fit(p)[0] + 13 * line_fit(p)[1], r.c, 14))
plain("tsf")(lambda r: window(lambda p: line_fit(p)[0] + 14 * line_fit(p)[1], r.c, 14))
plain("typical_price")(typical)
plain("median_price")(middle)
plain("weighted_close")(lambda r: each(lambda h, low, c: (h + low + 2 * c) / 4, r.h, r.l, r.c))
plain("average_price")(
    lambda r: each(lambda o, h, low, c: (o + h + low + c) / 4, r.o, r.h, r.l, r.c)
)


@plain("log_return")
def log_returns(r: Rows) -> Line:
    return each(lambda x, y: math.log(x / y), r.c, ago(r.c, 1))


@plain("dema")
def dema(r: Rows) -> Line:
    once = ema(r.c, 20)
    return minus(times(once, 2), ema(once, 20))


@plain("tema")
def tema(r: Rows) -> Line:
    once = ema(r.c, 20)
    twice = ema(once, 20)
    return each(lambda a, b, c: 3 * a - 3 * b + c, once, twice, ema(twice, 20))


@plain("t3")
def t3(r: Rows) -> Line:
    lines = [r.c]
    for _ in range(6):
        lines.append(ema(lines[-1], 5))
    a = 0.7
    weights = (
        -(a**3),
        3 * a * a + 3 * a**3,
        -6 * a * a - 3 * a - 3 * a**3,
        1 + 3 * a + a**3 + 3 * a * a,
    )
    return each(lambda *x: sum(w * y for w, y in zip(weights, x, strict=True)), *lines[:2:-1])


@plain("kama")
def kama(r: Rows) -> Line:
    made, level = [NAN] * 10, r.c[9]
    for i in range(10, r.n):
        way = sum(abs(r.c[k] - r.c[k - 1]) for k in range(i - 9, i + 1))
        share = (abs(r.c[i] - r.c[i - 10]) / way * (2 / 3 - 2 / 31) + 2 / 31) ** 2
        level += share * (r.c[i] - level)
        made.append(level)
    return made


@plain("alma")
def alma(r: Rows) -> Line:
    weights = [math.exp(-((k - 0.85 * 8) ** 2) / (2 * (9 / 6) ** 2)) for k in range(9)]
    return window(
        lambda p: sum(w * x for w, x in zip(weights, p, strict=True)) / sum(weights), r.c, 9
    )


@plain("vwma")
def vwma(r: Rows) -> Line:
    return over(total(each(lambda c, v: c * v, r.c, r.v), 20), total(r.v, 20))


@plain("mcginley")
def mcginley(r: Rows) -> Line:
    made = [r.c[0]]
    for x in r.c[1:]:
        made.append(made[-1] + (x - made[-1]) / (14 * (x / made[-1]) ** 4))
    return made


@plain("percent_b")
def percent_b(r: Rows) -> Line:
    _, upper, lower = around(sma(r.c, 20), times(window(std, r.c, 20), 2))
    return each(lambda x, u, low: (x - low) / (u - low), r.c, upper, lower)


@plain("donchian")
def donchian(r: Rows) -> tuple[Line, Line, Line]:
    top, bottom = hi(r.h, 20), lo(r.l, 20)
    return each(lambda a, b: (a + b) / 2, top, bottom), top, bottom


@plain("acceleration_bands")
def acceleration_bands(r: Rows) -> tuple[Line, Line, Line]:
    width = each(lambda h, low: 4 * (h - low) / (h + low), r.h, r.l)
    upper = sma(each(lambda h, w: h * (1 + w), r.h, width), 20)
    return sma(r.c, 20), upper, sma(each(lambda low, w: low * (1 - w), r.l, width), 20)


@plain("ulcer")
def ulcer(r: Rows) -> Line:
    falls = each(lambda x, peak: (100 * (x / peak - 1)) ** 2, r.c, hi(r.c, 14))
    return [math.sqrt(x) for x in sma(falls, 14)]


@plain("rvi")
def rvi(r: Rows) -> Line:
    width, step = window(std, r.c, 10), change(r.c)
    up = ema(each(lambda w, s: w * (s > 0), width, step), 14)
    down = ema(each(lambda w, s: w * (s < 0), width, step), 14)
    return each(lambda u, d: 100 * u / (u + d), up, down)


@plain("squeeze")
def squeeze(r: Rows) -> tuple[Line, Line]:
    centre = each(lambda a, b, m: ((a + b) / 2 + m) / 2, hi(r.h, 20), lo(r.l, 20), sma(r.c, 20))
    momentum = window(lambda p: line_fit(p)[0] + 19 * line_fit(p)[1], minus(r.c, centre), 20)
    wide = times(sma(tr_from_first(r), 20), 1.5)
    inside = each(lambda s, w: float(2 * s < w), window(std, r.c, 20), wide)
    return momentum, each(lambda m, on: on if m == m else NAN, momentum, inside)


@plain("percentile_rank")
def percentile_rank(r: Rows) -> Line:
    return window(lambda p: float(sum(x <= p[-1] for x in p[:-1])), r.c, 101)


@plain("forecast_osc")
def forecast_osc(r: Rows) -> Line:
    forecast = ago(window(lambda p: line_fit(p)[0] + 14 * line_fit(p)[1], r.c, 14), 1)
    return each(lambda x, f: 100 * (x - f) / x, r.c, forecast)


@plain("heikin_ashi")
def heikin_ashi(r: Rows) -> tuple[Line, ...]:
    opens, closes = [], each(lambda o, h, low, c: (o + h + low + c) / 4, r.o, r.h, r.l, r.c)
    for i in range(r.n):
        opens.append((opens[-1] + closes[i - 1]) / 2 if i else (r.o[0] + r.c[0]) / 2)
    return closes, opens, each(max, r.h, opens, closes), each(min, r.l, opens, closes)
