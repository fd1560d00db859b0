// The command line.

import { parseArgs } from "node:util";
import { EXCHANGE, NAME, PAPER_ONLY, STATE_FILE } from "../strategy.js";
import { performance } from "../trading/summary.js";
import { printLines, replay, stepFraction } from "./candle_file.js";
import { STOP, say } from "./exchange.js";
import { Bot } from "./live.js";
import { loadState } from "./state_file.js";

export const USAGE = `${NAME}

  --candles FILE       play a CSV file of candles instead of trading
    --vectors          a JSON line for each decision
    --values           a JSON line for each candle
    --price-step, --amount-step, --amount-min, --notional-min: the market's
  --paper              trade on paper (the default)
  --live               send orders; keys from EXCHANGE_API_KEY, EXCHANGE_API_SECRET
  --summary            show the performance so far and end
  --exchange ID        a ccxt exchange (${EXCHANGE})
  --base-url URL       a server compatible with Binance's API
  --state FILE         where the state is kept (${STATE_FILE})
  --cash N             quote currency it may use (10000)
  --fee N              fee rate on paper (the exchange's; 0.0004 for a file)
  --slippage N         slippage on paper, a fraction
`;

/** What the command line says. */
export function commandLine() {
  const text = (value) => ({ type: "string", default: value });
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({
    options: {
      candles: text(""),
      vectors: flag,
      values: flag,
      paper: flag,
      live: flag,
      summary: flag,
      help: flag,
      exchange: text(EXCHANGE),
      "base-url": text(""),
      state: text(STATE_FILE),
      cash: text("10000"),
      fee: text(""),
      slippage: text("0"),
      "price-step": text(""),
      "amount-step": text(""),
      "amount-min": text("0"),
      "notional-min": text("0"),
    },
  });
  return values;
}

/** --candles: the strategy over a file. */
export function playFile(given) {
  const fee = given.fee ? Number(given.fee) : 0.0004;
  const rules = {
    fee_rate: fee,
    maker_rate: fee,
    slippage: Number(given.slippage),
    price_step: stepFraction(given["price-step"]),
    amount_step: stepFraction(given["amount-step"]),
    amount_min: Number(given["amount-min"]),
    notional_min: Number(given["notional-min"]),
  };
  const wanted = given.vectors ? "vectors" : given.values ? "values" : "summary";
  replay(given.candles, rules, Number(given.cash), wanted);
}

/** On paper or at the exchange, until it is stopped; the performance at the end. */
export async function trade(given) {
  if (given.live && PAPER_ONLY) {
    throw new Error(`${PAPER_ONLY} is for paper and candle files only; leave it out to trade live`);
  }
  if (given.live && !process.env.EXCHANGE_API_KEY) {
    throw new Error("set EXCHANGE_API_KEY and EXCHANGE_API_SECRET to trade live");
  }
  const bot = new Bot({
    mode: given.live ? "live" : "paper",
    exchange: given.exchange,
    baseUrl: given["base-url"],
    state: given.state,
    cash: Number(given.cash),
    fee: given.fee ? Number(given.fee) : undefined,
    slippage: Number(given.slippage),
  });
  for (const name of ["SIGINT", "SIGTERM"]) {
    process.on(name, () => STOP.abort());
  }
  process.on("SIGUSR2", () => say("INFO", JSON.stringify(performance(bot.state))));
  try {
    await bot.run();
  } finally {
    say("INFO", `performance: ${JSON.stringify(performance(bot.state))}`);
  }
}

/** Play a file, show the performance, or trade. */
export async function main() {
  try {
    const given = commandLine();
    if (given.help) {
      process.stdout.write(USAGE);
    } else if (given.candles) {
      playFile(given);
    } else if (given.summary) {
      const state = loadState(given.state);
      if (state === null) {
        throw new Error(`${given.state} is not there: it has not traded yet`);
      }
      printLines([performance(state)]);
    } else {
      await trade(given);
    }
  } catch (fault) {
    say("ERROR", fault.message);
    process.exitCode = 1;
  }
}
