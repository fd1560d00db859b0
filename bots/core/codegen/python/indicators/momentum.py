"""Oscillators of one column: how fast and how far it has moved."""

from bots.core.codegen.python.indicators.averages import (
    difference_of_emas,
    percentage_of_emas,
    straightness,
)
from bots.core.codegen.python.indicators.columns import (
    NAN,
    absolute,
    filled,
    first_value,
    is_missing,
    minus,
    plus,
    ratio,
    shift,
)
from bots.core.codegen.python.indicators.windows import (
    ema,
    ema_from,
    highest,
    lowest,
    sma,
    wma,
)


def gains_and_losses(source, period):
    """Wilder's means of the rises and of the falls."""
    change = minus(source, shift(source, 1))
    first = first_value(change)
    gains = filled(len(source), NAN)
    losses = filled(len(source), NAN)
    gain = 0.0
    loss = 0.0
    for i in range(first, len(source)):
        rise = max(change[i], 0.0)
        fall = max(-change[i], 0.0)
        if i < first + period:
            gain += rise
            loss += fall
        else:
            gain = (gain * (period - 1) + rise) * (1 / period)
            loss = (loss * (period - 1) + fall) * (1 / period)
        if i == first + period - 1:
            gain /= period
            loss /= period
        if i >= first + period - 1:
            gains[i] = gain
            losses[i] = loss
    return [gains, losses]


def rsi(source, period):
    """Share of the rises in all movement, 0 to 100."""
    gains, losses = gains_and_losses(source, period)
    return [100 * ratio(g, g + b, 0.0) for g, b in zip(gains, losses)]


def roc(source, period):
    """Change over the period in per cent."""
    before = shift(source, period)
    return [0.0 if b == 0 else (a / b - 1) * 100 for a, b in zip(source, before)]


def indicator_rsi(source, period):
    """Relative strength index."""
    return [rsi(source, period)]


def known_together(columns):
    """The columns, each without a value until all have one."""
    size = len(columns[0])
    first = 0
    for column in columns:
        first = max(first, first_value(column))
    return [[NAN if i < first else column[i] for i in range(size)] for column in columns]


def indicator_macd(source, fast, slow, signal):
    """MACD: line, signal, histogram. Both averages begin on the same candle."""
    start = first_value(source)
    line = minus(ema_from(source, fast, start + slow - fast), ema_from(source, slow, start))
    average = ema(line, signal)
    return known_together([line, average, minus(line, average)])


def indicator_ppo(source, fast, slow, signal):
    """Percentage price oscillator: line, signal, histogram."""
    line = percentage_of_emas(source, fast, slow)
    mean = ema(line, signal)
    return [line, mean, minus(line, mean)]


def indicator_apo(source, fast, slow):
    """Absolute price oscillator."""
    return [difference_of_emas(source, fast, slow)]


def indicator_roc(source, period):
    """Rate of change in per cent."""
    return [roc(source, period)]


def indicator_mom(source, period):
    """Momentum."""
    return [minus(source, shift(source, period))]


def indicator_cmo(source, period, smoothing):
    """Chande momentum oscillator."""
    if smoothing == "wilder":
        gains, losses = gains_and_losses(source, period)
        return [[100 * ratio(g - b, g + b, 0.0) for g, b in zip(gains, losses)]]
    change = minus(source, shift(source, 1))
    first = first_value(change)
    made = filled(len(source), NAN)
    for i in range(first + period - 1, len(source)):
        gain = 0.0
        loss = 0.0
        for k in range(i - period + 1, i + 1):
            if change[k] > 0:
                gain += change[k]
            else:
                loss -= change[k]
        made[i] = 0.0 if gain + loss == 0 else 100 * ((gain - loss) / (gain + loss))
    return [made]


def indicator_trix(source, period):
    """TRIX: change of the triple EMA in per cent."""
    return [roc(ema(ema(ema(source, period), period), period), 1)]


def indicator_tsi(source, slow, fast, signal):
    """True strength index and its signal."""
    change = minus(source, shift(source, 1))
    size = ema(ema(absolute(change), slow), fast)
    line = [100 * ratio(a, b, 0.0) for a, b in zip(ema(ema(change, slow), fast), size)]
    return [line, ema(line, signal)]


def indicator_stochrsi(source, rsi_period, k, smooth_k, d):
    """Stochastic RSI: %K, %D."""
    line = rsi(source, rsi_period)
    low = lowest(line, k)
    width = minus(highest(line, k), low)
    fast = [100 * ratio(a - b, w, 0.0) for a, b, w in zip(line, low, width)]
    smooth = sma(fast, smooth_k)
    return [smooth, sma(smooth, d)]


def indicator_coppock(source, period, slow, fast):
    """Coppock curve."""
    return [wma(plus(roc(source, slow), roc(source, fast)), period)]


def indicator_kst(source, signal):
    """Know sure thing and its signal."""
    one = sma(roc(source, 10), 10)
    two = sma(roc(source, 15), 10)
    three = sma(roc(source, 20), 10)
    four = sma(roc(source, 30), 15)
    line = [a + 2 * b + 3 * c + 4 * d for a, b, c, d in zip(one, two, three, four)]
    return [line, sma(line, signal)]


def percent_rank(source, period):
    """Share of the values before that are below this one, 0 to 100."""
    made = filled(len(source), NAN)
    first = first_value(source)
    for i in range(first + period, len(source)):
        count = 0
        for k in range(i - period, i):
            if source[k] < source[i]:
                count += 1
        made[i] = count / period * 100
    return made


def streaks(source):
    """Candles in a row that rose (positive) or fell (negative); 0 when unchanged."""
    made = filled(len(source), 0.0)
    for i in range(1, len(source)):
        if source[i] > source[i - 1]:
            made[i] = max(made[i - 1], 0.0) + 1
        elif source[i] < source[i - 1]:
            made[i] = min(made[i - 1], 0.0) - 1
    return made


def indicator_connors_rsi(source, period, streak, rank):
    """Connors RSI."""
    place = percent_rank(roc(source, 1), rank)
    quick = rsi(source, period)
    run = rsi(streaks(source), streak)
    return [[(a + b + c) / 3 for a, b, c in zip(quick, run, place)]]


def smoothed_place(line, cycle):
    """Place in the range of the last values, 0 to 100, halfway to each new value."""
    low = lowest(line, cycle)
    high = highest(line, cycle)
    made = filled(len(line), NAN)
    last = 0.0
    for i in range(len(line)):
        width = high[i] - low[i]
        if width > 0:
            last = 100 * ((line[i] - low[i]) / width)
        if not is_missing(width):
            made[i] = last
    return ema(made, 3)


def indicator_stc(source, fast, slow, cycle):
    """Schaff trend cycle."""
    line = difference_of_emas(source, fast, slow)
    return [smoothed_place(smoothed_place(line, cycle), cycle)]


def indicator_er(source, period):
    """Kaufman's efficiency ratio."""
    return [straightness(source, period)]


def indicator_dpo(source, period):
    """Detrended price oscillator."""
    return [minus(shift(source, period // 2 + 1), sma(source, period))]
