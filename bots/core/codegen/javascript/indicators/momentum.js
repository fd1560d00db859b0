// Oscillators of one column: how fast and how far it has moved.

import { differenceOfEmas, percentageOfEmas, straightness } from "./averages.js";
import {
  absolute,
  filled,
  firstValue,
  isMissing,
  minus,
  plus,
  ratio,
  shift,
  zip,
} from "./columns.js";
import { ema, emaFrom, highest, lowest, sma, wma } from "./windows.js";

/** Wilder's means of the rises and of the falls. */
export function gainsAndLosses(source, period) {
  const change = minus(source, shift(source, 1));
  const first = firstValue(change);
  const gains = filled(source.length, NaN);
  const losses = filled(source.length, NaN);
  let gain = 0;
  let loss = 0;
  for (let i = first; i < source.length; i += 1) {
    const rise = Math.max(change[i], 0);
    const fall = Math.max(-change[i], 0);
    if (i < first + period) {
      gain += rise;
      loss += fall;
    } else {
      gain = (gain * (period - 1) + rise) * (1 / period);
      loss = (loss * (period - 1) + fall) * (1 / period);
    }
    if (i === first + period - 1) {
      gain /= period;
      loss /= period;
    }
    if (i >= first + period - 1) {
      gains[i] = gain;
      losses[i] = loss;
    }
  }
  return [gains, losses];
}

/** Share of the rises in all movement, 0 to 100. */
export function rsi(source, period) {
  const [gains, losses] = gainsAndLosses(source, period);
  return zip(gains, losses).map(([g, b]) => 100 * ratio(g, g + b, 0));
}

/** Change over the period in per cent. */
export function roc(source, period) {
  const before = shift(source, period);
  return zip(source, before).map(([a, b]) => (b === 0 ? 0 : (a / b - 1) * 100));
}

/** Relative strength index. */
export function indicatorRsi(source, period) {
  return [rsi(source, period)];
}

/** The columns, each without a value until all have one. */
export function knownTogether(columns) {
  const size = columns[0].length;
  let first = 0;
  for (const column of columns) {
    first = Math.max(first, firstValue(column));
  }
  return columns.map((column) =>
    Array.from({ length: size }, (_, i) => (i < first ? NaN : column[i])),
  );
}

/** MACD: line, signal, histogram. Both averages begin on the same candle. */
export function indicatorMacd(source, fast, slow, signal) {
  const start = firstValue(source);
  const line = minus(emaFrom(source, fast, start + slow - fast), emaFrom(source, slow, start));
  const average = ema(line, signal);
  return knownTogether([line, average, minus(line, average)]);
}

/** Percentage price oscillator: line, signal, histogram. */
export function indicatorPpo(source, fast, slow, signal) {
  const line = percentageOfEmas(source, fast, slow);
  const mean = ema(line, signal);
  return [line, mean, minus(line, mean)];
}

/** Absolute price oscillator. */
export function indicatorApo(source, fast, slow) {
  return [differenceOfEmas(source, fast, slow)];
}

/** Rate of change in per cent. */
export function indicatorRoc(source, period) {
  return [roc(source, period)];
}

/** Momentum. */
export function indicatorMom(source, period) {
  return [minus(source, shift(source, period))];
}

/** Chande momentum oscillator. */
export function indicatorCmo(source, period, smoothing) {
  if (smoothing === "wilder") {
    const [gains, losses] = gainsAndLosses(source, period);
    return [zip(gains, losses).map(([g, b]) => 100 * ratio(g - b, g + b, 0))];
  }
  const change = minus(source, shift(source, 1));
  const first = firstValue(change);
  const made = filled(source.length, NaN);
  for (let i = first + period - 1; i < source.length; i += 1) {
    let gain = 0;
    let loss = 0;
    for (let k = i - period + 1; k < i + 1; k += 1) {
      if (change[k] > 0) {
        gain += change[k];
      } else {
        loss -= change[k];
      }
    }
    made[i] = gain + loss === 0 ? 0 : 100 * ((gain - loss) / (gain + loss));
  }
  return [made];
}

