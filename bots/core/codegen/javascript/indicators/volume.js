// Volume: how much was traded, and on whose side.

import { percentageOfEmas, tradedCandles } from "./averages.js";
import { filled, middleOf, minus, ratio, scaled, shift, times, typical, zip } from "./columns.js";
import { ema, rollingSum, sma } from "./windows.js";

/** On-balance volume. */
export function indicatorObv(source, volume) {
  const made = filled(source.length, NaN);
  let total = volume.length > 0 ? volume[0] : 0;
  for (let i = 0; i < source.length; i += 1) {
    if (i > 0 && source[i] > source[i - 1]) {
      total += volume[i];
    } else if (i > 0 && source[i] < source[i - 1]) {
      total -= volume[i];
    }
    made[i] = total;
  }
  return [made];
}

/** Running sum of the volume weighed by where the close lies in the candle's range. */
export function accumulation(high, low, close, volume) {
  const made = filled(close.length, NaN);
  let total = 0;
  for (let i = 0; i < close.length; i += 1) {
    const width = high[i] - low[i];
    if (width > 0) {
      total += ((close[i] - low[i] - (high[i] - close[i])) / width) * volume[i];
    }
    made[i] = total;
  }
  return made;
}

/** Accumulation/distribution. */
export function indicatorAd(high, low, close, volume) {
  return [accumulation(high, low, close, volume)];
}

/** Chaikin oscillator; both averages begin with the first value. */
export function indicatorAdosc(high, low, close, volume, fast, slow) {
  const line = accumulation(high, low, close, volume);
  const made = filled(close.length, NaN);
  const fastWeight = 2 / (fast + 1);
  const slowWeight = 2 / (slow + 1);
  let quick = 0;
  let calm = 0;
  for (let i = 0; i < close.length; i += 1) {
    if (i === 0) {
      quick = line[0];
      calm = line[0];
    } else {
      quick = fastWeight * line[i] + (1 - fastWeight) * quick;
      calm = slowWeight * line[i] + (1 - slowWeight) * calm;
    }
    if (i >= slow - 1) {
      made[i] = quick - calm;
    }
  }
  return [made];
}

/** Sum of the part over the sum of the volume; `otherwise` where nothing was traded. */
export function shareOfVolume(part, volume, period, otherwise) {
  const traded = tradedCandles(volume, period);
  const parts = rollingSum(part, period);
  const amounts = rollingSum(volume, period);
  return zip(parts, amounts, traded, otherwise).map(([p, a, t, o]) =>
    t === 0 ? o + 0 * t : ratio(p, a, o),
  );
}

/** Chaikin money flow. */
export function indicatorCmf(high, low, close, volume, period) {
  const place = zip(high, low, close).map(([h, b, c]) => ratio(c - b - (h - c), h - b, 0));
  const nothing = filled(close.length, 0);
  return [shareOfVolume(times(place, volume), volume, period, nothing)];
}

/** Money flow index. */
export function indicatorMfi(high, low, close, volume, period) {
  const price = typical(high, low, close);
  const size = close.length;
  const made = filled(size, NaN);
  const flows = filled(size, 0);
  let gained = 0;
  let lost = 0;
  let still = 0;
  for (let i = 1; i < size; i += 1) {
    if (i > period) {
      gained -= Math.max(flows[i - period], 0);
      lost -= Math.max(-flows[i - period], 0);
    }
    const moved = price[i] - price[i - 1];
    const isStill = Math.abs(moved) < 1e-14 * (Math.abs(price[i]) + Math.abs(price[i - 1]));
    const flow = isStill ? 0 : price[i] * volume[i];
    flows[i] = moved < 0 ? -flow : flow;
    gained += Math.max(flows[i], 0);
    lost += Math.max(-flows[i], 0);
    still = flow === 0 ? still + 1 : 0;
    if (still >= period) {
      gained = 0;
      lost = 0;
    }
    if (i >= period) {
      const total = gained + lost;
      made[i] = total <= 0 ? 0 : 100 * (Math.min(Math.max(gained, 0), total) / total);
    }
  }
  return [made];
}

