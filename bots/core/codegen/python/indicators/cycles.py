"""Ehlers' cycle measurements: the Hilbert transform and what is made of it."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
)

CYCLE_LONGEST = 50


def smooth_price(source, first):
    """Mean of four values weighing 4, 3, 2, 1, from running sums."""
    made = filled(len(source), NAN)
    plain = 0.0
    weighted = 0.0
    leaving = 0.0
    for i in range(first, len(source)):
        place = i - first
        plain += source[i]
        if place < 3:
            weighted += source[i] * (place + 1)
        else:
            plain -= leaving
            weighted += source[i] * 4
            leaving = source[i - 3]
            made[i] = weighted * 0.1
            weighted -= plain
    return made


def hilbert_filter():
    """Memory of one filter: for even and odd candles the last three, and the one before."""
    return [filled(3, 0.0), filled(3, 0.0), filled(2, 0.0), filled(2, 0.0)]


def hilbert(memory, value, parity, slot, stretch):
    """One step of the filter: the value a quarter of a cycle on."""
    weighted = 0.0962 * value
    made = -memory[parity][slot]
    memory[parity][slot] = weighted
    made += weighted
    made -= memory[2][parity]
    memory[2][parity] = 0.5769 * memory[3][parity]
    made += memory[2][parity]
    memory[3][parity] = value
    return made * stretch


def next_period(period, real, imaginary):
    """The cycle's length after one more candle, kept from jumping."""
    before = period
    if imaginary != 0 and real != 0:
        period = 360 / (math.atan(imaginary / real) * (180 / (4 * math.atan(1))))
    period = min(period, 1.5 * before)
    period = max(period, 0.67 * before)
    period = min(max(period, 6.0), 50.0)
    return 0.2 * period + 0.8 * before


def dominant_cycle(source, first, skip):
    """Columns: in-phase and quadrature part, length of the cycle, smoothed length.

    skip: candles that only smooth the price before the filters begin.
    """
    size = len(source)
    price = smooth_price(source, first)
    columns = [filled(size, NAN) for _ in range(4)]
    filters = [hilbert_filter() for _ in range(4)]
    delayed = [filled(2, 0.0), filled(2, 0.0)]
    slot = 0
    period, smooth_period = 0.0, 0.0
    i_before, q_before = 0.0, 0.0
    real, imaginary = 0.0, 0.0
    for i in range(first + skip, size):
        parity = (i - first) % 2
        stretch = 0.075 * period + 0.54
        in_phase = delayed[parity][1]
        detrended = hilbert(filters[0], price[i], parity, slot, stretch)
        quadrature = hilbert(filters[1], detrended, parity, slot, stretch)
        ahead_i = hilbert(filters[2], in_phase, parity, slot, stretch)
        ahead_q = hilbert(filters[3], quadrature, parity, slot, stretch)
        if parity == 0:
            slot = (slot + 1) % 3
        q_now = 0.2 * (quadrature + ahead_i) + 0.8 * q_before
        i_now = 0.2 * (in_phase - ahead_q) + 0.8 * i_before
        delayed[1 - parity][1] = delayed[1 - parity][0]
        delayed[1 - parity][0] = detrended
        real = 0.2 * (i_now * i_before + q_now * q_before) + 0.8 * real
        imaginary = 0.2 * (i_now * q_before - q_now * i_before) + 0.8 * imaginary
        i_before = i_now
        q_before = q_now
        period = next_period(period, real, imaginary)
        smooth_period = 0.33 * period + 0.67 * smooth_period
        columns[0][i] = in_phase
        columns[1][i] = quadrature
        columns[2][i] = period
        columns[3][i] = smooth_period
    return columns


def indicator_mama(source, fast_limit, slow_limit):
    """MESA adaptive moving average: MAMA, FAMA."""
    size = len(source)
    first = first_value(source)
    in_phase, quadrature, _, _ = dominant_cycle(source, first, 12)
    quick = filled(size, NAN)
    calm = filled(size, NAN)
    mama = 0.0
    fama = 0.0
    phase_before = 0.0
    degrees = 180 / (4 * math.atan(1))
    for i in range(first + 12, size):
        phase = 0.0
        if in_phase[i] != 0:
            phase = math.atan(quadrature[i] / in_phase[i]) * degrees
        turned = max(phase_before - phase, 1.0)
        phase_before = phase
        weight = fast_limit
        if turned > 1:
            weight = max(fast_limit / turned, slow_limit)
        mama = weight * source[i] + (1 - weight) * mama
        weight = weight * 0.5
        fama = weight * mama + (1 - weight) * fama
        if i >= first + 32:
            quick[i] = mama
            calm[i] = fama
    return [quick, calm]


def indicator_ht_period(source):
    """Length of the dominant cycle in candles."""
    first = first_value(source)
    smooth_period = dominant_cycle(source, first, 12)[3]
    return [[NAN if i < first + 32 else smooth_period[i] for i in range(len(source))]]


def indicator_ht_trendline(source):
    """The source with its dominant cycle taken out."""
    size = len(source)
    first = first_value(source)
    smooth_period = dominant_cycle(source, first, 37)[3]
    made = filled(size, NAN)
    one = 0.0
    two = 0.0
    three = 0.0
    for i in range(first + 37, size):
        length = math.floor(smooth_period[i] + 0.5)
        mean = 0.0
        for k in range(length):
            mean += source[i - k]
        if length > 0:
            mean = mean / length
        if i >= first + 63:
            made[i] = (4 * mean + 3 * one + 2 * two + three) / 10
        three = two
        two = one
        one = mean
    return [made]


def cycle_phase(price, smooth_period, i, first, phase):
    """Phase of the dominant cycle in degrees. phase: that of the candle before."""
    length = math.floor(smooth_period + 0.5)
    real = 0.0
    imaginary = 0.0
    for k in range(length):
        angle = k * (math.atan(1) * 8) / length
        value = price[i - k] if i - k >= first else 0.0
        real += math.sin(angle) * value
        imaginary += math.cos(angle) * value
    if abs(imaginary) > 0:
        phase = math.atan(real / imaginary) * (180 / (4 * math.atan(1)))
    elif real < 0:
        phase -= 90
    elif real > 0:
        phase += 90
    phase += 90 + 360 / smooth_period
    if imaginary < 0:
        phase += 180
    return phase - 360 if phase > 315 else phase


def indicator_ht_sine(source):
    """Sine of the dominant cycle's phase, and of the phase 45 degrees on."""
    size = len(source)
    first = first_value(source)
    price = smooth_price(source, first)
    smooth_period = dominant_cycle(source, first, 37)[3]
    sine = filled(size, NAN)
    lead = filled(size, NAN)
    radians = 1 / (180 / (4 * math.atan(1)))
    phase = 0.0
    for i in range(first + 37, size):
        phase = cycle_phase(price, smooth_period[i], i, first + 37, phase)
        if i >= first + 63:
            sine[i] = math.sin(phase * radians)
            lead[i] = math.sin((phase + 45) * radians)
    return [sine, lead]
