// How much an entry takes, and what keeps entries back after bad trades.

import { TIMEFRAME } from "../strategy.js";
import { timeframeMs } from "../trading/series.js";

export const STOPS = ["stop_loss", "trailing_stop"];

/** Whether a value is among these. */
export function holds(values, wanted) {
  let found = false;
  for (const value of values) {
    found = found || value === wanted;
  }
  return found;
}

/** Kelly's fraction of closed trades: share of winners less that of losers over their ratio. */
export function kelly(returns) {
  let wins = 0;
  let won = 0;
  let lost = 0;
  for (const one of returns) {
    if (one > 0) {
      wins += 1;
      won += one;
    } else {
      lost -= one;
    }
  }
  if (wins === 0) {
    return -1;
  }
  const share = wins / returns.length;
  if (lost === 0) {
    return share;
  }
  const balance = won / wins / (lost / (returns.length - wins));
  return Math.max(share - (1 - share) / balance, -1);
}

/** Sample deviation of the last returns for a year; -1 while there are fewer. */
export function yearlyDeviation(closes, window) {
  if (closes.length <= window) {
    return -1;
  }
  const first = closes.length - window;
  const returns = Array.from(
    { length: window },
    (_, k) => closes[first + k] / closes[first + k - 1] - 1,
  );
  let mean = 0;
  for (const one of returns) {
    mean += one;
  }
  mean = mean / window;
  let squares = 0;
  for (const one of returns) {
    squares += (one - mean) * (one - mean);
  }
  return Math.sqrt(squares / (window - 1)) * Math.sqrt(31536000000 / timeframeMs(TIMEFRAME));
}

/** [what the sizing asks for, None for any; refusal]. */
export function sizedNotional(state, risk) {
  const how = risk.sizing;
  if (how === null) {
    return [null, ""];
  }
  const worth = state.worth;
  if (how.method === "fixed_fraction") {
    return [(worth * how.risk) / risk.stop_loss, ""];
  }
  if (how.method === "volatility_target") {
    const moves = yearlyDeviation(state.closes, how.window);
    if (moves < 0) {
      return [0, "no_volatility"];
    }
    return [moves === 0 ? null : (worth * how.volatility) / moves, ""];
  }
  let stake = risk.max_position_size * how.cap;
  const trades = state.trades;
  if (trades.length >= how.window) {
    const recent = trades.slice(-how.window).map((trade) => trade.return);
    stake = Math.min(how.fraction * kelly(recent), how.cap);
  }
  return [worth * stake, stake <= 0 ? "no_edge" : ""];
}

/** Whether a protection lets nobody enter now. */
export function isLocked(state, time) {
  return time < state.locked_ms;
}

/** Keep entries back where the trades closed since the last look call for it. */
export function lookBack(state, risk) {
  for (let number = state.looked_at; number < state.trades.length; number += 1) {
    const past = state.trades.slice(0, number + 1);
    const closedMs = past[number].exit_time;
    for (const one of risk.protections) {
      const span = timeframeMs(TIMEFRAME);
      const since = closedMs - one.lookback_candles * span;
      const recent = past.filter((trade) => trade.exit_time > since);
      if (isTriggered(one, recent)) {
        const until = closedMs + one.stop_candles * span;
        state.locked_ms = Math.max(state.locked_ms, until);
      }
    }
  }
  state.looked_at = state.trades.length;
}

/** Whether these closed trades set a protection off. */
export function isTriggered(one, recent) {
  if (one.type === "stoploss_guard") {
    const bound = one.required_profit;
    const stops = recent.filter((trade) => holds(STOPS, trade.exit_reason) && trade.return < bound);
    return stops.length >= one.trade_limit;
  }
  if (recent.length < one.trade_limit) {
    return false;
  }
  let total = 0;
  let peak = 0;
  let fall = 0;
  for (const trade of recent) {
    total += trade.return;
    peak = Math.max(peak, total);
    fall = Math.max(fall, peak - total);
  }
  if (one.type === "low_profit") {
    return total < one.required_profit;
  }
  return fall > one.max_drawdown;
}
