// Candlestick patterns: what they measure a candle by.
//
// Each pattern is a function of the candles and a place; it gives 100 (bullish), -100 (bearish),
// 80 or -80 where only one end was engulfed, or 0. Large and small mean more or less than the
// average of the candles before.

import { filled } from "./columns.js";

// What is measured: how many candles before are averaged (0: the candle itself), what of it
// is taken (body, range or shadows), and by how much it is multiplied.
export const BODY_LONG = [10, "body", 1];
export const BODY_SHORT = [10, "body", 1];
export const BODY_DOJI = [10, "range", 0.1];
export const SHADOW_LONG = [0, "body", 1];
export const SHADOW_VERY_LONG = [0, "body", 2];
export const SHADOW_SHORT = [10, "shadows", 1];
export const SHADOW_VERY_SHORT = [10, "range", 0.1];
export const NEAR = [5, "range", 0.2];
export const FAR = [5, "range", 0.6];
export const EQUAL = [5, "range", 0.05];

/** Candles, measured one at a time. first: the first place a pattern looks at. */
export class Bars {
  constructor(open, high, low, close, first) {
    this.open = open;
    this.high = high;
    this.low = low;
    this.close = close;
    this.first = first;
    this.totals = {};
  }

  /** Size of the body. */
  body(i) {
    return Math.abs(this.close[i] - this.open[i]);
  }

  /** Upper end of the body. */
  top(i) {
    return Math.max(this.open[i], this.close[i]);
  }

  /** Lower end of the body. */
  bottom(i) {
    return Math.min(this.open[i], this.close[i]);
  }

  /** Length of the upper shadow. */
  upper(i) {
    return this.high[i] - this.top(i);
  }

  /** Length of the lower shadow. */
  lower(i) {
    return this.bottom(i) - this.low[i];
  }

  /** 1 for a candle that closed at or above its open, -1 for one below. */
  color(i) {
    return this.close[i] >= this.open[i] ? 1 : -1;
  }

  /** Whether body i lies wholly above body j. */
  gapUp(i, j) {
    return this.bottom(i) > this.top(j);
  }

  /** Whether body i lies wholly below body j. */
  gapDown(i, j) {
    return this.top(i) < this.bottom(j);
  }

  /** Whether candle i lies wholly above candle j, shadows and all. */
  jumpUp(i, j) {
    return this.low[i] > this.high[j];
  }

  /** Whether candle i lies wholly below candle j, shadows and all. */
  jumpDown(i, j) {
    return this.high[i] < this.low[j];
  }

  /** The body, range or shadows of a candle. */
  measured(kind, i) {
    if (kind === "body") {
      return this.body(i);
    }
    if (kind === "range") {
      return this.high[i] - this.low[i];
    }
    return this.upper(i) + this.lower(i);
  }

  /** What the setting calls usual for the candle `ago` before i, from a running sum. */
  usual(setting, i, ago) {
    const [period, kind, factor] = setting;
    const at = i - ago;
    const half = kind === "shadows" ? 2 : 1;
    if (period === 0) {
      return (factor * this.measured(kind, at)) / half;
    }
    const key = `${period} ${kind} ${ago}`;
    if (!(key in this.totals)) {
      const column = filled(this.close.length, NaN);
      let total = 0;
      for (let k = this.first - ago - period; k < this.close.length; k += 1) {
        if (k >= this.first - ago) {
          column[k] = total;
          total += this.measured(kind, k) - this.measured(kind, k - period);
        } else {
          total += this.measured(kind, k);
        }
      }
      this.totals[key] = column;
    }
    return (factor * (this.totals[key][at] / period)) / half;
  }
}

/** The pattern on every candle from the first one that has enough candles before it. */
export function foundEverywhere(open, high, low, close, first, pattern) {
  const bars = new Bars(open, high, low, close, first);
  const made = filled(close.length, NaN);
  for (let i = first; i < close.length; i += 1) {
    made[i] = Number(pattern(bars, i));
  }
  return made;
}
