// The loop: wait for a close, fetch, decide, trade on paper or at the exchange.

import {
  FINGERPRINT,
  HISTORY,
  RISK,
  SYMBOL,
  TIMEFRAME,
  buys,
  indicatorColumns,
  sells,
} from "../strategy.js";
import {
  PROTECTIVE,
  activeStop,
  closeCandle,
  mark,
  newState,
  playCandle,
  protectiveFill,
} from "../trading/account.js";
import { bucketStart, candleColumns, timeframeMs } from "../trading/series.js";
import { barAt } from "./candle_file.js";
import { STOP, fetchRows, marketRules, openExchange, retried, say, wait } from "./exchange.js";
import { execute } from "./orders.js";
import { loadState, saveState } from "./state_file.js";

// The newest candle is final a moment after its close.
export const GRACE_S = 2;
export const WATCH_EVERY_S = 5;

/** One strategy on one market. */
export class Bot {
  constructor(settings) {
    this.settings = settings;
    this.isLive = settings.mode === "live";
    this.state = loadState(settings.state) ?? newState(settings.cash);
    this.rows = Object.fromEntries(Object.keys(HISTORY).map((timeframe) => [timeframe, []]));
    const identity = `${settings.mode} ${settings.exchange} ${SYMBOL} ${FINGERPRINT}`;
    this.state.identity ??= identity;
    if (this.state.identity !== identity) {
      throw new Error(`${settings.state} belongs to another bot; choose with --state`);
    }
    this.save = () => saveState(settings.state, this.state);
  }

  /** Until somebody stops it. */
  async run() {
    try {
      this.exchange = await openExchange(this.settings);
      this.rules = marketRules(this.exchange, this.settings);
      await this.fetch();
      if (this.state.last_candle === null && this.rows[TIMEFRAME].length === 0) {
        throw new Error(`${this.settings.exchange} gave no candles of ${SYMBOL}`);
      }
      this.state.last_candle ??= this.rows[TIMEFRAME].at(-1)[0];
      say("INFO", `${this.settings.mode} on ${SYMBOL} ${TIMEFRAME}`);
      this.save();
      if (this.isLive && this.state.order !== null) {
        await execute(this.exchange, this.state, RISK, this.rules, this.save);
      }
      for (;;) {
        await this.workOff();
        await this.waitForClose();
        await this.fetch();
      }
    } catch (fault) {
      if (!STOP.signal.aborted) {
        throw fault;
      }
      say("INFO", "told to stop");
    }
  }

  /** The candles that are missing, of every timeframe that the strategy reads. */
  async fetch() {
    const nowMs = this.exchange.milliseconds();
    for (const [timeframe, rows] of Object.entries(this.rows)) {
      const spanMs = timeframeMs(timeframe);
      let first = bucketStart(nowMs, timeframe) - (HISTORY[timeframe] + 2) * spanMs;
      const last = this.state.last_candle;
      if (timeframe === TIMEFRAME && last !== null && rows.length === 0) {
        // What happened while it was off is seen with its indicators settled.
        first = Math.min(first, last - HISTORY[timeframe] * spanMs);
      }
      const since = rows.length > 0 ? rows.at(-1)[0] + spanMs : first;
      if (since + spanMs <= nowMs) {
        rows.push(...(await fetchRows(this.exchange, timeframe, since)));
      }
      const keep = 2 * HISTORY[timeframe] + 1000;
      rows.splice(0, Math.max(rows.length - keep, 0));
    }
  }

  /** Every closed candle that was not looked at. */
  async workOff() {
    const entries = Object.entries(this.rows);
    const frames = Object.fromEntries(entries.map(([key, rows]) => [key, candleColumns(rows)]));
    const base = frames[TIMEFRAME];
    const places = base.open_time_ms.map((time, i) => [time, i]);
    const due = places.filter(([time]) => time > this.state.last_candle).map(([, i]) => i);
    if (due.length === 0) {
      return;
    }
    const columns = indicatorColumns(frames);
    for (const i of due) {
      const bar = barAt(base, i);
      const signals = { buy: buys(columns, i), sell: sells(columns, i) };
      if (this.isLive) {
        await this.liveCandle(bar, signals, i === due.at(-1));
      } else {
        this.paperCandle(bar, signals);
      }
    }
  }

  /** One candle on paper. */
  paperCandle(bar, signals) {
    const trades = this.state.trades.length;
    const decisions = playCandle(this.state, RISK, this.rules, bar);
    decisions.push(...closeCandle(this.state, RISK, this.rules, bar, signals));
    this.save();
    for (const { action, reason, time } of decisions) {
      say("INFO", `${action} (${reason}) at ${time}`);
    }
    for (const trade of this.state.trades.slice(trades)) {
      say("INFO", `closed at ${trade.exit_price}: ${trade.pnl.toFixed(8)}`);
    }
  }

  /** One candle at the exchange; older ones that were missed decide nothing any more. */
  async liveCandle(bar, signals, isNewest) {
    const state = this.state;
    if (state.since_exit !== null) {
      state.since_exit += 1;
    }
    if (state.quantity > 0 && bar.time >= state.entry_time) {
      const [, reason] = protectiveFill(state, RISK, this.rules, bar);
      if (reason) {
        await this.leave(bar.time, reason);
      }
    }
    if (!isNewest) {
      mark(state, RISK, bar);
      return;
    }
    for (const { action, reason, time } of closeCandle(state, RISK, this.rules, bar, signals)) {
      say("INFO", `${action} (${reason}) at ${time}`);
    }
    this.save();
    if (state.order !== null) {
      await execute(this.exchange, state, RISK, this.rules, this.save);
    }
  }

  /** Sell now. */
  async leave(time, reason) {
    say("INFO", `${reason} was touched`);
    this.state.order = { action: "exit", reason, time };
    await execute(this.exchange, this.state, RISK, this.rules, this.save);
  }

  /** Wait for the next candle; with a position at the exchange its stops are watched. */
  async waitForClose() {
    const spanMs = timeframeMs(TIMEFRAME);
    const closeMs = bucketStart(this.exchange.milliseconds(), TIMEFRAME) + spanMs;
    await wait(0);
    const secondsLeft = () => (closeMs - this.exchange.milliseconds()) / 1000 + GRACE_S;
    for (let left = secondsLeft(); left > 0; left = secondsLeft()) {
      const isWatching = this.isLive && this.state.quantity > 0;
      await wait(isWatching ? Math.min(left, WATCH_EVERY_S) : left);
      if (isWatching && left > WATCH_EVERY_S) {
        await this.watch(closeMs - spanMs);
      }
    }
  }

  /** Sell where the last price is beyond a stop or the target. */
  async watch(time) {
    const price = (await retried(() => this.exchange.fetchTicker(SYMBOL), "ticker")).last;
    const [stop, reason] = activeStop(this.state, RISK, this.rules);
    if (price > 0 && price <= stop) {
      await this.leave(time, reason);
    } else if (this.state.target > 0 && price >= this.state.target) {
      await this.leave(time, PROTECTIVE[1]);
    }
  }
}
