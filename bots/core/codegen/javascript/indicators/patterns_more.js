// Candlestick patterns of four and five candles, and those that wait for a confirmation.

import { BODY_LONG, BODY_SHORT, NEAR, SHADOW_VERY_SHORT } from "./patterns.js";

/** Three black crows. */
export function pattern3blackcrows(b, i) {
  const isThere =
    b.color(i - 3) === 1 &&
    b.color(i - 2) === -1 &&
    b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2) &&
    b.color(i - 1) === -1 &&
    b.lower(i - 1) < b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.color(i) === -1 &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.open[i - 1] < b.open[i - 2] &&
    b.open[i - 1] > b.close[i - 2] &&
    b.open[i] < b.open[i - 1] &&
    b.open[i] > b.close[i - 1] &&
    b.high[i - 3] > b.close[i - 2] &&
    b.close[i - 2] > b.close[i - 1] &&
    b.close[i - 1] > b.close[i];
  return isThere ? -100 : 0;
}

/** Three-line strike. */
export function pattern3linestrike(b, i) {
  const isThere =
    b.color(i - 3) === b.color(i - 2) &&
    b.color(i - 2) === b.color(i - 1) &&
    b.color(i) === -b.color(i - 1) &&
    b.open[i - 2] >= b.bottom(i - 3) - b.usual(NEAR, i, 3) &&
    b.open[i - 2] <= b.top(i - 3) + b.usual(NEAR, i, 3) &&
    b.open[i - 1] >= b.bottom(i - 2) - b.usual(NEAR, i, 2) &&
    b.open[i - 1] <= b.top(i - 2) + b.usual(NEAR, i, 2) &&
    b.color(i - 1) * (b.close[i - 1] - b.close[i - 2]) > 0 &&
    b.color(i - 1) * (b.close[i - 2] - b.close[i - 3]) > 0 &&
    b.color(i - 1) * (b.open[i] - b.close[i - 1]) > 0 &&
    b.color(i - 1) * (b.open[i - 3] - b.close[i]) > 0;
  return isThere ? b.color(i - 1) * 100 : 0;
}

/** Breakaway. */
export function patternBreakaway(b, i) {
  const isThere =
    b.body(i - 4) > b.usual(BODY_LONG, i, 4) &&
    b.color(i - 4) === b.color(i - 3) &&
    b.color(i - 3) === b.color(i - 1) &&
    b.color(i) === -b.color(i - 1) &&
    (b.color(i) === -1 ? b.gapUp(i - 3, i - 4) : b.gapDown(i - 3, i - 4)) &&
    b.color(i) * (b.high[i - 3] - b.high[i - 2]) > 0 &&
    b.color(i) * (b.low[i - 3] - b.low[i - 2]) > 0 &&
    b.color(i) * (b.high[i - 2] - b.high[i - 1]) > 0 &&
    b.color(i) * (b.low[i - 2] - b.low[i - 1]) > 0 &&
    b.color(i) * (b.close[i] - b.open[i - 3]) > 0 &&
    b.color(i) * (b.close[i - 4] - b.close[i]) > 0;
  return isThere ? b.color(i) * 100 : 0;
}

