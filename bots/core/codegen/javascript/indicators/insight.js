// What a market is like: how straight it runs, how restless it is, how easily its price moves.

import { filled, ratio, zip } from "./columns.js";
import { percentRank } from "./momentum.js";
import { yearlyVolatility } from "./volatility.js";

/** 1, 0 or -1. */
export function signOf(value) {
  return Number(value > 0) - Number(value < 0);
}

/** R² of a straight line through the log price with its sign, and its slope in % a day. */
export function indicatorTrendStrength(close, period, perDay) {
  const size = close.length;
  const line = close.map((value) => Math.log(value));
  const strength = filled(size, NaN);
  const slopes = filled(size, NaN);
  const middle = (period - 1) / 2;
  const spread = (period * (period * period - 1)) / 12;
  for (let i = period - 1; i < size; i += 1) {
    let total = 0;
    let squares = 0;
    let weighed = 0;
    for (let by = 0; by < period; by += 1) {
      const away = line[i - by] - line[i];
      total += away;
      squares += away * away;
      weighed += by * away;
    }
    const slope = (middle * total - weighed) / spread;
    const variation = squares - (total * total) / period;
    const explained = ratio(slope * slope * spread, variation, 0);
    strength[i] = signOf(slope) * Math.min(Math.max(explained, 0), 1);
    slopes[i] = 100 * perDay * slope;
  }
  return [strength, slopes];
}

/** Rank of the historical volatility among those of the candles before. */
export function indicatorVolatilityPercentile(close, period, rank) {
  const now = yearlyVolatility(close, period, 365);
  const notAbove = percentRank(now, rank);
  const notBelow = percentRank(
    now.map((value) => -value),
    rank,
  );
  return [zip(notAbove, notBelow).map(([a, b]) => 50 + (a - b) / 2)];
}

/** Mean % moved per million traded (in quote). */
export function indicatorAmihud(close, volume, period) {
  const size = close.length;
  const moved = filled(size, NaN);
  const known = filled(size, NaN);
  for (let i = 1; i < size; i += 1) {
    const traded = close[i] * volume[i];
    moved[i] = 1e8 * ratio(Math.abs(close[i] / close[i - 1] - 1), traded, 0);
    known[i] = Number(traded > 0);
  }
  const made = filled(size, NaN);
  for (let i = period; i < size; i += 1) {
    let total = 0;
    let count = 0;
    for (let by = 0; by < period; by += 1) {
      total += moved[i - by];
      count += known[i - by];
    }
    made[i] = ratio(total, count, 0);
  }
  return [made];
}
