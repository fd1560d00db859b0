// Figures of the last values: extremes, sums, means, ranges.

import { filled, firstValue } from "./columns.js";

/** Largest of the last values. */
export function highest(column, period) {
  const made = filled(column.length, NaN);
  const first = firstValue(column);
  let best = first;
  for (let i = first; i < column.length; i += 1) {
    if (i === first || column[i] >= column[best]) {
      best = i;
    } else if (best <= i - period) {
      best = i - period + 1;
      for (let k = i - period + 2; k < i + 1; k += 1) {
        if (column[k] >= column[best]) {
          best = k;
        }
      }
    }
    if (i - first >= period - 1) {
      made[i] = column[best];
    }
  }
  return made;
}

/** Smallest of the last values. */
export function lowest(column, period) {
  const made = filled(column.length, NaN);
  const first = firstValue(column);
  let best = first;
  for (let i = first; i < column.length; i += 1) {
    if (i === first || column[i] <= column[best]) {
      best = i;
    } else if (best <= i - period) {
      best = i - period + 1;
      for (let k = i - period + 2; k < i + 1; k += 1) {
        if (column[k] <= column[best]) {
          best = k;
        }
      }
    }
    if (i - first >= period - 1) {
      made[i] = column[best];
    }
  }
  return made;
}

/** Sum of the last values, carried from candle to candle. */
export function rollingSum(column, period) {
  if (period === 1) {
    return [...column];
  }
  const made = filled(column.length, NaN);
  const first = firstValue(column);
  let total = 0;
  for (let i = first; i < column.length; i += 1) {
    total += column[i];
    if (i - first >= period - 1) {
      made[i] = total;
      total -= column[i - period + 1];
    }
  }
  return made;
}

/** Simple moving average. */
export function sma(column, period) {
  return rollingSum(column, period).map((total) => total / period);
}

/** Exponential moving average, begun with the mean of the values from `first` on. */
export function emaFrom(column, period, first) {
  const size = column.length;
  const made = filled(size, NaN);
  if (size - first < period) {
    return made;
  }
  let line = 0;
  for (let i = first; i < first + period; i += 1) {
    line += column[i];
  }
  line = line / period;
  const weight = 2 / (period + 1);
  made[first + period - 1] = line;
  for (let i = first + period; i < size; i += 1) {
    line = (column[i] - line) * weight + line;
    made[i] = line;
  }
  return made;
}

/** Exponential moving average: weight 2 / (period + 1), begun with a simple mean. */
export function ema(column, period) {
  return emaFrom(column, period, firstValue(column));
}

/** Wilder's moving average: weight 1 / period, begun with a simple mean. */
export function rma(column, period) {
  const size = column.length;
  const made = filled(size, NaN);
  const first = firstValue(column);
  if (size - first < period) {
    return made;
  }
  let line = 0;
  for (let i = first; i < first + period; i += 1) {
    line += column[i];
  }
  line = line / period;
  made[first + period - 1] = line;
  for (let i = first + period; i < size; i += 1) {
    line = line + (column[i] - line) * (1 / period);
    made[i] = line;
  }
  return made;
}

/** Mean with weights that fall evenly from the newest value to the oldest. */
export function wma(column, period) {
  const size = column.length;
  const made = filled(size, NaN);
  const first = firstValue(column);
  const divider = (period * (period + 1)) / 2;
  let weighted = 0;
  let plain = 0;
  let leaving = 0;
  for (let i = first; i < size; i += 1) {
    plain += column[i];
    if (i - first < period - 1) {
      weighted += column[i] * (i - first + 1);
    } else {
      plain -= leaving;
      weighted += column[i] * period;
      leaving = column[i - period + 1];
      made[i] = weighted / divider;
      weighted -= plain;
    }
  }
  return made;
}

/** Size of each candle including the gap before it; of the first candle high - low. */
export function trueRange(high, low, close) {
  const made = filled(close.length, NaN);
  for (let i = 0; i < close.length; i += 1) {
    let size = high[i] - low[i];
    if (i > 0) {
      size = Math.max(size, Math.abs(high[i] - close[i - 1]), Math.abs(low[i] - close[i - 1]));
    }
    made[i] = size;
  }
  return made;
}

/** The true range, without a value on the first candle. */
export function rangeWithGap(high, low, close) {
  const made = trueRange(high, low, close);
  if (made.length > 0) {
    made[0] = NaN;
  }
  return made;
}

/** Wilder's mean of the true range. */
export function averageRange(high, low, close, period) {
  const ranges = rangeWithGap(high, low, close);
  return period === 1 ? ranges : rma(ranges, period);
}
