// Oscillators of whole candles: where the close lies, who had the upper hand.

import {
  absolute,
  filled,
  isMissing,
  middleOf,
  minus,
  ratio,
  ratios,
  shift,
  typical,
  zip,
} from "./columns.js";
import { knownTogether } from "./momentum.js";
import { ema, highest, lowest, rma, rollingSum, sma, trueRange } from "./windows.js";

/** Where the close lies in the range of the last candles, 0 to 100. */
export function stochasticPlace(high, low, close, period) {
  const bottom = lowest(low, period);
  const top = highest(high, period);
  const made = filled(close.length, NaN);
  for (let i = 0; i < close.length; i += 1) {
    const hundredth = (top[i] - bottom[i]) / 100;
    made[i] = ratio(close[i] - bottom[i], hundredth, 0);
  }
  return made;
}

/** Stochastic oscillator: %K, %D. */
export function indicatorStoch(high, low, close, k, smoothK, d) {
  const fast = sma(stochasticPlace(high, low, close, k), smoothK);
  return knownTogether([fast, sma(fast, d)]);
}

/** Fast stochastic: %K, %D. */
export function indicatorStochf(high, low, close, k, d) {
  const fast = stochasticPlace(high, low, close, k);
  return knownTogether([fast, sma(fast, d)]);
}

/** KDJ: K, D, J. */
export function indicatorKdj(high, low, close, k, smoothK, d) {
  const bottom = lowest(low, k);
  const width = minus(highest(high, k), bottom);
  const place = zip(close, bottom, width).map(([c, b, w]) => 100 * ratio(c - b, w, 50));
  const fast = rma(place, smoothK);
  const slow = rma(fast, d);
  return [fast, slow, zip(fast, slow).map(([a, b]) => 3 * a - 2 * b)];
}

/** Commodity channel index. */
export function indicatorCci(high, low, close, period) {
  const price = typical(high, low, close);
  const made = filled(close.length, NaN);
  const ring = filled(period, 0);
  for (let i = 0; i < close.length; i += 1) {
    ring[i % period] = price[i];
    if (i >= period - 1) {
      let mean = 0;
      for (const value of ring) {
        mean += value;
      }
      mean = mean / period;
      let away = 0;
      for (const value of ring) {
        away += Math.abs(value - mean);
      }
      const distance = price[i] - mean;
      const isFlat = distance === 0 || away === 0;
      made[i] = isFlat ? 0 : distance / (0.015 * (away / period));
    }
  }
  return [made];
}

/** Williams %R. */
export function indicatorWillr(high, low, close, period) {
  const top = highest(high, period);
  const bottom = lowest(low, period);
  return [zip(top, bottom, close).map(([t, b, c]) => ratio(t - c, (t - b) / -100, 0))];
}

/** Buying pressure over the true range, of sums over the last candles. */
export function pressureShares(bought, ranges, period) {
  return zip(rollingSum(bought, period), rollingSum(ranges, period)).map(([a, b]) =>
    b > -1e-14 && b < 1e-14 ? 0 : a / b,
  );
}

/** Ultimate oscillator. */
export function indicatorUltosc(high, low, close, fast, middle, slow) {
  const periods = sortedNumbers([fast, middle, slow]);
  const before = shift(close, 1);
  const bought = filled(close.length, NaN);
  const ranges = filled(close.length, NaN);
  for (let i = 1; i < close.length; i += 1) {
    bought[i] = close[i] - Math.min(low[i], before[i]);
    ranges[i] = Math.max(
      high[i] - low[i],
      Math.abs(before[i] - high[i]),
      Math.abs(before[i] - low[i]),
    );
  }
  const one = pressureShares(bought, ranges, periods[0]);
  const two = pressureShares(bought, ranges, periods[1]);
  const three = pressureShares(bought, ranges, periods[2]);
  return [zip(one, two, three).map(([a, b, c]) => 100 * ((4 * a + 2 * b + c) / 7))];
}

/** The three numbers by size. */
export function sortedNumbers(values) {
  const least = Math.min(values[0], values[1], values[2]);
  const most = Math.max(values[0], values[1], values[2]);
  return [least, values[0] + values[1] + values[2] - least - most, most];
}

/** Balance of power. */
export function indicatorBop(open, high, low, close) {
  return [zip(open, high, low, close).map(([o, h, b, c]) => ratio(c - o, h - b, 0))];
}

