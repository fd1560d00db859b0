// Candlestick patterns of two candles.

import {
  BODY_DOJI,
  BODY_LONG,
  BODY_SHORT,
  EQUAL,
  NEAR,
  SHADOW_LONG,
  SHADOW_VERY_SHORT,
} from "./patterns.js";

/** Whether the candle `ago` before i is long and has next to no shadows. */
export function isMarubozu(b, i, ago) {
  const at = i - ago;
  const isLong = b.body(at) > b.usual(BODY_LONG, i, ago);
  const shadow = b.usual(SHADOW_VERY_SHORT, i, ago);
  return isLong && b.upper(at) < shadow && b.lower(at) < shadow;
}

/** Two marubozus of opposite colour with a gap between them. */
export function isKicking(b, i) {
  if (b.color(i) === b.color(i - 1) || !isMarubozu(b, i, 1) || !isMarubozu(b, i, 0)) {
    return false;
  }
  return b.color(i) === 1 ? b.jumpUp(i, i - 1) : b.jumpDown(i, i - 1);
}

/** Counterattack. */
export function patternCounterattack(b, i) {
  const isThere =
    b.color(i) === -b.color(i - 1) &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1) &&
    b.close[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1);
  return isThere ? b.color(i) * 100 : 0;
}

/** Dark cloud cover; the close reaches half into the body before. */
export function patternDarkcloudcover(b, i) {
  const isThere =
    b.color(i - 1) === 1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.color(i) === -1 &&
    b.open[i] > b.high[i - 1] &&
    b.close[i] > b.open[i - 1] &&
    b.close[i] < b.close[i - 1] - b.body(i - 1) * 0.5;
  return isThere ? -100 : 0;
}

/** Doji star. */
export function patternDojistar(b, i) {
  const isThere =
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    (b.color(i - 1) === 1 ? b.gapUp(i, i - 1) : b.gapDown(i, i - 1));
  return isThere ? -b.color(i - 1) * 100 : 0;
}

/** Engulfing; 80 where one end of the bodies is the same. */
export function patternEngulfing(b, i) {
  const isThere =
    b.color(i) === -b.color(i - 1) &&
    b.color(i) * (b.close[i] - b.open[i - 1]) >= 0 &&
    b.color(i) * (b.close[i - 1] - b.open[i]) >= 0 &&
    (b.close[i] !== b.open[i - 1] || b.open[i] !== b.close[i - 1]);
  return isThere
    ? b.color(i) * (b.open[i] !== b.close[i - 1] && b.close[i] !== b.open[i - 1] ? 100 : 80)
    : 0;
}

/** Hammer. */
export function patternHammer(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.lower(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.bottom(i) <= b.low[i - 1] + b.usual(NEAR, i, 1);
  return isThere ? 100 : 0;
}

/** Hanging man. */
export function patternHangingman(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.lower(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.upper(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.bottom(i) >= b.high[i - 1] - b.usual(NEAR, i, 1);
  return isThere ? -100 : 0;
}

/** Harami; 80 where one end of the bodies is the same. */
export function patternHarami(b, i) {
  const isThere =
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.body(i) <= b.usual(BODY_SHORT, i, 0) &&
    b.top(i) <= b.top(i - 1) &&
    b.bottom(i) >= b.bottom(i - 1);
  return isThere
    ? -b.color(i - 1) * (b.top(i) < b.top(i - 1) && b.bottom(i) > b.bottom(i - 1) ? 100 : 80)
    : 0;
}

/** Harami cross; 80 where one end of the bodies is the same. */
export function patternHaramicross(b, i) {
  const isThere =
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.body(i) <= b.usual(BODY_DOJI, i, 0) &&
    b.top(i) <= b.top(i - 1) &&
    b.bottom(i) >= b.bottom(i - 1);
  return isThere
    ? -b.color(i - 1) * (b.top(i) < b.top(i - 1) && b.bottom(i) > b.bottom(i - 1) ? 100 : 80)
    : 0;
}

/** Homing pigeon. */
export function patternHomingpigeon(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.color(i) === -1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.body(i) <= b.usual(BODY_SHORT, i, 0) &&
    b.open[i] < b.open[i - 1] &&
    b.close[i] > b.close[i - 1];
  return isThere ? 100 : 0;
}

/** In-neck. */
export function patternInneck(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.color(i) === 1 &&
    b.open[i] < b.low[i - 1] &&
    b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1) &&
    b.close[i] >= b.close[i - 1];
  return isThere ? -100 : 0;
}

/** Inverted hammer. */
export function patternInvertedhammer(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.upper(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.gapDown(i, i - 1);
  return isThere ? 100 : 0;
}

/** Kicking. */
export function patternKicking(b, i) {
  const isThere = isKicking(b, i);
  return isThere ? b.color(i) * 100 : 0;
}

/** Kicking; the longer marubozu says which way. */
export function patternKickingbylength(b, i) {
  const isThere = isKicking(b, i);
  return isThere ? b.color(b.body(i) > b.body(i - 1) ? i : i - 1) * 100 : 0;
}

/** Matching low. */
export function patternMatchinglow(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.color(i) === -1 &&
    b.close[i] <= b.close[i - 1] + b.usual(EQUAL, i, 1) &&
    b.close[i] >= b.close[i - 1] - b.usual(EQUAL, i, 1);
  return isThere ? 100 : 0;
}

/** On-neck. */
export function patternOnneck(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.color(i) === 1 &&
    b.open[i] < b.low[i - 1] &&
    b.close[i] <= b.low[i - 1] + b.usual(EQUAL, i, 1) &&
    b.close[i] >= b.low[i - 1] - b.usual(EQUAL, i, 1);
  return isThere ? -100 : 0;
}

/** Piercing. */
export function patternPiercing(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.color(i) === 1 &&
    b.open[i] < b.low[i - 1] &&
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    b.close[i] < b.open[i - 1] &&
    b.close[i] > b.close[i - 1] + b.body(i - 1) * 0.5;
  return isThere ? 100 : 0;
}

/** Separating lines. */
export function patternSeparatinglines(b, i) {
  const isThere =
    b.color(i) === -b.color(i - 1) &&
    b.open[i] <= b.open[i - 1] + b.usual(EQUAL, i, 1) &&
    b.open[i] >= b.open[i - 1] - b.usual(EQUAL, i, 1) &&
    b.body(i) > b.usual(BODY_LONG, i, 0) &&
    (b.color(i) === 1 ? b.lower(i) : b.upper(i)) < b.usual(SHADOW_VERY_SHORT, i, 0);
  return isThere ? b.color(i) * 100 : 0;
}

/** Shooting star. */
export function patternShootingstar(b, i) {
  const isThere =
    b.body(i) < b.usual(BODY_SHORT, i, 0) &&
    b.upper(i) > b.usual(SHADOW_LONG, i, 0) &&
    b.lower(i) < b.usual(SHADOW_VERY_SHORT, i, 0) &&
    b.gapUp(i, i - 1);
  return isThere ? -100 : 0;
}

/** Thrusting. */
export function patternThrusting(b, i) {
  const isThere =
    b.color(i - 1) === -1 &&
    b.body(i - 1) > b.usual(BODY_LONG, i, 1) &&
    b.color(i) === 1 &&
    b.open[i] < b.low[i - 1] &&
    b.close[i] > b.close[i - 1] + b.usual(EQUAL, i, 1) &&
    b.close[i] <= b.close[i - 1] + b.body(i - 1) * 0.5;
  return isThere ? -100 : 0;
}