/** TRIX: change of the triple EMA in per cent. */
export function indicatorTrix(source, period) {
  return [roc(ema(ema(ema(source, period), period), period), 1)];
}

/** True strength index and its signal. */
export function indicatorTsi(source, slow, fast, signal) {
  const change = minus(source, shift(source, 1));
  const size = ema(ema(absolute(change), slow), fast);
  const line = zip(ema(ema(change, slow), fast), size).map(([a, b]) => 100 * ratio(a, b, 0));
  return [line, ema(line, signal)];
}

/** Stochastic RSI: %K, %D. */
export function indicatorStochrsi(source, rsiPeriod, k, smoothK, d) {
  const line = rsi(source, rsiPeriod);
  const low = lowest(line, k);
  const width = minus(highest(line, k), low);
  const fast = zip(line, low, width).map(([a, b, w]) => 100 * ratio(a - b, w, 0));
  const smooth = sma(fast, smoothK);
  return [smooth, sma(smooth, d)];
}

/** Coppock curve. */
export function indicatorCoppock(source, period, slow, fast) {
  return [wma(plus(roc(source, slow), roc(source, fast)), period)];
}

/** Know sure thing and its signal. */
export function indicatorKst(source, signal) {
  const one = sma(roc(source, 10), 10);
  const two = sma(roc(source, 15), 10);
  const three = sma(roc(source, 20), 10);
  const four = sma(roc(source, 30), 15);
  const line = zip(one, two, three, four).map(([a, b, c, d]) => a + 2 * b + 3 * c + 4 * d);
  return [line, sma(line, signal)];
}

/** Share of the values before that are below this one, 0 to 100. */
export function percentRank(source, period) {
  const made = filled(source.length, NaN);
  const first = firstValue(source);
  for (let i = first + period; i < source.length; i += 1) {
    let count = 0;
    for (let k = i - period; k < i; k += 1) {
      if (source[k] < source[i]) {
        count += 1;
      }
    }
    made[i] = (count / period) * 100;
  }
  return made;
}

/** Candles in a row that rose (positive) or fell (negative); 0 when unchanged. */
export function streaks(source) {
  const made = filled(source.length, 0);
  for (let i = 1; i < source.length; i += 1) {
    if (source[i] > source[i - 1]) {
      made[i] = Math.max(made[i - 1], 0) + 1;
    } else if (source[i] < source[i - 1]) {
      made[i] = Math.min(made[i - 1], 0) - 1;
    }
  }
  return made;
}

/** Connors RSI. */
export function indicatorConnorsRsi(source, period, streak, rank) {
  const place = percentRank(roc(source, 1), rank);
  const quick = rsi(source, period);
  const run = rsi(streaks(source), streak);
  return [zip(quick, run, place).map(([a, b, c]) => (a + b + c) / 3)];
}

/** Place in the range of the last values, 0 to 100, halfway to each new value. */
export function smoothedPlace(line, cycle) {
  const low = lowest(line, cycle);
  const high = highest(line, cycle);
  const made = filled(line.length, NaN);
  let last = 0;
  for (let i = 0; i < line.length; i += 1) {
    const width = high[i] - low[i];
    if (width > 0) {
      last = 100 * ((line[i] - low[i]) / width);
    }
    if (!isMissing(width)) {
      made[i] = last;
    }
  }
  return ema(made, 3);
}

/** Schaff trend cycle. */
export function indicatorStc(source, fast, slow, cycle) {
  const line = differenceOfEmas(source, fast, slow);
  return [smoothedPlace(smoothedPlace(line, cycle), cycle)];
}

/** Kaufman's efficiency ratio. */
export function indicatorEr(source, period) {
  return [straightness(source, period)];
}

/** Detrended price oscillator. */
export function indicatorDpo(source, period) {
  return [minus(shift(source, Math.floor(period / 2) + 1), sma(source, period))];
}
