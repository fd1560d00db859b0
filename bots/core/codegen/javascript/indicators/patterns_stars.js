// Candlestick patterns of three candles with gaps and stars.

import { BODY_DOJI, BODY_LONG, BODY_SHORT, EQUAL, NEAR } from "./patterns.js";

/** Which way three dojis turn, 0 for neither. */
export function tristarSide(b, i) {
  if (b.gapDown(i - 1, i - 2) && b.bottom(i) > b.bottom(i - 1)) {
    return 100;
  }
  if (b.gapUp(i - 1, i - 2) && b.top(i) < b.top(i - 1)) {
    return -100;
  }
  return 0;
}

/** Two crows. */
export function pattern2crows(b, i) {
  const isThere =
    b.color(i - 2) === 1 &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 1) === -1 &&
    b.gapUp(i - 1, i - 2) &&
    b.color(i) === -1 &&
    b.open[i] < b.open[i - 1] &&
    b.open[i] > b.close[i - 1] &&
    b.close[i] > b.open[i - 2] &&
    b.close[i] < b.close[i - 2];
  return isThere ? -100 : 0;
}

/** Abandoned baby; the last close reaches 30 % into the first body. */
export function patternAbandonedbaby(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.body(i - 1) <= b.usual(BODY_DOJI, i, 1) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === -b.color(i - 2) &&
    (b.color(i) === 1
      ? b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3
      : b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3) &&
    (b.color(i) === 1
      ? b.jumpDown(i - 1, i - 2) && b.jumpUp(i, i - 1)
      : b.jumpUp(i - 1, i - 2) && b.jumpDown(i, i - 1));
  return isThere ? b.color(i) * 100 : 0;
}

/** Evening doji star; the last close reaches 30 % into the first body. */
export function patternEveningdojistar(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 2) === 1 &&
    b.body(i - 1) <= b.usual(BODY_DOJI, i, 1) &&
    b.gapUp(i - 1, i - 2) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === -1 &&
    b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3;
  return isThere ? -100 : 0;
}

/** Evening star; the last close reaches 30 % into the first body. */
export function patternEveningstar(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 2) === 1 &&
    b.body(i - 1) <= b.usual(BODY_SHORT, i, 1) &&
    b.gapUp(i - 1, i - 2) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === -1 &&
    b.close[i] < b.close[i - 2] - b.body(i - 2) * 0.3;
  return isThere ? -100 : 0;
}

/** Up or down gap with side-by-side white lines. */
export function patternGapsidesidewhite(b, i) {
  const isThere =
    ((b.gapUp(i - 1, i - 2) && b.gapUp(i, i - 2)) ||
      (b.gapDown(i - 1, i - 2) && b.gapDown(i, i - 2))) &&
    b.color(i - 1) === 1 &&
    b.color(i) === 1 &&
    b.body(i) >= b.body(i - 1) - b.usual(NEAR, i, 1) &&
    b.body(i) <= b.body(i - 1) + b.usual(NEAR, i, 1) &&
    b.open[i] >= b.open[i - 1] - b.usual(EQUAL, i, 1) &&
    b.open[i] <= b.open[i - 1] + b.usual(EQUAL, i, 1);
  return isThere ? (b.gapUp(i - 1, i - 2) ? 100 : -100) : 0;
}

/** Morning doji star; the last close reaches 30 % into the first body. */
export function patternMorningdojistar(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 2) === -1 &&
    b.body(i - 1) <= b.usual(BODY_DOJI, i, 1) &&
    b.gapDown(i - 1, i - 2) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === 1 &&
    b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3;
  return isThere ? 100 : 0;
}

/** Morning star; the last close reaches 30 % into the first body. */
export function patternMorningstar(b, i) {
  const isThere =
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 2) === -1 &&
    b.body(i - 1) <= b.usual(BODY_SHORT, i, 1) &&
    b.gapDown(i - 1, i - 2) &&
    b.body(i) > b.usual(BODY_SHORT, i, 0) &&
    b.color(i) === 1 &&
    b.close[i] > b.close[i - 2] + b.body(i - 2) * 0.3;
  return isThere ? 100 : 0;
}

/** Tasuki gap. */
export function patternTasukigap(b, i) {
  const isThere =
    b.color(i) === -b.color(i - 1) &&
    (b.color(i - 1) === 1 ? b.gapUp(i - 1, i - 2) : b.gapDown(i - 1, i - 2)) &&
    b.color(i - 1) * (b.close[i - 1] - b.open[i]) > 0 &&
    b.color(i - 1) * (b.open[i] - b.open[i - 1]) > 0 &&
    b.color(i - 1) * (b.open[i - 1] - b.close[i]) > 0 &&
    (b.color(i - 1) === 1 ? b.close[i] > b.top(i - 2) : b.close[i] < b.bottom(i - 2)) &&
    Math.abs(b.body(i - 1) - b.body(i)) < b.usual(NEAR, i, 1);
  return isThere ? b.color(i - 1) * 100 : 0;
}

/** Tristar. */
export function patternTristar(b, i) {
  const isThere =
    b.body(i - 2) <= b.usual(BODY_DOJI, i, 2) &&
    b.body(i - 1) <= b.usual(BODY_DOJI, i, 2) &&
    b.body(i) <= b.usual(BODY_DOJI, i, 2);
  return isThere ? tristarSide(b, i) : 0;
}

/** Upside gap two crows. */
export function patternUpsidegap2crows(b, i) {
  const isThere =
    b.color(i - 2) === 1 &&
    b.body(i - 2) > b.usual(BODY_LONG, i, 2) &&
    b.color(i - 1) === -1 &&
    b.body(i - 1) <= b.usual(BODY_SHORT, i, 1) &&
    b.gapUp(i - 1, i - 2) &&
    b.color(i) === -1 &&
    b.open[i] > b.open[i - 1] &&
    b.close[i] < b.close[i - 1] &&
    b.close[i] > b.close[i - 2];
  return isThere ? -100 : 0;
}

/** Upside or downside gap three methods. */
export function patternXsidegap3methods(b, i) {
  const isThere =
    b.color(i - 2) === b.color(i - 1) &&
    b.color(i) === -b.color(i - 1) &&
    b.open[i] < b.top(i - 1) &&
    b.open[i] > b.bottom(i - 1) &&
    b.close[i] < b.top(i - 2) &&
    b.close[i] > b.bottom(i - 2) &&
    (b.color(i - 2) === 1 ? b.gapUp(i - 1, i - 2) : b.gapDown(i - 1, i - 2));
  return isThere ? b.color(i - 2) * 100 : 0;
}
