// Candle files, and the strategy played over one: decisions, values, performance.

import { readFileSync } from "node:fs";
import { HISTORY, RISK, TIMEFRAME, buys, indicatorColumns, sells } from "../strategy.js";
import { closeCandle, newState, playCandle } from "../trading/account.js";
import { PRICES, candleColumns, resampled, shownValue } from "../trading/series.js";
import { performance } from "../trading/summary.js";

/** Rows of a CSV file: open time in ms, open, high, low, close, volume; a header or none. */
export function readCandles(path) {
  const lines = readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim());
  const rows = lines.map((line) => line.split(","));
  if (rows.length > 0 && !/^\s*\d+\s*$/.test(rows[0][0])) {
    rows.shift();
  }
  return rows.map((row) => row.slice(0, 6).map(Number));
}

/** Candle columns by timeframe, the longer ones made of the strategy's own. */
export function framesOf(rows) {
  const base = candleColumns(rows);
  const frames = { [TIMEFRAME]: base };
  for (const timeframe of Object.keys(HISTORY)) {
    if (timeframe !== TIMEFRAME) {
      frames[timeframe] = resampled(base, TIMEFRAME, timeframe);
    }
  }
  return frames;
}

/** One candle as an object. */
export function barAt(base, i) {
  const bar = { time: base.open_time_ms[i] };
  for (const name of PRICES) {
    bar[name] = base[name][i];
  }
  return bar;
}

/** The indicators' values at candle i. */
export function valuesAt(columns, i) {
  const names = Object.keys(columns).filter(
    (name) => !PRICES.includes(name) && name !== "open_time_ms",
  );
  return Object.fromEntries(names.map((name) => [name, shownValue(columns[name][i])]));
}

/** Play the file on paper. wanted: "vectors" and "values" print a JSON line each. */
export function replay(path, rules, cash, wanted) {
  const frames = framesOf(readCandles(path));
  const base = frames[TIMEFRAME];
  const columns = indicatorColumns(frames);
  const state = newState(cash);
  const lines = [];
  for (let i = 0; i < base.close.length; i += 1) {
    const bar = barAt(base, i);
    const decisions = playCandle(state, RISK, rules, bar);
    const signals = { buy: buys(columns, i), sell: sells(columns, i) };
    decisions.push(...closeCandle(state, RISK, rules, bar, signals));
    if (wanted === "values") {
      lines.push({ time: bar.time, ...signals, values: valuesAt(columns, i) });
    } else if (wanted === "vectors") {
      for (const decision of decisions) {
        lines.push({ ...decision, values: valuesAt(columns, i) });
      }
    }
  }
  if (wanted === "summary") {
    lines.push(performance(state));
  }
  printLines(lines);
}

/** Lines of JSON, written at once. */
export function printLines(lines) {
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** A step such as 0.001 as [numerator, denominator]; [0, 1] for none. */
export function stepFraction(text) {
  if (!text || text === "0") {
    return [0, 1];
  }
  const [whole, digits = ""] = text.split(".");
  const numerator = Number(whole + digits);
  const denominator = 10 ** digits.length;
  let common = numerator;
  let rest = denominator;
  while (rest > 0) {
    [common, rest] = [rest, common % rest];
  }
  return [numerator / common, denominator / common];
}
