// Candlestick patterns of one candle.

import {
  BODY_DOJI,
  BODY_LONG,
  BODY_SHORT,
  NEAR,
  SHADOW_LONG,
  SHADOW_SHORT,
  SHADOW_VERY_LONG,
  SHADOW_VERY_SHORT,
} from "./patterns.js";
import { isMarubozu } from "./patterns_two.js";

/** Belt-hold. */
export function patternBelthold(b, i) {
  const isThere =
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    (b.color(i) === 1 ? b.lower(i) : b.upper(i)) < b.usual(SHADOW_VERY_SHORT, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Closing marubozu. */
export function patternClosingmarubozu(b, i) {
  const isThere =
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    (b.color(i) === 1 ? b.upper(i) : b.lower(i)) < b.usual(SHADOW_VERY_SHORT, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Doji. */
export function patternDoji(b, i) {
  const isThere = b.body(i) <= b.usual(BODY_DOJI, i, 0);
  return isThere ? 100 : 0;
}

/** Dragonfly doji. */
export function patternDragonflydoji(b, i) {
  const isThere =
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.lower(i) > b.usual(SHADOW_VERY_SHORT, i, 0);
  return isThere ? 100 : 0;
}

/** Gravestone doji. */
export function patternGravestonedoji(b, i) {
  const isThere =
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.upper(i) > b.usual(SHADOW_VERY_SHORT, i, 0);
  return isThere ? 100 : 0;
}

/** High-wave candle. */
export function patternHighwave(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.upper(i) > b.usual(SHADOW_VERY_LONG, i, 0) &&
    b.lower(i) > b.usual(SHADOW_VERY_LONG, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Long-legged doji. */
export function patternLongleggeddoji(b, i) {
  const isThere =
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    (b.lower(i) > b.usual(SHADOW_LONG, i, 0) || b.upper(i) > b.usual(SHADOW_LONG, i, 0));
  return isThere ? 100 : 0;
}

/** Long line. */
export function patternLongline(b, i) {
  const isThere =
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    b.upper(i) < b.usual(SHADOW_SHORT, i, 0) &&
    b.lower(i) < b.usual(SHADOW_SHORT, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Marubozu. */
export function patternMarubozu(b, i) {
  const isThere = isMarubozu(b, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Rickshaw man. */
export function patternRickshawman(b, i) {
  const isThere =
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    b.lower(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.upper(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.bottom(i) <= b.low[i] + (b.high[i] - b.low[i]) / 2 + b.usual(NEAR, i, 0) &&
    b.top(i) >= b.low[i] + (b.high[i] - b.low[i]) / 2 - b.usual(NEAR, i, 0);
  return isThere ? 100 : 0;
}

/** Short line. */
export function patternShortline(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.upper(i) < b.usual(SHADOW_SHORT, i, 0) &&
    b.lower(i) < b.usual(SHADOW_SHORT, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Spinning top. */
export function patternSpinningtop(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) && b.upper(i) > b.body(i) && b.lower(i) > b.body(i);
  return isThere ? b.color(i) * 100 : 0;
}

/** Takuri: a dragonfly doji with a very long lower shadow. */
export function patternTakuri(b, i) {
  const isThere =
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.lower(i) > b.usual(SHADOW_VERY_LONG, i, 0);
  return isThere ? 100 : 0;
}
