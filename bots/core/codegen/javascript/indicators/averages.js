// Moving averages.

import {
  filled,
  firstValue,
  middleOf,
  minus,
  ratio,
  scaled,
  shift,
  times,
  zip,
} from "./columns.js";
import { ema, rma, rollingSum, sma, wma } from "./windows.js";

/** Simple moving average. */
export function indicatorSma(source, period) {
  return [sma(source, period)];
}

/** Exponential moving average. */
export function indicatorEma(source, period) {
  return [ema(source, period)];
}

/** Weighted moving average. */
export function indicatorWma(source, period) {
  return [wma(source, period)];
}

/** Wilder's moving average. */
export function indicatorRma(source, period) {
  return [rma(source, period)];
}

/** Double exponential moving average. */
export function indicatorDema(source, period) {
  const first = ema(source, period);
  const second = ema(first, period);
  return [zip(first, second).map(([a, b]) => 2 * a - b)];
}

/** Triple exponential moving average. */
export function indicatorTema(source, period) {
  const first = ema(source, period);
  const second = ema(first, period);
  const third = ema(second, period);
  return [zip(first, second, third).map(([a, b, c]) => c + (3 * a - 3 * b))];
}

/** Triangular moving average: the simple mean of a simple mean. */
export function indicatorTrima(source, period) {
  const half = Math.floor(period / 2);
  if (period % 2 === 1) {
    return [sma(sma(source, half + 1), half + 1)];
  }
  return [sma(sma(source, half), half + 1)];
}

/** Hull moving average. */
export function indicatorHma(source, period) {
  const quick = wma(source, Math.max(Math.floor(period / 2), 1));
  const slow = wma(source, period);
  return [
    wma(
      zip(quick, slow).map(([a, b]) => 2 * a - b),
      Math.floor(Math.sqrt(period)),
    ),
  ];
}

/** Net move over the way gone, 0 (noise) to 1 (straight); 1 while nothing moves. */
export function straightness(source, period) {
  const made = filled(source.length, NaN);
  const first = firstValue(source);
  let way = 0;
  let still = 0;
  for (let i = first + 1; i < source.length; i += 1) {
    const step = Math.abs(source[i] - source[i - 1]);
    if (i > first + period) {
      way -= Math.abs(source[i - period - 1] - source[i - period]);
    }
    way += step;
    still = step === 0 ? still + 1 : 0;
    if (still >= period) {
      way = 0;
    }
    if (i >= first + period) {
      const moved = source[i] - source[i - period];
      made[i] = way <= 0 || way <= moved ? 1 : Math.abs(moved / way);
    }
  }
  return made;
}

/** Kaufman's adaptive moving average. */
export function indicatorKama(source, period) {
  if (period === 1) {
    return [[...source]];
  }
  const size = source.length;
  const made = filled(size, NaN);
  const first = firstValue(source);
  const share = straightness(source, period);
  const slow = 2 / 31;
  let line = 0;
  for (let i = first + period; i < size; i += 1) {
    if (i === first + period) {
      line = source[i - 1];
    }
    const weight = share[i] * (2 / 3 - slow) + slow;
    line = (source[i] - line) * (weight * weight) + line;
    made[i] = line;
  }
  return [made];
}

/** An EMA written as two weighted parts, as Tillson's average is built. */
export function smoothed(column, period) {
  const size = column.length;
  const made = filled(size, NaN);
  const first = firstValue(column);
  if (size - first < period) {
    return made;
  }
  const weight = 2 / (period + 1);
  let line = 0;
  for (let i = first; i < first + period; i += 1) {
    line += column[i];
  }
  line = line / period;
  made[first + period - 1] = line;
  for (let i = first + period; i < size; i += 1) {
    line = weight * column[i] + (1 - weight) * line;
    made[i] = line;
  }
  return made;
}

/** Tillson's T3 moving average. */
export function indicatorT3(source, period, factor) {
  const third = smoothed(smoothed(smoothed(source, period), period), period);
  const fourth = smoothed(third, period);
  const fifth = smoothed(fourth, period);
  const sixth = smoothed(fifth, period);
  const square = factor * factor;
  const one = -(square * factor);
  const two = 3 * (square - one);
  const three = -6 * square - 3 * (factor - one);
  const four = 1 + 3 * factor - one + 3 * square;
  return [
    zip(third, fourth, fifth, sixth).map(
      ([c, d, e, f]) => one * f + two * e + three * d + four * c,
    ),
  ];
}

/** Zero-lag exponential moving average. */
export function indicatorZlema(source, period) {
  const before = shift(source, Math.floor((period - 1) / 2));
  return [
    ema(
      zip(source, before).map(([a, b]) => 2 * a - b),
      period,
    ),
  ];
}

/** Arnaud Legoux moving average. */
export function indicatorAlma(source, period, offset, sigma) {
  const peak = offset * (period - 1);
  const width = period / sigma;
  const weights = Array.from({ length: period }, (_, k) =>
    Math.exp(-((k - peak) * (k - peak)) / (2 * width * width)),
  );
  let total = 0;
  for (const weight of weights) {
    total += weight;
  }
  const made = filled(source.length, NaN);
  for (let i = period - 1; i < source.length; i += 1) {
    let mean = 0;
    for (let k = 0; k < period; k += 1) {
      mean += source[i - period + 1 + k] * (weights[k] / total);
    }
    made[i] = mean;
  }
  return [made];
}

/** How many of the last candles had volume. */
export function tradedCandles(volume, period) {
  return rollingSum(
    volume.map((value) => (value !== value ? value : Number(value > 0))),
    period,
  );
}

/** Volume-weighted moving average; the simple mean when nothing was traded. */
export function indicatorVwma(source, volume, period) {
  const plain = sma(source, period);
  const money = rollingSum(times(source, volume), period);
  const amount = rollingSum(volume, period);
  const traded = tradedCandles(volume, period);
  return [zip(plain, money, amount, traded).map(([p, m, a, t]) => (t === 0 ? p : ratio(m, a, p)))];
}

/** McGinley dynamic. */
export function indicatorMcginley(source, period) {
  const made = filled(source.length, NaN);
  let line = 0;
  for (let i = 0; i < source.length; i += 1) {
    const price = source[i];
    if (i === 0 || line <= 0 || price <= 0) {
      line = price;
    } else {
      const share = price / line;
      const step = period * share * share * share * share;
      line = step > 1 ? line + (price - line) / step : price;
    }
    made[i] = line;
  }
  return [made];
}

/** Alligator: jaw, teeth, lips. */
export function indicatorAlligator(high, low) {
  const middle = middleOf(high, low);
  return [shift(rma(middle, 13), 8), shift(rma(middle, 8), 5), shift(rma(middle, 5), 3)];
}

/** Fast EMA less slow EMA. */
export function differenceOfEmas(source, fast, slow) {
  return minus(ema(source, fast), ema(source, slow));
}

/** Fast EMA less slow EMA, in per cent of the slow one. */
export function percentageOfEmas(source, fast, slow) {
  const average = ema(source, slow);
  return scaled(
    zip(ema(source, fast), average).map(([a, b]) => ratio(a - b, b, 0)),
    100,
  );
}
