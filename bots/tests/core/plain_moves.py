"""Reference formulas of momentum and oscillators, with default parameters."""

from __future__ import annotations

import math

from bots.tests.core.plain import (
    NAN,
    Line,
    Rows,
    ago,
    change,
    each,
    ema,
    hi,
    lo,
    mean,
    middle,
    minus,
    oscillator,
    over,
    place,
    plain,
    rma,
    roc,
    rsi,
    sma,
    times,
    total,
    tr,
    tr_from_first,
    typical,
    window,
    with_signal,
    wma,
)


def held(line: Line) -> Line:
    """NaN inside replaced by the value before."""
    made: Line = []
    for x in line:
        made.append(made[-1] if made and math.isnan(x) else x)
    return made


plain("rsi")(lambda r: rsi(r.c, 14))
plain("apo")(lambda r: minus(ema(r.c, 12), ema(r.c, 26)))
plain("roc")(lambda r: roc(r.c, 9))
plain("mom")(lambda r: change(r.c, 10))
plain("trix")(lambda r: roc(ema(ema(ema(r.c, 18), 18), 18), 1))
plain("dpo")(lambda r: minus(ago(r.c, 11), sma(r.c, 21)))
plain("elder_ray")(lambda r: (minus(r.h, ema(r.c, 13)), minus(r.l, ema(r.c, 13))))
plain("qstick")(lambda r: sma(minus(r.c, r.o), 10))
plain("bop")(lambda r: over(minus(r.c, r.o), minus(r.h, r.l)))
plain("ao")(lambda r: minus(sma(middle(r), 5), sma(middle(r), 34)))
plain("willr")(lambda r: [x - 100 for x in place(r.c, lo(r.l, 14), hi(r.h, 14))])
plain("coppock")(lambda r: wma(each(lambda a, b: a + b, roc(r.c, 14), roc(r.c, 11)), 10))


@plain("macd")
def macd(r: Rows) -> tuple[Line, Line, Line]:
    line = minus(ema(r.c, 12), ema(r.c, 26))
    return with_signal(line, ema(line, 9))


@plain("ppo")
def ppo(r: Rows) -> tuple[Line, Line, Line]:
    line = oscillator(r.c, 12, 26)
    return with_signal(line, ema(line, 9))


@plain("cmo")
def cmo(r: Rows) -> Line:
    return [2 * x - 100 for x in rsi(r.c, 14)]


@plain("tsi")
def tsi(r: Rows) -> tuple[Line, Line]:
    step = change(r.c)
    top = ema(ema(step, 25), 13)
    line = times(over(top, ema(ema([abs(x) for x in step], 25), 13)), 100)
    return line, ema(line, 13)


@plain("stoch")
def stoch(r: Rows) -> tuple[Line, Line]:
    k = sma(place(r.c, lo(r.l, 14), hi(r.h, 14)), 3)
    return k, sma(k, 3)


@plain("stochf")
def stochf(r: Rows) -> tuple[Line, Line]:
    k = place(r.c, lo(r.l, 14), hi(r.h, 14))
    return k, sma(k, 3)


@plain("kdj")
def kdj(r: Rows) -> tuple[Line, Line, Line]:
    k = rma(place(r.c, lo(r.l, 9), hi(r.h, 9)), 3)
    d = rma(k, 3)
    return k, d, minus(times(k, 3), times(d, 2))


@plain("stochrsi")
def stochrsi(r: Rows) -> tuple[Line, Line]:
    line = rsi(r.c, 14)
    k = sma(place(line, lo(line, 14), hi(line, 14)), 3)
    return k, sma(k, 3)


@plain("kst")
def kst(r: Rows) -> tuple[Line, Line]:
    parts = [sma(roc(r.c, a), b) for a, b in ((10, 10), (15, 10), (20, 10), (30, 15))]
    line = each(lambda a, b, c, d: a + 2 * b + 3 * c + 4 * d, *parts)
    return line, sma(line, 9)


