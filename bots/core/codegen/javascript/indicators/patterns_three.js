// Candlestick patterns of three candles, one colour after the other.

import {
  BODY_LONG,
  BODY_SHORT,
  EQUAL,
  FAR,
  NEAR,
  SHADOW_LONG,
  SHADOW_SHORT,
  SHADOW_VERY_SHORT,
} from "./patterns.js";

/** Whether the last of three white candles shows weakness: smaller, or with a long shadow. */
export function isTiring(b, i) {
  const isSmaller = b.body(i) < b.body(i - 1);
  const wasSmaller = b.body(i - 1) < b.body(i - 2);
  const isMuchSmaller = b.body(i) < b.body(i - 1) - b.usual(FAR, i, 1);
  const wasMuchSmaller = b.body(i - 1) < b.body(i - 2) - b.usual(FAR, i, 2);
  const isNoLarger = b.body(i) < b.body(i - 1) + b.usual(NEAR, i, 1);
  const shadow = b.usual(SHADOW_SHORT, i, 0);
  const hadShadow = b.upper(i) > shadow || b.upper(i - 1) > b.usual(SHADOW_SHORT, i, 1);
  if (isMuchSmaller || (wasMuchSmaller && isNoLarger)) {
    return true;
  }
  if (isSmaller && wasSmaller && hadShadow) {
    return true;
  }
  return isSmaller && b.upper(i) > b.usual(SHADOW_LONG, i, 0);
}

/** Three inside up or down. */
export function pattern3inside(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.body(i - 1) <= b.usual(BODY_SHORT, i, 1) &&
    b.top(i - 1) < b.top(i - 2) &&
    b.bottom(i - 1) > b.bottom(i - 2) &&
    b.color(i) === -b.color(i - 2) &&
    b.color(i) * (b.close[i] - b.open[i - 2]) > 0;
  return isThere ? b.color(i) * 100 : 0;
}

/** Three outside up or down. */
export function pattern3outside(b, i) {
  const isThere =
    b.color(i - 1) === -b.color(i - 2) &&
    b.color(i - 1) * (b.close[i - 1] - b.open[i - 2]) > 0 &&
    b.color(i - 1) * (b.close[i - 2] - b.open[i - 1]) > 0 &&
    b.color(i - 1) * (b.close[i] - b.close[i - 1]) > 0;
  return isThere ? b.color(i - 1) * 100 : 0;
}

/** Three stars in the south. */
export function pattern3starsinsouth(b, i) {
  const isThere =
    b.color(i - 2) === -1 &&
    b.color(i - 1) === -1 &&
    b.color(i) === -1 &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.lower(i - 2) > b.usual(SHADOW_LONG, i, 2) &&
    b.body(i - 1) < b.body(i - 2) &&
    b.open[i - 1] > b.close[i - 2] &&
    b.open[i - 1] <= b.high[i - 2] &&
    b.low[i - 1] < b.close[i - 2] &&
    b.low[i - 1] >= b.low[i - 2] &&
    b.lower(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.low[i] > b.low[i - 1] &&
    b.high[i] < b.high[i - 1];
  return isThere ? 100 : 0;
}

/** Three advancing white soldiers. */
export function pattern3whitesoldiers(b, i) {
  const isThere =
    b.color(i - 2) === 1 &&
    b.upper(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2) &&
    b.color(i - 1) === 1 &&
    b.upper(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.color(i) === 1 &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.close[i] > b.close[i - 1] &&
    b.close[i - 1] > b.close[i - 2] &&
    b.open[i - 1] > b.open[i - 2] &&
    b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2) &&
    b.open[i] > b.open[i - 1] &&
    b.open[i] <= b.close[i - 1] + b.usual(NEAR, i, 1) &&
    b.body(i - 1) > b.body(i - 2) - b.usual(FAR, i, 2) &&
    b.body(i) > b.body(i - 1) - b.usual(FAR, i, 1) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0);
  return isThere ? 100 : 0;
}

/** Advance block. */
export function patternAdvanceblock(b, i) {
  const isThere =
    b.color(i - 2) === 1 &&
    b.color(i - 1) === 1 &&
    b.color(i) === 1 &&
    b.close[i] > b.close[i - 1] &&
    b.close[i - 1] > b.close[i - 2] &&
    b.open[i - 1] > b.open[i - 2] &&
    b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2) &&
    b.open[i] > b.open[i - 1] &&
    b.open[i] <= b.close[i - 1] + b.usual(NEAR, i, 1) &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.upper(i - 2) < b.usual(SHADOW_SHORT, i, 2) &&
    isTiring(b, i);
  return isThere ? -100 : 0;
}

/** Identical three crows. */
export function patternIdentical3crows(b, i) {
  const isThere =
    b.color(i - 2) === -1 &&
    b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2) &&
    b.color(i - 1) === -1 &&
    b.lower(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.color(i) === -1 &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.close[i - 2] > b.close[i - 1] &&
    b.close[i - 1] > b.close[i] &&
    b.open[i - 1] <= b.close[i - 2] + b.usual(EQUAL, i, 2) &&
    b.open[i - 1] >= b.close[i - 2] - b.usual(EQUAL, i, 2) &&
    b.open[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1) &&
    b.open[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1);
  return isThere ? -100 : 0;
}

/** Stalled pattern. */
export function patternStalledpattern(b, i) {
  const isThere =
    b.color(i - 2) === 1 &&
    b.color(i - 1) === 1 &&
    b.color(i) === 1 &&
    b.close[i] > b.close[i - 1] &&
    b.close[i - 1] > b.close[i - 2] &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.upper(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.open[i - 1] > b.open[i - 2] &&
    b.open[i - 1] <= b.close[i - 2] + b.usual(NEAR, i, 2) &&
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.open[i] >= b.close[i - 1] - b.body(i) - b.usual(NEAR, i, 1);
  return isThere ? -100 : 0;
}

/** Stick sandwich. */
export function patternSticksandwich(b, i) {
  const isThere =
    b.color(i - 2) === -1 &&
    b.color(i - 1) === 1 &&
    b.color(i) === -1 &&
    b.low[i - 1] > b.close[i - 2] &&
    b.close[i] <= b.close[i - 2] + b.usual(EQUAL, i, 2) &&
    b.close[i] >= b.close[i - 2] - b.usual(EQUAL, i, 2);
  return isThere ? 100 : 0;
}

/** Unique three river. */
export function patternUnique3river(b, i) {
  const isThere =
    b.color(i - 2) === -1 &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 1) === -1 &&
    b.close[i - 1] > b.close[i - 2] &&
    b.open[i - 1] <= b.open[i - 2] &&
    b.low[i - 1] < b.low[i - 2] &&
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === 1 &&
    b.open[i] > b.low[i - 1];
  return isThere ? 100 : 0;
}
