"""Reference formulas of trend, volume, sessions and patterns, with default parameters."""

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
    middle,
    minus,
    oscillator,
    over,
    plain,
    rma,
    roc,
    running,
    sma,
    times,
    total,
    tr,
    tr_from_first,
    typical,
    weighed,
    window,
    with_signal,
)

plain("volume_sma")(lambda r: sma(r.v, 20))
plain("volume_osc")(lambda r: [100 * x - 100 for x in over(sma(r.v, 5), sma(r.v, 10))])
plain("relative_volume")(lambda r: over(r.v, sma(ago(r.v, 1), 20)))
plain("force_index")(lambda r: ema(weighed(change(r.c), r.v), 13))
plain("vpt")(lambda r: running(weighed(times(roc(r.c, 1), 0.01), r.v)))
plain("adosc")(lambda r: minus(ema(money_flow(r), 3), ema(money_flow(r), 10)))
plain("aroon_osc")(lambda r: minus(*aroon(r)))
plain("plus_di")(lambda r: directional(r)[0])
plain("minus_di")(lambda r: directional(r)[1])
plain("dx")(lambda r: directional(r)[2])
plain("adx")(lambda r: rma(directional(r)[2], 14))
plain("market_facilitation")(
    lambda r: each(lambda h, low, v: (h - low) / v if v else 0.0, r.h, r.l, r.v)
)


@plain("pvo")
def pvo(r: Rows) -> tuple[Line, Line, Line]:
    line = oscillator(r.v, 12, 26)
    return with_signal(line, ema(line, 9))


def directional(r: Rows) -> tuple[Line, Line, Line]:
    """+DI, -DI and DX."""
    up, down = change(r.h), [-x for x in change(r.l)]
    plus = rma(each(lambda u, d: u if u > d and u > 0 else 0 * u, up, down), 14)
    less = rma(each(lambda u, d: d if d > u and d > 0 else 0 * d, up, down), 14)
    size = atr(r, 14)
    plus, less = times(over(plus, size), 100), times(over(less, size), 100)
    return plus, less, each(lambda p, m: 100 * abs(p - m) / (p + m), plus, less)


@plain("adxr")
def adxr(r: Rows) -> Line:
    line = rma(directional(r)[2], 14)
    return each(lambda a, b: (a + b) / 2, line, ago(line, 13))


@plain("aroon")
def aroon(r: Rows) -> tuple[Line, Line]:
    def since(pick: object, line: Line) -> Line:
        return window(lambda p: 100 * (14 - p[::-1].index(pick(p))) / 14, line, 15)  # type: ignore[operator]

    return since(max, r.h), since(min, r.l)


@plain("supertrend")
def supertrend(r: Rows) -> tuple[Line, Line]:
    size, price = atr(r, 10), middle(r)
    lines, ways = [NAN] * r.n, [NAN] * r.n
    top = bottom = NAN
    way = 1.0
    for i in range(10, r.n):
        high, low = price[i] + 3 * size[i], price[i] - 3 * size[i]
        top = high if math.isnan(top) or high < top or r.c[i - 1] > top else top
        bottom = low if math.isnan(bottom) or low > bottom or r.c[i - 1] < bottom else bottom
        way = (-1.0 if r.c[i] < bottom else 1.0) if way > 0 else (1.0 if r.c[i] > top else -1.0)
        lines[i], ways[i] = (bottom if way > 0 else top), way
    return lines, ways


@plain("psar")
def psar(r: Rows) -> tuple[Line, Line]:
    made, ways = [NAN] * r.n, [NAN] * r.n
    up = r.h[1] - r.h[0] >= r.l[0] - r.l[1]
    stop, best, pace = (r.l[0], r.h[1], 0.02) if up else (r.h[0], r.l[1], 0.02)
    for i in range(1, r.n):
        if (r.l[i] <= stop) if up else (r.h[i] >= stop):  # touched: it turns
            up, stop, pace = not up, best, 0.02
            stop = max(stop, r.h[i], r.h[i - 1]) if not up else min(stop, r.l[i], r.l[i - 1])
            best = r.h[i] if up else r.l[i]
            made[i], ways[i] = stop, 1.0 if up else -1.0
        else:
            made[i], ways[i] = stop, 1.0 if up else -1.0
            beyond = r.h[i] > best if up else r.l[i] < best
            if beyond:
                best, pace = (r.h[i] if up else r.l[i]), min(0.2, pace + 0.02)
        stop += pace * (best - stop)
        edge = (r.l[i], r.l[i - 1]) if up else (r.h[i], r.h[i - 1])
        stop = min(stop, *edge) if up else max(stop, *edge)
    return made, ways


@plain("ichimoku")
def ichimoku(r: Rows) -> tuple[Line, ...]:
    a, b, c = (each(lambda h, low: (h + low) / 2, hi(r.h, p), lo(r.l, p)) for p in (9, 26, 52))
    return a, b, ago(each(lambda x, y: (x + y) / 2, a, b), 25), ago(c, 25)


