"""Volume: how much was traded, and on whose side."""

from bots.core.codegen.python.indicators.averages import (
    percentage_of_emas,
    traded_candles,
)
from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    middle_of,
    minus,
    ratio,
    scaled,
    shift,
    times,
    typical,
)
from bots.core.codegen.python.indicators.windows import (
    ema,
    rolling_sum,
    sma,
)


def indicator_obv(source, volume):
    """On-balance volume."""
    made = filled(len(source), NAN)
    total = volume[0] if len(volume) > 0 else 0.0
    for i in range(len(source)):
        if i > 0 and source[i] > source[i - 1]:
            total += volume[i]
        elif i > 0 and source[i] < source[i - 1]:
            total -= volume[i]
        made[i] = total
    return [made]


def accumulation(high, low, close, volume):
    """Running sum of the volume weighed by where the close lies in the candle's range."""
    made = filled(len(close), NAN)
    total = 0.0
    for i in range(len(close)):
        width = high[i] - low[i]
        if width > 0:
            total += ((close[i] - low[i]) - (high[i] - close[i])) / width * volume[i]
        made[i] = total
    return made


def indicator_ad(high, low, close, volume):
    """Accumulation/distribution."""
    return [accumulation(high, low, close, volume)]


def indicator_adosc(high, low, close, volume, fast, slow):
    """Chaikin oscillator; both averages begin with the first value."""
    line = accumulation(high, low, close, volume)
    made = filled(len(close), NAN)
    fast_weight = 2 / (fast + 1)
    slow_weight = 2 / (slow + 1)
    quick = 0.0
    calm = 0.0
    for i in range(len(close)):
        if i == 0:
            quick = line[0]
            calm = line[0]
        else:
            quick = fast_weight * line[i] + (1 - fast_weight) * quick
            calm = slow_weight * line[i] + (1 - slow_weight) * calm
        if i >= slow - 1:
            made[i] = quick - calm
    return [made]


def share_of_volume(part, volume, period, otherwise):
    """Sum of the part over the sum of the volume; `otherwise` where nothing was traded."""
    traded = traded_candles(volume, period)
    parts = rolling_sum(part, period)
    amounts = rolling_sum(volume, period)
    return [
        o + 0 * t if t == 0 else ratio(p, a, o)
        for p, a, t, o in zip(parts, amounts, traded, otherwise)
    ]


def indicator_cmf(high, low, close, volume, period):
    """Chaikin money flow."""
    place = [ratio((c - b) - (h - c), h - b, 0.0) for h, b, c in zip(high, low, close)]
    nothing = filled(len(close), 0.0)
    return [share_of_volume(times(place, volume), volume, period, nothing)]


def indicator_mfi(high, low, close, volume, period):
    """Money flow index."""
    price = typical(high, low, close)
    size = len(close)
    made = filled(size, NAN)
    flows = filled(size, 0.0)
    gained = 0.0
    lost = 0.0
    still = 0
    for i in range(1, size):
        if i > period:
            gained -= max(flows[i - period], 0.0)
            lost -= max(-flows[i - period], 0.0)
        moved = price[i] - price[i - 1]
        is_still = abs(moved) < 1e-14 * (abs(price[i]) + abs(price[i - 1]))
        flow = 0.0 if is_still else price[i] * volume[i]
        flows[i] = -flow if moved < 0 else flow
        gained += max(flows[i], 0.0)
        lost += max(-flows[i], 0.0)
        still = still + 1 if flow == 0 else 0
        if still >= period:
            gained = 0.0
            lost = 0.0
        if i >= period:
            total = gained + lost
            made[i] = 0.0 if total <= 0 else 100 * (min(max(gained, 0.0), total) / total)
    return [made]


def indicator_force_index(source, volume, period):
    """Force index."""
    return [ema(times(minus(source, shift(source, 1)), volume), period)]


def indicator_eom(high, low, volume, period, divisor):
    """Ease of movement."""
    middle = middle_of(high, low)
    made = filled(len(middle), NAN)
    for i in range(1, len(middle)):
        moved = divisor * (middle[i] - middle[i - 1]) * (high[i] - low[i])
        made[i] = ratio(moved, volume[i], 0.0)
    return [sma(made, period)]


def indicator_vpt(source, volume):
    """Volume price trend."""
    made = filled(len(source), NAN)
    total = 0.0
    for i in range(len(source)):
        if i > 0:
            total += ratio(source[i] - source[i - 1], source[i - 1], 0.0) * volume[i]
        made[i] = total
    return [made]


def volume_index(source, volume, sign):
    """Index from 1000 that follows the source only when the volume rises (1) or falls (-1)."""
    made = filled(len(source), NAN)
    line = 1000.0
    for i in range(len(source)):
        if i > 0 and sign * (volume[i] - volume[i - 1]) > 0 and source[i - 1] != 0:
            line = line * (1 + (source[i] - source[i - 1]) / source[i - 1])
        made[i] = line
    return made


def indicator_nvi(source, volume):
    """Negative volume index."""
    return [volume_index(source, volume, -1)]


def indicator_pvi(source, volume):
    """Positive volume index."""
    return [volume_index(source, volume, 1)]


def indicator_volume_sma(volume, period):
    """Mean volume."""
    return [sma(volume, period)]


def indicator_relative_volume(volume, period):
    """Volume over the mean volume of the candles before."""
    before = shift(volume, 1)
    traded = traded_candles(before, period)
    usual = sma(before, period)
    return [[1.0 + 0 * u if t == 0 else ratio(v, u, 1.0) for v, u, t in zip(volume, usual, traded)]]


def indicator_pvo(volume, fast, slow, signal):
    """Percentage volume oscillator: line, signal, histogram."""
    line = percentage_of_emas(volume, fast, slow)
    mean = ema(line, signal)
    return [line, mean, minus(line, mean)]


def indicator_volume_osc(volume, fast, slow):
    """Volume oscillator."""
    average = sma(volume, slow)
    traded = traded_candles(volume, slow)
    line = scaled([ratio(a - b, b, 0.0) for a, b in zip(sma(volume, fast), average)], 100)
    return [[0 * a if t == 0 else v for v, a, t in zip(line, average, traded)]]


def indicator_vwap_rolling(high, low, close, volume, period):
    """Mean typical price of the last candles weighed by volume."""
    price = typical(high, low, close)
    return [share_of_volume(times(price, volume), volume, period, sma(price, period))]


def indicator_wad(high, low, close):
    """Williams accumulation/distribution."""
    made = filled(len(close), NAN)
    total = 0.0
    for i in range(len(close)):
        if i > 0 and close[i] > close[i - 1]:
            total += close[i] - min(low[i], close[i - 1])
        elif i > 0 and close[i] < close[i - 1]:
            total += close[i] - max(high[i], close[i - 1])
        made[i] = total
    return [made]


def indicator_market_facilitation(high, low, volume):
    """Range per volume traded."""
    return [[ratio(h - b, v, 0.0) for h, b, v in zip(high, low, volume)]]
