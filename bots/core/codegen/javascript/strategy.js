// The strategy: written by the generator. Here the one of the documentation, as an example.

import { indicatorEma } from "./indicators/averages.js";
import { at, computed } from "./trading/series.js";

export const NAME = "EMA cross";
export const SYMBOL = "BTC/USDT";
export const TIMEFRAME = "1m";
export const EXCHANGE = "binance";
export const STATE_FILE = "ema-cross-btc-usdt.state.json";
export const FINGERPRINT = "";
// Options of its risk that are not sent to an exchange.
export const PAPER_ONLY = "";
// Candles that the indicators need to settle, by timeframe.
export const HISTORY = { "1m": 505 };
export const RISK = {
  stop_loss: 0.02,
  take_profit: 0.04,
  trailing_stop: 0,
  max_position_size: 1,
  max_drawdown: 0,
  cooldown_candles: 0,
};

/** Every column that the conditions read. frames: candle columns by timeframe. */
export function indicatorColumns(frames) {
  const base = frames["1m"];
  const columns = { ...base };
  const own = {};
  // fast: Exponential moving average
  own["fast"] = computed(indicatorEma, [base["close"]], [12]);
  columns["fast"] = own["fast"][0];
  // slow: Exponential moving average
  own["slow"] = computed(indicatorEma, [base["close"]], [26]);
  columns["slow"] = own["slow"][0];
  return columns;
}

/** Whether the close of candle i says buy. */
export function buys(c, i) {
  return at(c["fast"], i) > at(c["slow"], i) && at(c["fast"], i - 1) <= at(c["slow"], i - 1);
}

/** Whether the close of candle i says sell. */
export function sells(c, i) {
  return at(c["fast"], i) < at(c["slow"], i) && at(c["fast"], i - 1) >= at(c["slow"], i - 1);
}