@plain("connors_rsi")
def connors_rsi(r: Rows) -> Line:
    streak = [0.0]
    for i in range(1, r.n):
        way = (r.c[i] > r.c[i - 1]) - (r.c[i] < r.c[i - 1])
        streak.append(way * (abs(streak[-1]) + 1 if way * streak[-1] > 0 else 1))
    rank = window(lambda p: float(sum(x <= p[-1] for x in p[:-1])), roc(r.c, 1), 101)
    return each(lambda a, b, c: (a + b + c) / 3, rsi(r.c, 3), rsi(streak, 2), rank)


@plain("stc")
def stc(r: Rows) -> Line:
    line = minus(ema(r.c, 23), ema(r.c, 50))
    for _ in range(2):
        bottom, top = lo(line, 10), hi(line, 10)
        raw = each(lambda x, b, t: 100 * (x - b) / (t - b) if t != b else NAN, line, bottom, top)
        line = ema(held(raw), 3)
    return line


@plain("er")
def er(r: Rows) -> Line:
    way = total([abs(x) for x in change(r.c)], 10)
    return over([abs(x) for x in change(r.c, 10)], way)


@plain("cci")
def cci(r: Rows) -> Line:
    def distance(part: Line) -> float:
        m = mean(part)
        return (part[-1] - m) / (0.015 * mean([abs(x - m) for x in part]))

    return window(distance, typical(r), 20)


@plain("ultosc")
def ultosc(r: Rows) -> Line:
    low = [NAN, *(min(a, b) for a, b in zip(r.l[1:], r.c, strict=False))]
    pressure, width = minus(r.c, low), tr(r)
    parts = [over(total(pressure, p), total(width, p)) for p in (7, 14, 28)]
    return each(lambda a, b, c: 100 * (4 * a + 2 * b + c) / 7, *parts)


@plain("ac")
def ac(r: Rows) -> Line:
    line = minus(sma(middle(r), 5), sma(middle(r), 34))
    return minus(line, sma(line, 5))


@plain("fisher")
def fisher(r: Rows) -> tuple[Line, Line]:
    price = middle(r)
    made, value, level = [], 0.0, 0.0
    for x, b, t in zip(price, lo(price, 9), hi(price, 9), strict=True):
        if b == b:
            value = 0.66 * ((x - b) / (t - b) - 0.5) + 0.67 * value
            value = max(-0.999, min(0.999, value))
            level = 0.5 * math.log((1 + value) / (1 - value)) + 0.5 * level
        made.append(level if b == b else NAN)
    return made, ago(made, 1)


@plain("rvgi")
def rvgi(r: Rows) -> tuple[Line, Line]:
    def symmetric(line: Line) -> Line:
        return window(lambda p: (p[3] + 2 * p[2] + 2 * p[1] + p[0]) / 6, line, 4)

    top, bottom = symmetric(minus(r.c, r.o)), symmetric(minus(r.h, r.l))
    line = over(total(top, 10), total(bottom, 10))
    return line, symmetric(line)


@plain("smi")
def smi(r: Rows) -> tuple[Line, Line]:
    top, bottom = hi(r.h, 10), lo(r.l, 10)
    away = each(lambda c, a, b: c - (a + b) / 2, r.c, top, bottom)
    line = times(over(ema(ema(away, 3), 3), ema(ema(minus(top, bottom), 3), 3)), 200)
    return line, ema(line, 3)


@plain("wavetrend")
def wavetrend(r: Rows) -> tuple[Line, Line]:
    away = minus(typical(r), ema(typical(r), 10))
    size = ema([abs(x) for x in away], 10)
    line = ema(each(lambda a, s: a / (0.015 * s), away, size), 21)
    return line, sma(line, 4)


@plain("imi")
def imi(r: Rows) -> Line:
    body = minus(r.c, r.o)
    up = total([max(x, 0) for x in body], 14)
    return over(times(up, 100), total([abs(x) for x in body], 14))


@plain("choppiness")
def choppiness(r: Rows) -> Line:
    width = minus(hi(r.h, 14), lo(r.l, 14))
    way = total(tr_from_first(r), 14)
    return [100 * math.log10(x) / math.log10(14) for x in over(way, width)]
