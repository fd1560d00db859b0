// What formulas are made of, one candle at a time. What is not finite has no value.

import { isMissing } from "../indicators/columns.js";

/** The value, or none where it is infinite. */
export function finite(value) {
  return Number.isFinite(value) ? value : NaN;
}

/** Whether it counts as true: a value, and not zero. */
export function isTrue(value) {
  return value !== 0 && !isMissing(value);
}

/** left / right, without a value where right is zero. */
export function divided(left, right) {
  return right === 0 ? NaN : finite(left / right);
}

/** What is left of left after whole rights, with the sign of right. */
export function remainder(left, right) {
  if (right === 0 || isMissing(left) || isMissing(right)) {
    return NaN;
  }
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
}

/** base to the power of exponent, without a value where there is none. */
export function power(base, exponent) {
  if (exponent === 0 || base === 1) {
    return 1;
  }
  if (isMissing(base) || isMissing(exponent)) {
    return NaN;
  }
  if (base === 0 && exponent < 0) {
    return NaN;
  }
  if (base < 0 && exponent !== Math.floor(exponent)) {
    return NaN;
  }
  if (base !== 0 && exponent * Math.log(Math.abs(base)) > 709.7) {
    return NaN;
  }
  return finite(Math.pow(base, exponent));
}

/** The smaller value; none where one is missing. */
export function smallest(left, right) {
  if (isMissing(left) || isMissing(right)) {
    return NaN;
  }
  return Math.min(left, right);
}

/** The larger value; none where one is missing. */
export function largest(left, right) {
  if (isMissing(left) || isMissing(right)) {
    return NaN;
  }
  return Math.max(left, right);
}

/** Square root; none below zero. */
export function squareRoot(value) {
  return value >= 0 ? Math.sqrt(value) : NaN;
}

/** Natural logarithm; none at or below zero. */
export function naturalLog(value) {
  return value > 0 ? Math.log(value) : NaN;
}

/** Logarithm to base 10; none at or below zero. */
export function decimalLog(value) {
  return value > 0 ? Math.log10(value) : NaN;
}

/** e to the power of the value. */
export function exponential(value) {
  return value < 709.7 ? Math.exp(value) : NaN;
}

/** 1, 0 or -1. */
export function sign(value) {
  return isMissing(value) ? NaN : Number(value > 0) - Number(value < 0);
}

/** The whole number at or below. */
export function wholeBelow(value) {
  return isMissing(value) ? NaN : Math.floor(value);
}

/** The whole number at or above. */
export function wholeAbove(value) {
  return isMissing(value) ? NaN : Math.ceil(value);
}

/** The nearest whole number; halves to the even one. */
export function nearestWhole(value) {
  if (isMissing(value)) {
    return NaN;
  }
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) {
    return below + (below % 2);
  }
  return rest > 0.5 ? below + 1 : below;
}