/** Force index. */
export function indicatorForceIndex(source, volume, period) {
  return [ema(times(minus(source, shift(source, 1)), volume), period)];
}

/** Ease of movement. */
export function indicatorEom(high, low, volume, period, divisor) {
  const middle = middleOf(high, low);
  const made = filled(middle.length, NaN);
  for (let i = 1; i < middle.length; i += 1) {
    const moved = divisor * (middle[i] - middle[i - 1]) * (high[i] - low[i]);
    made[i] = ratio(moved, volume[i], 0);
  }
  return [sma(made, period)];
}

/** Volume price trend. */
export function indicatorVpt(source, volume) {
  const made = filled(source.length, NaN);
  let total = 0;
  for (let i = 0; i < source.length; i += 1) {
    if (i > 0) {
      total += ratio(source[i] - source[i - 1], source[i - 1], 0) * volume[i];
    }
    made[i] = total;
  }
  return [made];
}

/** Index from 1000 that follows the source only when the volume rises (1) or falls (-1). */
export function volumeIndex(source, volume, sign) {
  const made = filled(source.length, NaN);
  let line = 1000;
  for (let i = 0; i < source.length; i += 1) {
    if (i > 0 && sign * (volume[i] - volume[i - 1]) > 0 && source[i - 1] !== 0) {
      line = line * (1 + (source[i] - source[i - 1]) / source[i - 1]);
    }
    made[i] = line;
  }
  return made;
}

/** Negative volume index. */
export function indicatorNvi(source, volume) {
  return [volumeIndex(source, volume, -1)];
}

/** Positive volume index. */
export function indicatorPvi(source, volume) {
  return [volumeIndex(source, volume, 1)];
}

/** Mean volume. */
export function indicatorVolumeSma(volume, period) {
  return [sma(volume, period)];
}

/** Volume over the mean volume of the candles before. */
export function indicatorRelativeVolume(volume, period) {
  const before = shift(volume, 1);
  const traded = tradedCandles(before, period);
  const usual = sma(before, period);
  return [zip(volume, usual, traded).map(([v, u, t]) => (t === 0 ? 1 + 0 * u : ratio(v, u, 1)))];
}

/** Percentage volume oscillator: line, signal, histogram. */
export function indicatorPvo(volume, fast, slow, signal) {
  const line = percentageOfEmas(volume, fast, slow);
  const mean = ema(line, signal);
  return [line, mean, minus(line, mean)];
}

/** Volume oscillator. */
export function indicatorVolumeOsc(volume, fast, slow) {
  const average = sma(volume, slow);
  const traded = tradedCandles(volume, slow);
  const line = scaled(
    zip(sma(volume, fast), average).map(([a, b]) => ratio(a - b, b, 0)),
    100,
  );
  return [zip(line, average, traded).map(([v, a, t]) => (t === 0 ? 0 * a : v))];
}

/** Mean typical price of the last candles weighed by volume. */
export function indicatorVwapRolling(high, low, close, volume, period) {
  const price = typical(high, low, close);
  return [shareOfVolume(times(price, volume), volume, period, sma(price, period))];
}

/** Williams accumulation/distribution. */
export function indicatorWad(high, low, close) {
  const made = filled(close.length, NaN);
  let total = 0;
  for (let i = 0; i < close.length; i += 1) {
    if (i > 0 && close[i] > close[i - 1]) {
      total += close[i] - Math.min(low[i], close[i - 1]);
    } else if (i > 0 && close[i] < close[i - 1]) {
      total += close[i] - Math.max(high[i], close[i - 1]);
    }
    made[i] = total;
  }
  return [made];
}

/** Range per volume traded. */
export function indicatorMarketFacilitation(high, low, volume) {
  return [zip(high, low, volume).map(([h, b, v]) => ratio(h - b, v, 0))];
}
