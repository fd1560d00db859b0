// Trend: its direction, its strength, and where it would turn.

import {
  absolute,
  filled,
  firstValue,
  isMissing,
  middleOf,
  minus,
  plus,
  ratio,
  ratios,
  scaled,
  shift,
  zip,
} from "./columns.js";
import {
  averageRange,
  ema,
  highest,
  lowest,
  rangeWithGap,
  rma,
  rollingSum,
  trueRange,
} from "./windows.js";

/** Wilder's running sum: each value joins, and a period's share of the sum leaves. */
export function wilderSums(column, period) {
  const made = filled(column.length, NaN);
  const first = firstValue(column);
  let total = 0;
  for (let i = first; i < column.length; i += 1) {
    if (i < first + period - 1) {
      total += column[i];
    } else {
      total = total - total / period + column[i];
      made[i] = total;
    }
  }
  return made;
}

/** Wilder's sums of upward movement, downward movement and true range. */
export function directional(high, low, close, period) {
  const up = filled(close.length, NaN);
  const down = filled(close.length, NaN);
  for (let i = 1; i < close.length; i += 1) {
    const rise = high[i] - high[i - 1];
    const fall = low[i - 1] - low[i];
    up[i] = rise > 0 && rise > fall ? rise : 0;
    down[i] = fall > 0 && rise < fall ? fall : 0;
  }
  const ranges = rangeWithGap(high, low, close);
  return [wilderSums(up, period), wilderSums(down, period), wilderSums(ranges, period)];
}

/** part in per cent of whole; 0 where the whole is nothing. */
export function perCentOf(part, whole) {
  return zip(part, whole).map(([a, b]) => 100 * ratio(a, b, 0));
}

/** Plus directional indicator. */
export function indicatorPlusDi(high, low, close, period) {
  const [up, , ranges] = directional(high, low, close, period);
  return [perCentOf(up, ranges)];
}

/** Minus directional indicator. */
export function indicatorMinusDi(high, low, close, period) {
  const [, down, ranges] = directional(high, low, close, period);
  return [perCentOf(down, ranges)];
}

/** Difference of the two indicators in per cent of their sum; NaN where there is none. */
export function directionalIndex(high, low, close, period) {
  const [up, down, ranges] = directional(high, low, close, period);
  const rising = perCentOf(up, ranges);
  const falling = perCentOf(down, ranges);
  const made = filled(close.length, NaN);
  for (let i = 0; i < close.length; i += 1) {
    const total = rising[i] + falling[i];
    if (total !== 0) {
      made[i] = 100 * (Math.abs(falling[i] - rising[i]) / total);
    }
  }
  return made;
}

/** Directional movement index; it stays where it is while nothing moves. */
export function indicatorDx(high, low, close, period) {
  const made = directionalIndex(high, low, close, period);
  let last = 0;
  for (let i = period; i < close.length; i += 1) {
    if (isMissing(made[i])) {
      made[i] = last;
    }
    last = made[i];
  }
  return [made];
}

/** Wilder's mean of the directional movement index. */
export function averageIndex(high, low, close, period) {
  const index = directionalIndex(high, low, close, period);
  const made = filled(close.length, NaN);
  let line = 0;
  for (let i = period; i < close.length; i += 1) {
    const value = index[i];
    if (i < 2 * period) {
      if (!isMissing(value)) {
        line += value;
      }
      if (i === 2 * period - 1) {
        line = line / period;
      }
    } else if (!isMissing(value)) {
      line = (line * (period - 1) + value) / period;
    }
    if (i >= 2 * period - 1) {
      made[i] = line;
    }
  }
  return made;
}

/** Average directional index. */
export function indicatorAdx(high, low, close, period) {
  return [averageIndex(high, low, close, period)];
}

/** ADX rating. */
export function indicatorAdxr(high, low, close, period) {
  const line = averageIndex(high, low, close, period);
  return [middleOf(line, shift(line, period - 1))];
}

/** Candles since the largest (sign 1) or smallest (sign -1) of the last period + 1. */
export function candlesSince(column, period, sign) {
  const made = filled(column.length, NaN);
  for (let i = period; i < column.length; i += 1) {
    let best = i - period;
    for (let k = i - period + 1; k < i + 1; k += 1) {
      if (sign * column[k] >= sign * column[best]) {
        best = k;
      }
    }
    made[i] = i - best;
  }
  return made;
}

/** Aroon: up, down. */
export function indicatorAroon(high, low, period) {
  const factor = 100 / period;
  const up = candlesSince(high, period, 1).map((since) => factor * (period - since));
  const down = candlesSince(low, period, -1).map((since) => factor * (period - since));
  return [up, down];
}

