// Columns are lists of floats, one value a candle, NaN where there is none.

/** A new column that holds the value everywhere. */
export function filled(size, value) {
  return Array.from({ length: size }, () => value);
}

/** Whether a candle has no value. */
export function isMissing(value) {
  return value !== value;
}

/** How many values are missing at the start. */
export function firstValue(column) {
  let first = 0;
  while (first < column.length && isMissing(column[first])) {
    first += 1;
  }
  return first;
}

/** The first candle at which each of the columns has a value. */
export function firstOf(columns) {
  let first = 0;
  for (const column of columns) {
    first = Math.max(first, firstValue(column));
  }
  return first;
}

/** top / bottom, and `otherwise` where the bottom is zero. */
export function ratio(top, bottom, otherwise) {
  return bottom === 0 ? otherwise : top / bottom;
}

/** The values `by` candles ago. */
export function shift(column, by) {
  const size = column.length;
  return Array.from({ length: size }, (_, i) => (i < by ? NaN : column[i - by]));
}

/** Sum of two columns. */
export function plus(left, right) {
  return zip(left, right).map(([a, b]) => a + b);
}

/** Difference of two columns. */
export function minus(left, right) {
  return zip(left, right).map(([a, b]) => a - b);
}

/** Product of two columns. */
export function times(left, right) {
  return zip(left, right).map(([a, b]) => a * b);
}

/** Each value times a number. */
export function scaled(column, factor) {
  return column.map((value) => factor * value);
}

/** Quotient of two columns, and `otherwise` where the bottom is zero. */
export function ratios(top, bottom, otherwise) {
  return zip(top, bottom).map(([a, b]) => ratio(a, b, otherwise));
}

/** Each value without its sign. */
export function absolute(column) {
  return column.map((value) => Math.abs(value));
}

/** Middle between two columns. */
export function middleOf(high, low) {
  return zip(high, low).map(([a, b]) => (a + b) / 2);
}

/** Mean of high, low and close. */
export function typical(high, low, close) {
  return zip(high, low, close).map(([a, b, c]) => (a + b + c) / 3);
}

/** Values of several columns, candle by candle. */
export function zip(first, ...others) {
  return first.map((value, k) => [value, ...others.map((column) => column[k])]);
}
