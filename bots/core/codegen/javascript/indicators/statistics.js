// Statistics of the last values: rank, distance from the mean, straight lines.

import { filled, firstValue, middleOf, ratio, shift, zip } from "./columns.js";
import { percentRank } from "./momentum.js";
import { deviation } from "./spread.js";
import { highest, lowest, rollingSum, sma } from "./windows.js";

/** Distance from the mean in standard deviations. */
export function indicatorZscore(source, period) {
  const mean = sma(source, period);
  const width = deviation(source, period);
  return [zip(source, mean, width).map(([a, b, w]) => ratio(a - b, w, 0))];
}

/** Percentile rank. */
export function indicatorPercentileRank(source, period) {
  return [percentRank(source, period)];
}

/** Value below which the given share of the last values lies (nearest rank). */
export function indicatorPercentile(source, period, percent) {
  const made = filled(source.length, NaN);
  const first = firstValue(source);
  const place = Math.max(Math.ceil((percent * period) / 100) - 1, 0);
  for (let i = first + period - 1; i < source.length; i += 1) {
    made[i] = ascending(source.slice(i - period + 1, i + 1))[place];
  }
  return [made];
}

/** The values by size. */
export function ascending(values) {
  return [...values].sort((a, b) => a - b);
}

/** Largest of the last values. */
export function indicatorHighest(source, period) {
  return [highest(source, period)];
}

/** Smallest of the last values. */
export function indicatorLowest(source, period) {
  return [lowest(source, period)];
}

/** Sum of the last values. */
export function indicatorSum(source, period) {
  return [rollingSum(source, period)];
}

/** Middle between the largest and the smallest of the last values. */
export function indicatorMidpoint(source, period) {
  return [middleOf(highest(source, period), lowest(source, period))];
}

/** Middle between the highest high and the lowest low. */
export function indicatorMidprice(high, low, period) {
  return [middleOf(highest(high, period), lowest(low, period))];
}

/** Mean distance of the last values from their mean. */
export function indicatorMeanDeviation(source, period) {
  const made = filled(source.length, NaN);
  const first = firstValue(source);
  for (let i = first + period - 1; i < source.length; i += 1) {
    let mean = 0;
    for (let k = 0; k < period; k += 1) {
      mean += source[i - k];
    }
    mean = mean / period;
    let away = 0;
    for (let k = 0; k < period; k += 1) {
      away += Math.abs(source[i - k] - mean);
    }
    made[i] = away / period;
  }
  return [made];
}

/** Start and rise per candle of the straight line fitted to the last values. */
export function fittedLines(source, period) {
  const starts = filled(source.length, NaN);
  const slopes = filled(source.length, NaN);
  const first = firstValue(source);
  const places = period * (period - 1) * 0.5;
  const squares = Math.floor((period * (period - 1) * (2 * period - 1)) / 6);
  const divisor = places * places - period * squares;
  let total = 0;
  let weighted = 0;
  for (let i = first + period - 1; i < source.length; i += 1) {
    if ((i - first - period + 1) % (32 * period) === 0) {
      total = 0;
      weighted = 0;
      for (let k = period - 1; k > -1; k -= 1) {
        total += source[i - k];
        weighted += k * source[i - k];
      }
    } else {
      weighted = weighted + total - period * source[i - period];
      total = total - source[i - period] + source[i];
    }
    const slope = (period * weighted - places * total) / divisor;
    slopes[i] = slope;
    starts[i] = (total - slope * places) / period;
  }
  return [starts, slopes];
}

/** Value of the fitted line at a place; 0 is its start. */
export function lineAt(source, period, place) {
  const [starts, slopes] = fittedLines(source, period);
  return zip(starts, slopes).map(([a, b]) => a + b * place);
}

/** End of the straight line fitted to the last values. */
export function indicatorLinearReg(source, period) {
  return [lineAt(source, period, period - 1)];
}

/** Rise per candle of the straight line fitted to the last values. */
export function indicatorLinregSlope(source, period) {
  return [fittedLines(source, period)[1]];
}

/** Start of the straight line fitted to the last values. */
export function indicatorLinregIntercept(source, period) {
  return [fittedLines(source, period)[0]];
}

/** The fitted straight line carried on by one candle. */
export function indicatorTsf(source, period) {
  return [lineAt(source, period, period)];
}

/** Distance of the source from the forecast of the candle before, in per cent. */
export function indicatorForecastOsc(source, period) {
  const forecast = shift(lineAt(source, period, period), 1);
  return [zip(source, forecast).map(([a, f]) => 100 * ratio(a - f, a, 0 * Math.abs(f)))];
}
