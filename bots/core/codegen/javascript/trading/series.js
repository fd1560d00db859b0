// Candles as columns: higher timeframes, values some candles ago, and comparisons of them.

import { filled, firstValue, isMissing } from "../indicators/columns.js";

export const PRICES = ["open", "high", "low", "close", "volume"];
export const MINUTE_MS = 60000;
export const TIMEFRAME_MINUTES = {
  "1m": 1,
  "3m": 3,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "2h": 120,
  "4h": 240,
  "6h": 360,
  "12h": 720,
  "1d": 1440,
  "1w": 10080,
};

/** Length of a candle in milliseconds. */
export function timeframeMs(timeframe) {
  return TIMEFRAME_MINUTES[timeframe] * MINUTE_MS;
}

/** Open time of the candle of the timeframe that holds this moment; weeks begin on Monday. */
export function bucketStart(timeMs, timeframe) {
  const offset = timeframe === "1w" ? timeframeMs("1d") * 4 : 0;
  const span = timeframeMs(timeframe);
  return Math.floor((timeMs - offset) / span) * span + offset;
}

/** Rows of [open time, open, high, low, close, volume] as columns by name. */
export function candleColumns(rows) {
  const columns = { open_time_ms: rows.map((row) => row[0]) };
  for (let k = 0; k < 5; k += 1) {
    columns[PRICES[k]] = rows.map((row) => row[k + 1]);
  }
  return columns;
}

/**
 * Every output of an indicator.
 *
 * The first column may begin without values, and may miss some further on: there the last one
 * before stands.
 */
export function computed(indicator, columns, params) {
  const skip = firstValue(columns[0]);
  const source = columns[0].slice(skip);
  for (let i = 1; i < source.length; i += 1) {
    if (isMissing(source[i])) {
      source[i] = source[i - 1];
    }
  }
  const inputs = [source];
  for (let k = 1; k < columns.length; k += 1) {
    inputs.push(columns[k].slice(skip));
  }
  const lead = filled(skip, NaN);
  return indicator(...inputs, ...params).map((output) => [...lead, ...output]);
}

/** Candles of a longer timeframe, whole ones only. */
export function resampled(base, baseTimeframe, timeframe) {
  const opened = base.open_time_ms;
  let rows = [];
  for (let i = 0; i < opened.length; i += 1) {
    const start = bucketStart(opened[i], timeframe);
    if (rows.length === 0 || rows.at(-1)[0] !== start) {
      rows.push([start, base.open[i], base.high[i], base.low[i], 0, 0]);
    }
    const row = rows.at(-1);
    row[2] = Math.max(row[2], base.high[i]);
    row[3] = Math.min(row[3], base.low[i]);
    row[4] = base.close[i];
    row[5] += base.volume[i];
  }
  if (rows.length > 0 && opened[0] !== rows[0][0]) {
    rows = rows.slice(1);
  }
  if (rows.length > 0) {
    const end = opened[opened.length - 1] + timeframeMs(baseTimeframe);
    if (end < rows.at(-1)[0] + timeframeMs(timeframe)) {
      rows = rows.slice(0, rows.length - 1);
    }
  }
  return candleColumns(rows);
}

/** A column of a longer timeframe on the strategy's candles: its last closed candle. */
export function shown(column, higher, timeframe, base, baseTimeframe) {
  const made = filled(base.close.length, NaN);
  const span = timeframeMs(timeframe);
  let place = -1;
  for (let i = 0; i < made.length; i += 1) {
    const now = base.open_time_ms[i] + timeframeMs(baseTimeframe);
    while (place + 1 < column.length && higher.open_time_ms[place + 1] + span <= now) {
      place += 1;
    }
    if (place >= 0) {
      made[i] = column[place];
    }
  }
  return made;
}

/** The value at candle i; none before the first candle. */
export function at(column, i) {
  return i >= 0 ? column[i] : NaN;
}

/** Whether two values are there and not the same. */
export function differs(left, right) {
  return left !== right && !isMissing(left) && !isMissing(right);
}

/** Whether each of the last steps went up. */
export function rises(column, i, steps) {
  let way = 0;
  while (way < steps && at(column, i - way) > at(column, i - way - 1)) {
    way += 1;
  }
  return way === steps;
}

/** Whether each of the last steps went down. */
export function falls(column, i, steps) {
  let way = 0;
  while (way < steps && at(column, i - way) < at(column, i - way - 1)) {
    way += 1;
  }
  return way === steps;
}

/** A value as JSON writes it: none where it is missing. */
export function shownValue(value) {
  return Number.isFinite(value) ? value : null;
}
