// Variance and standard deviation of the last values.

import { filled, firstValue, isMissing, scaled } from "./columns.js";

/** A power of two that brings the first value to about 1000. */
export function scaleOf(column) {
  const start = column.length > 0 ? Math.abs(column[0]) : 0;
  if (start === 0 || !Number.isFinite(start)) {
    return 1;
  }
  let factor = 1;
  while (start * factor >= 2048) {
    factor = factor / 2;
  }
  while (start * factor < 1024) {
    factor = factor * 2;
  }
  return factor;
}

/** Sums of the distances from an anchor, and of their squares. */
export function spreadOf(column, first, last, anchor) {
  let total = 0;
  let squares = 0;
  for (let i = first; i < last + 1; i += 1) {
    const away = column[i] - anchor;
    total += away;
    squares += away * away;
  }
  return [total, squares];
}

/** Mean of a window; share: one over its length. */
export function meanOf(column, first, last, share) {
  let total = 0;
  for (let i = first; i < last + 1; i += 1) {
    total += column[i];
  }
  return total * share;
}

/**
 * Variance (of the population) of the last values.
 *
 * Running sums of distances from an anchor near the window, which is moved to the window's mean
 * whenever the subtraction would lose digits, and every 32 windows in any case.
 */
export function varianceOf(column, period) {
  const size = column.length;
  const made = filled(size, NaN);
  const first = firstValue(column);
  if (size - first < period) {
    return made;
  }
  const share = 1 / period;
  let anchor = column[first];
  let [total, squares] = spreadOf(column, first, first + period - 2, anchor);
  let left = 32 * period;
  for (let i = first + period - 1; i < size; i += 1) {
    const start = i - period + 1;
    let away = column[i] - anchor;
    total += away;
    squares += away * away;
    let mean = total * share;
    let variance = squares * share - mean * mean;
    away = column[start] - anchor;
    total -= away;
    squares -= away * away;
    left -= 1;
    if (variance < 1e-6 * (squares * share) || away * away > 1e6 * squares || left <= 0) {
      left = 32 * period;
      anchor = meanOf(column, start, i, share);
      [total, squares] = spreadOf(column, start, i, anchor);
      mean = total * share;
      variance = squares * share - mean * mean;
      if (variance < 1e-12 * (squares * share)) {
        variance = 0;
      }
      away = column[start] - anchor;
      total -= away;
      squares -= away * away;
    }
    made[i] = variance;
  }
  return made;
}

/** Standard deviation (of the population) of the last values. */
export function rootOfVariance(column, period) {
  return varianceOf(column, period).map((value) => (isMissing(value) ? value : Math.sqrt(value)));
}

/** Standard deviation (of the population), also of prices like 0.00001. */
export function deviation(column, period) {
  const scale = scaleOf(column);
  return rootOfVariance(scaled(column, scale), period).map((value) => value / scale);
}