/** Concealing baby swallow. */
export function patternConcealbabyswall(b, i) {
  const isThere =
    b.color(i - 3) === -1 &&
    b.color(i - 2) === -1 &&
    b.color(i - 1) === -1 &&
    b.color(i) === -1 &&
    b.lower(i - 3) < b.usual(SHADOW_VERY_SHORT, i, 3) &&
    b.upper(i - 3) < b.usual(SHADOW_VERY_SHORT, i, 3) &&
    b.lower(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2) &&
    b.upper(i - 2) < b.usual(SHADOW_VERY_SHORT, i, 2) &&
    b.gapDown(i - 1, i - 2) &&
    b.upper(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.high[i - 1] > b.close[i - 2] &&
    b.high[i] > b.high[i - 1] &&
    b.low[i] < b.low[i - 1];
  return isThere ? 100 : 0;
}

/** Ladder bottom. */
export function patternLadderbottom(b, i) {
  const isThere =
    b.color(i - 4) === -1 &&
    b.color(i - 3) === -1 &&
    b.color(i - 2) === -1 &&
    b.open[i - 4] > b.open[i - 3] &&
    b.open[i - 3] > b.open[i - 2] &&
    b.close[i - 4] > b.close[i - 3] &&
    b.close[i - 3] > b.close[i - 2] &&
    b.color(i - 1) === -1 &&
    b.upper(i - 1) > b.usual(SHADOW_VERY_SHORT, i, 1) &&
    b.color(i) === 1 &&
    b.open[i] > b.open[i - 1] &&
    b.close[i] > b.high[i - 1];
  return isThere ? 100 : 0;
}

/** Mat hold; the small bodies keep within half of the first one. */
export function patternMathold(b, i) {
  const isThere =
    b.body(i - 4) > b.usual(BODY_LONG, i, 4) &&
    b.body(i - 3) < b.usual(BODY_SHORT, i, 3) &&
    b.body(i - 2) < b.usual(BODY_SHORT, i, 2) &&
    b.body(i - 1) < b.usual(BODY_SHORT, i, 1) &&
    b.color(i - 4) === 1 &&
    b.color(i - 3) === -1 &&
    b.color(i) === 1 &&
    b.gapUp(i - 3, i - 4) &&
    b.bottom(i - 2) < b.close[i - 4] &&
    b.bottom(i - 1) < b.close[i - 4] &&
    b.bottom(i - 2) > b.close[i - 4] - b.body(i - 4) * 0.5 &&
    b.bottom(i - 1) > b.close[i - 4] - b.body(i - 4) * 0.5 &&
    b.top(i - 2) < b.open[i - 3] &&
    b.top(i - 1) < b.top(i - 2) &&
    b.open[i] > b.close[i - 1] &&
    b.close[i] > Math.max(b.high[i - 3], b.high[i - 2], b.high[i - 1]);
  return isThere ? 100 : 0;
}

/** Rising or falling three methods. */
export function patternRisefall3methods(b, i) {
  const isThere =
    b.body(i - 4) > b.usual(BODY_LONG, i, 4) &&
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    b.body(i - 3) < b.usual(BODY_SHORT, i, 3) &&
    b.body(i - 2) < b.usual(BODY_SHORT, i, 2) &&
    b.body(i - 1) < b.usual(BODY_SHORT, i, 1) &&
    b.color(i - 4) === -b.color(i - 3) &&
    b.color(i - 3) === b.color(i - 2) &&
    b.color(i - 2) === b.color(i - 1) &&
    b.color(i - 1) === -b.color(i) &&
    b.bottom(i - 3) < b.high[i - 4] &&
    b.top(i - 3) > b.low[i - 4] &&
    b.bottom(i - 2) < b.high[i - 4] &&
    b.top(i - 2) > b.low[i - 4] &&
    b.bottom(i - 1) < b.high[i - 4] &&
    b.top(i - 1) > b.low[i - 4] &&
    b.color(i - 4) * (b.close[i - 3] - b.close[i - 2]) > 0 &&
    b.color(i - 4) * (b.close[i - 2] - b.close[i - 1]) > 0 &&
    b.color(i - 4) * (b.open[i] - b.close[i - 1]) > 0 &&
    b.color(i - 4) * (b.close[i] - b.close[i - 4]) > 0;
  return isThere ? b.color(i - 4) * 100 : 0;
}

/** Hikkake: an inside bar whose break is followed by another one; 200 when it turns back. */
export function patternHikkake(b, i) {
  return falseBreak(b, i, 1);
}

/** Modified hikkake: two inside bars, the first closing near its end. */
export function patternHikkakemod(b, i) {
  return falseBreak(b, i, 2);
}

/** Which way a break out of `inner` inside bars at i would be false, 0 for none. */
export function insideBreak(b, i, inner) {
  for (let k = i - inner; k < i; k += 1) {
    if (!(b.high[k] < b.high[k - 1] && b.low[k] > b.low[k - 1])) {
      return 0;
    }
  }
  let fell = b.high[i] < b.high[i - 1] && b.low[i] < b.low[i - 1];
  let rose = b.high[i] > b.high[i - 1] && b.low[i] > b.low[i - 1];
  if (inner === 2) {
    const near = b.usual(NEAR, i, 2);
    fell = fell && b.close[i - 2] <= b.low[i - 2] + near;
    rose = rose && b.close[i - 2] >= b.high[i - 2] - near;
  }
  return fell ? 100 : rose ? -100 : 0;
}

/** Whether the close at i confirms the false break at `at`. */
export function turnsBack(b, i, at, side) {
  if (side > 0) {
    return b.close[i] > b.high[at - 1];
  }
  return b.close[i] < b.low[at - 1];
}

/** The break itself, or twice that where one of the three candles before is confirmed now. */
export function falseBreak(b, i, inner) {
  let side = insideBreak(b, i, inner);
  if (side !== 0) {
    return side;
  }
  for (let at = i - 1; at > Math.max(i - 4, b.first - 4); at -= 1) {
    side = insideBreak(b, at, inner);
    if (side !== 0) {
      for (let k = at + 1; k < i; k += 1) {
        if (turnsBack(b, k, at, side)) {
          return 0;
        }
      }
      return turnsBack(b, i, at, side) ? 2 * side : 0;
    }
  }
  return 0;
}