/** Awesome oscillator. */
export function indicatorAo(high, low, fast, slow) {
  const middle = middleOf(high, low);
  return [minus(sma(middle, fast), sma(middle, slow))];
}

/** Accelerator oscillator. */
export function indicatorAc(high, low) {
  const middle = middleOf(high, low);
  const line = minus(sma(middle, 5), sma(middle, 34));
  return [minus(line, sma(line, 5))];
}

/** Each value plus `keep` times the sum before it, held within +- limit. */
export function fadedSum(column, keep, limit) {
  const made = filled(column.length, NaN);
  let total = 0;
  for (let i = 0; i < column.length; i += 1) {
    if (!isMissing(column[i])) {
      total = column[i] + keep * total;
      total = Math.min(limit, Math.max(-limit, total));
      made[i] = total;
    }
  }
  return made;
}

/** Fisher transform, and it one candle ago. */
export function indicatorFisher(high, low, period) {
  const middle = middleOf(high, low);
  const bottom = lowest(middle, period);
  const width = minus(highest(middle, period), bottom);
  const place = zip(middle, bottom, width).map(([m, b, w]) => 0.66 * (ratio(m - b, w, 0.5) - 0.5));
  const value = fadedSum(place, 0.67, 0.999);
  const normal = value.map((v) => (isMissing(v) ? v : 0.5 * Math.log((1 + v) / (1 - v))));
  const line = fadedSum(normal, 0.5, Infinity);
  return [line, shift(line, 1)];
}

/** Mean of the last four values weighing 1, 2, 2, 1. */
export function symmetricMean(column) {
  const made = filled(column.length, NaN);
  for (let i = 3; i < column.length; i += 1) {
    made[i] = (column[i] + 2 * column[i - 1] + 2 * column[i - 2] + column[i - 3]) / 6;
  }
  return made;
}

/** Relative vigor index and its signal. */
export function indicatorRvgi(open, high, low, close, period) {
  const moved = rollingSum(symmetricMean(minus(close, open)), period);
  const line = ratios(moved, rollingSum(symmetricMean(minus(high, low)), period), 0);
  return [line, symmetricMean(line)];
}

/** Stochastic momentum index and its signal. */
export function indicatorSmi(high, low, close, period, smooth, signal) {
  const top = highest(high, period);
  const bottom = lowest(low, period);
  const distance = ema(ema(minus(close, middleOf(top, bottom)), smooth), smooth);
  const width = ema(ema(minus(top, bottom), smooth), smooth);
  const line = zip(distance, width).map(([a, b]) => 200 * ratio(a, b, 0));
  return [line, ema(line, signal)];
}

/** WaveTrend and its signal. */
export function indicatorWavetrend(high, low, close, channel, average, signal) {
  const price = typical(high, low, close);
  const away = minus(price, ema(price, channel));
  const size = ema(absolute(away), channel);
  const line = ema(
    zip(away, size).map(([a, b]) => ratio(a, 0.015 * b, 0)),
    average,
  );
  return [line, sma(line, signal)];
}

/** Elder ray: bull and bear power. */
export function indicatorElderRay(high, low, close, period) {
  const average = ema(close, period);
  return [minus(high, average), minus(low, average)];
}

/** Intraday momentum index. */
export function indicatorImi(open, close, period) {
  const gained = rollingSum(
    zip(open, close).map(([o, c]) => Math.max(c - o, 0)),
    period,
  );
  const lost = rollingSum(
    zip(open, close).map(([o, c]) => Math.max(o - c, 0)),
    period,
  );
  return [zip(gained, lost).map(([g, b]) => 100 * ratio(g, g + b, 0.5))];
}

/** QStick. */
export function indicatorQstick(open, close, period) {
  return [sma(minus(close, open), period)];
}

/** Choppiness index. */
export function indicatorChoppiness(high, low, close, period) {
  const way = rollingSum(trueRange(high, low, close), period);
  const width = minus(highest(high, period), lowest(low, period));
  const made = filled(close.length, NaN);
  for (let i = 0; i < close.length; i += 1) {
    if (!isMissing(width[i])) {
      const share = way[i] > 0 ? ratio(way[i], width[i], Number(period)) : Number(period);
      made[i] = (100 * Math.log10(share)) / Math.log10(period);
    }
  }
  return [made];
}
