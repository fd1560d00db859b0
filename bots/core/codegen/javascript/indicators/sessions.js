// Indicators that begin anew each UTC day or week.

import { filled, typical } from "./columns.js";

export const DAY_MS = 86400000;

/** When the UTC day, or the week from Monday, of this moment began. */
export function sessionStart(timeMs, session) {
  if (session === "1d") {
    return Math.floor(timeMs / DAY_MS) * DAY_MS;
  }
  const offset = 4 * DAY_MS;
  const span = 7 * DAY_MS;
  return Math.floor((timeMs - offset) / span) * span + offset;
}

/** Mean typical price since the session began, weighed by volume. */
export function indicatorVwap(openTimeMs, high, low, close, volume, session) {
  const price = typical(high, low, close);
  const made = filled(close.length, NaN);
  let money = 0;
  let traded = 0;
  let began = 0;
  for (let i = 0; i < close.length; i += 1) {
    const start = sessionStart(openTimeMs[i], session);
    if (i === 0 || start !== began) {
      money = 0;
      traded = 0;
      began = start;
    }
    money += price[i] * volume[i];
    traded += volume[i];
    made[i] = traded > 0 ? money / traded : price[i];
  }
  return [made];
}

/** High, low and close of the session before, once one was seen from its first candle. */
export function sessionBefore(openTimeMs, session, high, low, close) {
  const size = close.length;
  const columns = Array.from({ length: 3 }, () => filled(size, NaN));
  let shown = filled(3, NaN);
  let running = filled(3, NaN);
  let began = 0;
  let isWhole = true;
  for (let i = 0; i < size; i += 1) {
    const start = sessionStart(openTimeMs[i], session);
    if (i === 0) {
      isWhole = openTimeMs[0] === start;
    }
    if (i === 0 || start !== began) {
      if (i > 0) {
        shown = isWhole ? running : filled(3, NaN);
        isWhole = true;
      }
      running = [high[i], low[i], close[i]];
      began = start;
    } else {
      running = [Math.max(running[0], high[i]), Math.min(running[1], low[i]), close[i]];
    }
    for (let k = 0; k < 3; k += 1) {
      columns[k][i] = shown[k];
    }
  }
  return columns;
}

/** Pivot points: pivot, r1, s1, r2, s2, r3, s3. */
export function indicatorPivotPoints(openTimeMs, high, low, close, session, method) {
  const [top, bottom, last] = sessionBefore(openTimeMs, session, high, low, close);
  const columns = Array.from({ length: 7 }, () => filled(close.length, NaN));
  for (let i = 0; i < close.length; i += 1) {
    const levels = pivotLevels(top[i], bottom[i], last[i], method);
    for (let k = 0; k < 7; k += 1) {
      columns[k][i] = levels[k];
    }
  }
  return columns;
}

/** The pivot and its six levels. */
export function pivotLevels(top, bottom, last, method) {
  const pivot = (top + bottom + last) / 3;
  const width = top - bottom;
  if (method === "classic") {
    return [
      pivot,
      2 * pivot - bottom,
      2 * pivot - top,
      pivot + width,
      pivot - width,
      top + 2 * (pivot - bottom),
      bottom - 2 * (top - pivot),
    ];
  }
  let base = pivot;
  let steps = [0.382, 0.618, 1];
  if (method === "camarilla") {
    base = last;
    steps = [1.1 / 12, 1.1 / 6, 1.1 / 4];
  }
  const levels = [pivot];
  for (const step of steps) {
    levels.push(base + step * width);
    levels.push(base - step * width);
  }
  return levels;
}