@plain("vortex")
def vortex(r: Rows) -> tuple[Line, Line]:
    up = total(each(lambda h, low: abs(h - low), r.h, ago(r.l, 1)), 14)
    down = total(each(lambda low, h: abs(low - h), r.l, ago(r.h, 1)), 14)
    return over(up, total(tr(r), 14)), over(down, total(tr(r), 14))


@plain("mass_index")
def mass_index(r: Rows) -> Line:
    width = ema(minus(r.h, r.l), 9)
    return total(over(width, ema(width, 9)), 25)


@plain("vhf")
def vhf(r: Rows) -> Line:
    way = total([abs(x) for x in change(r.c)], 28)
    return over(minus(hi(r.c, 28), lo(r.c, 28)), way)


@plain("chandelier")
def chandelier(r: Rows) -> tuple[Line, Line]:
    away = times(rma(tr_from_first(r), 22), 3)
    return minus(hi(r.h, 22), away), each(lambda a, b: a + b, lo(r.l, 22), away)


@plain("ad")
def money_flow(r: Rows) -> Line:
    return running(each(lambda h, low, c, v: (2 * c - h - low) / (h - low) * v, r.h, r.l, r.c, r.v))


@plain("obv")
def obv(r: Rows) -> Line:
    signs = [1, *(float((x > 0) - (x < 0)) for x in change(r.c)[1:])]
    return running(weighed(signs, r.v))


@plain("cmf")
def cmf(r: Rows) -> Line:
    flow = each(lambda h, low, c, v: (2 * c - h - low) / (h - low) * v, r.h, r.l, r.c, r.v)
    return over(total(flow, 20), total(r.v, 20))


@plain("mfi")
def mfi(r: Rows) -> Line:
    price = typical(r)
    signs = [float((x > 0) - (x < 0)) if x == x else NAN for x in change(price)]
    money = weighed(weighed(price, r.v), signs)
    up = total([max(x, 0) if x == x else x for x in money], 14)
    return over(times(up, 100), total([abs(x) for x in money], 14))


@plain("eom")
def eom(r: Rows) -> Line:
    step = change(middle(r))
    ease = each(lambda s, h, low, v: 1e4 * s * (h - low) / v if v else 0 * s, step, r.h, r.l, r.v)
    return sma(ease, 14)


def volume_index(r: Rows, counts: object) -> Line:
    made = [1000.0]
    for i in range(1, r.n):
        counted = counts(r.v[i], r.v[i - 1])  # type: ignore[operator]
        made.append(made[-1] * (r.c[i] / r.c[i - 1] if counted else 1))
    return made


plain("nvi")(lambda r: volume_index(r, lambda now, before: now < before))
plain("pvi")(lambda r: volume_index(r, lambda now, before: now > before))


@plain("vwap_rolling")
def vwap_rolling(r: Rows) -> Line:
    return over(total(weighed(typical(r), r.v), 20), total(r.v, 20))


@plain("vwap")
def vwap(r: Rows) -> Line:
    made = []
    for i in range(r.n):
        same = [k for k in range(i + 1) if r.t[k] // 86_400_000 == r.t[i] // 86_400_000]
        traded = sum(r.v[k] for k in same)
        price = typical(r)
        made.append(sum(price[k] * r.v[k] for k in same) / traded if traded else price[i])
    return made


@plain("wad")
def wad(r: Rows) -> Line:
    moves = [0.0]
    for i in range(1, r.n):
        if r.c[i] > r.c[i - 1]:
            moves.append(r.c[i] - min(r.l[i], r.c[i - 1]))
        else:
            moves.append(r.c[i] - max(r.h[i], r.c[i - 1]) if r.c[i] < r.c[i - 1] else 0.0)
    return running(moves)


@plain("pivot_points")
def pivot_points(r: Rows) -> tuple[Line, ...]:
    day = [t // 86_400_000 for t in r.t]
    rows = []
    for i in range(r.n):
        before = [k for k in range(r.n) if day[k] == day[i] - 1]
        if not before:
            rows.append((NAN,) * 7)
            continue
        top, bottom = max(r.h[k] for k in before), min(r.l[k] for k in before)
        p = (top + bottom + r.c[before[-1]]) / 3
        rows.append(
            (
                p,
                2 * p - bottom,
                2 * p - top,
                p + top - bottom,
                p - top + bottom,
                top + 2 * (p - bottom),
                bottom - 2 * (top - p),
            )
        )
    return tuple(list(column) for column in zip(*rows, strict=True))


@plain("candle_pattern")
def candle_pattern(r: Rows) -> Line:
    """Engulfing: a body that covers the opposite body before it (100, or 80 when one end meets)."""
    made = [NAN, NAN]
    for i in range(2, r.n):
        way = 1 if r.c[i] >= r.o[i] else -1
        before = 1 if r.c[i - 1] >= r.o[i - 1] else -1
        top, bottom = max(r.o[i], r.c[i]), min(r.o[i], r.c[i])
        old_top, old_bottom = max(r.o[i - 1], r.c[i - 1]), min(r.o[i - 1], r.c[i - 1])
        covered = way != before and top > old_top and bottom < old_bottom
        made.append(100.0 * way if covered else 0.0)
    return made