/** Aroon oscillator. */
export function indicatorAroonOsc(high, low, period) {
  const factor = 100 / period;
  const top = candlesSince(high, period, 1);
  const bottom = candlesSince(low, period, -1);
  return [zip(top, bottom).map(([t, b]) => factor * (b - t))];
}

/** Parabolic SAR: stop, direction. */
export function indicatorPsar(high, low, acceleration, maximum) {
  const size = high.length;
  const stops = filled(size, NaN);
  const directions = filled(size, NaN);
  if (size < 2) {
    return [stops, directions];
  }
  const fall = low[0] - low[1];
  let side = fall > 0 && high[1] - high[0] < fall ? -1 : 1;
  const step = Math.min(acceleration, maximum);
  let speed = step;
  let extreme = side > 0 ? high[1] : low[1];
  let stop = side > 0 ? low[0] : high[0];
  for (let i = 1; i < size; i += 1) {
    const before = Math.max(i - 1, 1);
    const ahead = side > 0 ? high[i] : low[i];
    const behind = side > 0 ? low[i] : high[i];
    if (side * (behind - stop) <= 0) {
      stop = beyond(extreme, side, high[before], high[i], low[before], low[i]);
      side = -side;
      stops[i] = stop;
      speed = step;
      extreme = behind;
    } else {
      stops[i] = stop;
      if (side * (ahead - extreme) > 0) {
        extreme = ahead;
        speed = Math.min(speed + step, maximum);
      }
    }
    stop = stop + speed * (extreme - stop);
    stop = beyond(stop, -side, high[before], high[i], low[before], low[i]);
    directions[i] = stops[i] <= low[i] ? 1 : -1;
  }
  return [stops, directions];
}

/** The stop, moved out of the last two candles: above them (side 1) or below them. */
export function beyond(stop, side, highBefore, high, lowBefore, low) {
  if (side > 0) {
    return Math.max(stop, highBefore, high);
  }
  return Math.min(stop, lowBefore, low);
}

/** SuperTrend: stop, direction. */
export function indicatorSupertrend(high, low, close, period, multiplier) {
  const size = close.length;
  const width = averageRange(high, low, close, period);
  const stops = filled(size, NaN);
  const directions = filled(size, NaN);
  const first = firstValue(width);
  let upper = 0;
  let lower = 0;
  let side = 1;
  for (let i = first; i < size; i += 1) {
    const middle = (high[i] + low[i]) / 2;
    const above = middle + multiplier * width[i];
    const below = middle - multiplier * width[i];
    if (i === first) {
      upper = above;
      lower = below;
    } else {
      upper = above < upper || close[i - 1] > upper ? above : upper;
      lower = below > lower || close[i - 1] < lower ? below : lower;
      if (side < 0 && close[i] > upper) {
        side = 1;
      } else if (side > 0 && close[i] < lower) {
        side = -1;
      }
    }
    stops[i] = side > 0 ? lower : upper;
    directions[i] = side;
  }
  return [stops, directions];
}

/** Ichimoku cloud: conversion, base, span A, span B. */
export function indicatorIchimoku(high, low, conversion, base, span, displacement) {
  const quick = middleOf(highest(high, conversion), lowest(low, conversion));
  const calm = middleOf(highest(high, base), lowest(low, base));
  const slow = middleOf(highest(high, span), lowest(low, span));
  const ahead = displacement - 1;
  return [quick, calm, shift(middleOf(quick, calm), ahead), shift(slow, ahead)];
}

/** Vortex: plus, minus. */
export function indicatorVortex(high, low, close, period) {
  const way = rollingSum(rangeWithGap(high, low, close), period);
  const up = rollingSum(absolute(minus(high, shift(low, 1))), period);
  const down = rollingSum(absolute(minus(low, shift(high, 1))), period);
  return [ratios(up, way, 1), ratios(down, way, 1)];
}

/** Mass index. */
export function indicatorMassIndex(high, low, period, sum) {
  const width = ema(minus(high, low), period);
  return [rollingSum(ratios(width, ema(width, period), 1), sum)];
}

/** Vertical horizontal filter. */
export function indicatorVhf(source, period) {
  const way = rollingSum(absolute(minus(source, shift(source, 1))), period);
  const width = minus(highest(source, period), lowest(source, period));
  return [zip(width, way).map(([a, b]) => ratio(a, b, 0))];
}

/** Chandelier exit: long, short. */
export function indicatorChandelier(high, low, close, period, multiplier) {
  const away = scaled(rma(trueRange(high, low, close), period), multiplier);
  return [minus(highest(high, period), away), plus(lowest(low, period), away)];
}
