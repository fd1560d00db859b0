// The exchange through ccxt: candles, rules, orders. Keys come from the environment only.

import { setTimeout as pause } from "node:timers/promises";
import { SYMBOL } from "../strategy.js";
import { stepFraction } from "./candle_file.js";

// Aborted by a signal: whatever waits stops waiting.
export const STOP = new AbortController();
export const RETRY_FIRST_S = 1;
export const RETRY_LONGEST_S = 60;
export const PAGE = 500;

/** One line of the log. */
export function say(level, text) {
  process.stderr.write(`${new Date().toISOString()} ${level} ${text}\n`);
}

/** A ccxt exchange; keys only where orders are sent. */
export async function openExchange(settings) {
  // Candle files are played without it.
  const ccxt = (await import("ccxt")).default;
  const options = { enableRateLimit: true, timeout: 20000 };
  if (settings.mode === "live") {
    options.apiKey = process.env.EXCHANGE_API_KEY;
    options.secret = process.env.EXCHANGE_API_SECRET;
    if (process.env.EXCHANGE_API_PASSWORD) {
      options.password = process.env.EXCHANGE_API_PASSWORD;
    }
  }
  const exchange = new ccxt[settings.exchange](options);
  if (settings.baseUrl) {
    pointAt(exchange, settings.baseUrl.replace(/\/+$/, ""));
  }
  await retried(() => exchange.loadMarkets(), "markets");
  if (!(SYMBOL in exchange.markets)) {
    throw new Error(`${settings.exchange} has no market ${SYMBOL}`);
  }
  return exchange;
}

/** Speak to a server that is compatible with Binance's API, and to no other one. */
export function pointAt(exchange, baseUrl) {
  exchange.options.fetchMarkets = { types: ["spot"] };
  exchange.options.fetchCurrencies = false;
  exchange.options.fetchMargins = false;
  const addresses = Object.entries(exchange.urls.api).filter(([, one]) => typeof one === "string");
  exchange.urls.api = Object.fromEntries(
    addresses.map(([name, address]) => [name, baseUrl + new URL(address).pathname]),
  );
}

/** Whether an error of ccxt is of this class, or of one made of it. */
export function isKind(fault, name) {
  let kind = fault?.constructor;
  while (kind && kind.name) {
    if (kind.name === name) {
      return true;
    }
    kind = Object.getPrototypeOf(kind);
  }
  return false;
}

/** Whether the exchange was out of reach, or answered with something that is no answer. */
export function isAway(fault) {
  return isKind(fault, "NetworkError") || isKind(fault, "BadResponse");
}

/** The call's answer, asked again with growing pauses while the exchange is out of reach. */
export async function retried(call, what) {
  let seconds = RETRY_FIRST_S;
  for (;;) {
    try {
      return await call();
    } catch (fault) {
      if (!isAway(fault)) {
        throw fault;
      }
      say("WARNING", `${what}: ${fault.constructor.name}; again in ${seconds} s`);
    }
    await wait(seconds);
    seconds = Math.min(2 * seconds, RETRY_LONGEST_S);
  }
}

/** Pause, unless the program is told to stop: then an AbortError. */
export async function wait(seconds) {
  await pause(Math.max(seconds, 0) * 1000, undefined, { signal: STOP.signal });
}

/** Steps, minimums and fees of the market. */
export function marketRules(exchange, settings) {
  const market = exchange.markets[SYMBOL];
  const fee = settings.fee ?? market.taker ?? 0.001;
  return {
    fee_rate: fee,
    maker_rate: settings.fee ?? market.maker ?? fee,
    slippage: settings.slippage,
    price_step: stepOf(exchange, market.precision.price),
    amount_step: stepOf(exchange, market.precision.amount),
    amount_min: market.limits.amount?.min ?? 0,
    notional_min: market.limits.cost?.min ?? 0,
  };
}

/** A precision of ccxt as a step. */
export function stepOf(exchange, precision) {
  if (precision === undefined || precision === null) {
    return stepFraction("");
  }
  // 4: ccxt's TICK_SIZE; else the precision counts digits.
  const step = exchange.precisionMode === 4 ? Number(precision) : 10 ** -precision;
  return stepFraction(step.toFixed(18).replace(/\.?0+$/, ""));
}

/** Closed candles from a moment on, page by page. */
export async function fetchRows(exchange, timeframe, sinceMs) {
  const spanMs = exchange.parseTimeframe(timeframe) * 1000;
  const rows = [];
  for (;;) {
    const start = rows.length > 0 ? rows.at(-1)[0] + spanMs : sinceMs;
    const call = () => exchange.fetchOHLCV(SYMBOL, timeframe, start, PAGE);
    const fresh = (await retried(call, "candles")).filter((row) => row[0] >= start);
    rows.push(...fresh);
    if (fresh.length === 0 || rows.at(-1)[0] + spanMs > exchange.milliseconds()) {
      break;
    }
  }
  const nowMs = exchange.milliseconds();
  return rows.filter((row) => row[0] + spanMs <= nowMs).map((row) => row.slice(0, 6));
}
