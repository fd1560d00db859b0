// Prices made of prices.

import { filled, middleOf, typical, zip } from "./columns.js";

/** Mean of high, low and close. */
export function indicatorTypicalPrice(high, low, close) {
  return [typical(high, low, close)];
}

/** Middle between high and low. */
export function indicatorMedianPrice(high, low) {
  return [middleOf(high, low)];
}

/** Mean of high, low and twice the close. */
export function indicatorWeightedClose(high, low, close) {
  return [zip(high, low, close).map(([h, b, c]) => (h + b + c * 2) / 4)];
}

/** Mean of open, high, low and close. */
export function indicatorAveragePrice(open, high, low, close) {
  return [zip(open, high, low, close).map(([o, h, b, c]) => (o + h + b + c) / 4)];
}

/** Heikin-Ashi candles: close, open, high, low. */
export function indicatorHeikinAshi(open, high, low, close) {
  const size = close.length;
  const columns = Array.from({ length: 4 }, () => filled(size, NaN));
  for (let i = 0; i < size; i += 1) {
    const last = (open[i] + high[i] + low[i] + close[i]) / 4;
    let first = (open[i] + close[i]) / 2;
    if (i > 0) {
      first = (columns[1][i - 1] + columns[0][i - 1]) / 2;
    }
    columns[0][i] = last;
    columns[1][i] = first;
    columns[2][i] = Math.max(high[i], first, last);
    columns[3][i] = Math.min(low[i], first, last);
  }
  return columns;
}

/** Natural logarithm of the close over the close some candles ago. */
export function indicatorLogReturn(close, period) {
  const made = filled(close.length, NaN);
  for (let i = period; i < close.length; i += 1) {
    made[i] = Math.log(close[i] / close[i - period]);
  }
  return [made];
}
