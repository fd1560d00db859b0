// Volatility: how widely the price moves, and bands made of it.

import { filled, isMissing, middleOf, minus, plus, ratio, scaled, shift, zip } from "./columns.js";
import { deviation, rootOfVariance, scaleOf, varianceOf } from "./spread.js";
import { lineAt } from "./statistics.js";
import { averageRange, ema, highest, lowest, rangeWithGap, sma, trueRange } from "./windows.js";

/** True range. */
export function indicatorTrueRange(high, low, close) {
  return [rangeWithGap(high, low, close)];
}

/** Average true range. */
export function indicatorAtr(high, low, close, period) {
  return [averageRange(high, low, close, period)];
}

/** Average true range in per cent of the close. */
export function indicatorNatr(high, low, close, period) {
  return [zip(averageRange(high, low, close, period), close).map(([a, c]) => (100 * a) / c)];
}

/** Mean of high less low. */
export function indicatorAdr(high, low, period) {
  return [sma(minus(high, low), period)];
}

/** Bollinger bands: middle, upper, lower. */
export function indicatorBbands(source, period, multiplier) {
  const middle = sma(source, period);
  const away = scaled(deviation(source, period), multiplier);
  return [middle, plus(middle, away), minus(middle, away)];
}

/** Bollinger bandwidth in per cent. */
export function indicatorBandwidth(source, period, multiplier) {
  const away = scaled(deviation(source, period), multiplier);
  return [zip(away, sma(source, period)).map(([a, m]) => 200 * ratio(a, m, 0))];
}

/** Where the source lies between the Bollinger bands. */
export function indicatorPercentB(source, period, multiplier) {
  const away = scaled(deviation(source, period), multiplier);
  const distance = minus(source, sma(source, period));
  return [zip(distance, away).map(([d, a]) => 0.5 + ratio(d, 2 * a, 0))];
}

/** Keltner channels: middle, upper, lower. */
export function indicatorKeltner(high, low, close, period, atrPeriod, multiplier) {
  const middle = ema(close, period);
  const away = scaled(averageRange(high, low, close, atrPeriod), multiplier);
  return [zip(middle, away).map(([m, a]) => m + 0 * a), plus(middle, away), minus(middle, away)];
}

/** Donchian channels: middle, upper, lower. */
export function indicatorDonchian(high, low, period) {
  const upper = highest(high, period);
  const lower = lowest(low, period);
  return [middleOf(upper, lower), upper, lower];
}

/** Acceleration bands: middle, upper, lower. */
export function indicatorAccelerationBands(high, low, close, period) {
  const upper = filled(close.length, NaN);
  const lower = filled(close.length, NaN);
  for (let i = 0; i < close.length; i += 1) {
    const width = ratio(4 * (high[i] - low[i]), high[i] + low[i], 0);
    upper[i] = high[i] * (1 + width);
    lower[i] = low[i] * (1 - width);
  }
  return [sma(close, period), sma(upper, period), sma(lower, period)];
}

/** Standard deviation (of the population). */
export function indicatorStddev(source, period) {
  return [deviation(source, period)];
}

/** Variance (of the population). */
export function indicatorVariance(source, period) {
  const scale = scaleOf(source);
  return [varianceOf(scaled(source, scale), period).map((value) => value / scale / scale)];
}

/** Standard deviation of the log returns, for a year, in per cent. */
export function yearlyVolatility(close, period, perYear) {
  const returns = filled(close.length, NaN);
  for (let i = 1; i < close.length; i += 1) {
    returns[i] = Math.log(close[i] / close[i - 1]) * 1024;
  }
  const factor = (100 * Math.sqrt(perYear)) / 1024;
  return rootOfVariance(returns, period).map((value) => value * factor);
}

/** Historical volatility. */
export function indicatorHistVolatility(close, period, perYear) {
  return [yearlyVolatility(close, period, perYear)];
}

/** Chaikin volatility. */
export function indicatorChaikinVol(high, low, period, change) {
  const width = ema(minus(high, low), period);
  const before = shift(width, change);
  return [zip(width, before).map(([a, b]) => 100 * ratio(a - b, b, 0))];
}

/** Ulcer index. */
export function indicatorUlcer(source, period) {
  const peak = highest(source, period);
  const fall = zip(source, peak).map(([a, p]) => 100 * ratio(a - p, p, 0));
  const mean = sma(
    fall.map((value) => value * value),
    period,
  );
  return [mean.map((value) => (isMissing(value) ? value : Math.sqrt(Math.max(value, 0))))];
}

/** Relative volatility index. */
export function indicatorRvi(source, period, deviationPeriod) {
  const width = deviation(source, deviationPeriod);
  const change = minus(source, shift(source, 1));
  const up = ema(
    zip(width, change).map(([w, c]) => (c > 0 ? w : 0 * w)),
    period,
  );
  const down = ema(
    zip(width, change).map(([w, c]) => (c < 0 ? w : 0 * w)),
    period,
  );
  return [zip(up, down).map(([a, b]) => 100 * ratio(a, a + b, 0.5))];
}

/** Squeeze momentum, and 1 while it is on. */
export function indicatorSqueeze(high, low, close, period, multiplier, rangeMultiplier) {
  const mean = sma(close, period);
  const middle = middleOf(highest(high, period), lowest(low, period));
  const momentum = lineAt(
    zip(close, middle, mean).map(([c, a, b]) => c - (a + b) / 2),
    period,
    period - 1,
  );
  const bands = scaled(deviation(close, period), multiplier);
  const channel = scaled(sma(trueRange(high, low, close), period), rangeMultiplier);
  const inside = zip(momentum, bands, channel).map(([m, a, b]) =>
    isMissing(m) ? NaN : Number(a < b),
  );
  return [momentum, inside];
}
