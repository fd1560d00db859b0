// Trading on paper with the options of `risk`: instead of the plain functions of these names.

import { buy, checkedQuantity, closePart, nothingHeld } from "./fills.js";
import { holds, isLocked, lookBack, sizedNotional } from "./limits.js";
import { floorToStep, marketPrice, protectiveFill, roundToStep, skip } from "../trading/account.js";

/** Nothing bought yet. */
export function newState(cash) {
  return {
    cash,
    start_cash: cash,
    worth: cash,
    order: null,
    since_exit: null,
    peak: cash,
    drawdown: 0,
    stopped: false,
    last_candle: null,
    last_price: 0,
    locked_ms: 0,
    looked_at: 0,
    closes: [],
    skips: {},
    trades: [],
    ...nothingHeld(),
  };
}

/** The entry that waits; gives the candle as the position meets it, or nothing. */
export function enter(state, risk, rules, bar) {
  const order = state.order;
  let price = marketPrice(rules, 1, bar.open);
  let rate = rules.fee_rate;
  let rest = bar;
  if (order.limit !== null) {
    const limit = order.limit;
    if (bar.open < limit) {
      price = bar.open;
    } else if (bar.low < limit) {
      price = limit;
      rest = { ...bar, open: limit, high: Math.max(bar.close, limit) };
    } else {
      return null;
    }
    rate = rules.maker_rate;
  }
  state.order = null;
  let [notional, refusal] = sizedNotional(state, risk);
  const budget = state.cash * risk.max_position_size;
  if (!refusal && budget <= 0) {
    refusal = "no_cash";
  }
  let quantity = 0;
  if (!refusal) {
    const most = budget / (price * (1 + rate));
    const wanted = notional === null ? most : Math.min(most, notional / price);
    [quantity, refusal] = checkedQuantity(state.cash, wanted, price, rate, rules);
  }
  if (refusal) {
    skip(state, refusal);
    return null;
  }
  const fill = { time: bar.time, price, quantity, fee_rate: rate };
  buy(state, risk, rules, fill);
  return rest;
}

/** Scale in at the open by the steps that the last close reached. */
export function add(state, risk, rules, bar) {
  let wanted = state.adding * state.first_quantity;
  state.adding = 0;
  if (state.cash <= 0) {
    skip(state, "no_cash");
    return;
  }
  const price = marketPrice(rules, 1, bar.open);
  const rate = rules.fee_rate;
  wanted = Math.min(wanted, state.cash / (price * (1 + rate)));
  const [quantity, refusal] = checkedQuantity(state.cash, wanted, price, rate, rules);
  if (refusal) {
    skip(state, refusal);
    return;
  }
  const fill = { time: bar.time, price, quantity, fee_rate: rate };
  buy(state, risk, rules, fill);
}

/** The partial targets that this candle reaches, from the nearest on. */
export function scaleOut(state, risk, rules, bar) {
  for (let number = 0; number < risk.scale_out.length; number += 1) {
    const step = risk.scale_out[number];
    const level = roundToStep(state.entry_price * (1 + step.at), rules.price_step);
    const isNew = !holds(state.scaled_out, number);
    if (state.quantity > 0 && isNew && level > 0 && bar.high >= level) {
      state.scaled_out.push(number);
      const price = Math.max(bar.open, level);
      let quantity = state.quantity;
      if (!step.closes) {
        const wanted = Math.min(step.part * state.bought, quantity);
        quantity = floorToStep(wanted, rules.amount_step);
        if (quantity < rules.amount_min || quantity * price < rules.notional_min) {
          quantity = 0;
        }
      }
      if (quantity > 0) {
        closePart(state, rules, bar, price, quantity, "take_profit", rules.maker_rate);
      }
    }
  }
}

/** The candle as the position meets it: stop, partial targets, target; gives the decisions. */
export function meet(state, risk, rules, bar) {
  if (state.quantity === 0) {
    return [];
  }
  const [price, reason] = protectiveFill(state, risk, rules, bar);
  if (reason === "" || reason === "take_profit") {
    scaleOut(state, risk, rules, bar);
    if (state.quantity === 0) {
      return [{ time: bar.time, action: "exit", reason: "take_profit" }];
    }
  }
  if (reason === "") {
    return [];
  }
  closePart(state, rules, bar, price, state.quantity, reason, rules.fee_rate);
  return [{ time: bar.time, action: "exit", reason }];
}

/** Meet the candle, and remember its best price. */
export function walk(state, risk, rules, bar) {
  const made = meet(state, risk, rules, bar);
  state.best = Math.max(state.best, bar.high);
  return made;
}

/** A candle on paper; gives the decisions made within it. */
export function playCandle(state, risk, rules, bar) {
  let made = [];
  if (state.since_exit !== null) {
    state.since_exit += 1;
  }
  const order = state.order;
  if (state.quantity > 0) {
    if (order !== null) {
      state.order = null;
      const price = marketPrice(rules, -1, bar.open);
      const held = state.quantity;
      closePart(state, rules, bar, price, held, order.reason, rules.fee_rate);
      return made;
    }
    if (state.adding === 0) {
      return walk(state, risk, rules, bar);
    }
    const opening = { ...bar, high: bar.open, low: bar.open, close: bar.open };
    made = meet(state, risk, rules, opening);
    if (state.quantity > 0) {
      add(state, risk, rules, bar);
      made = [...made, ...walk(state, risk, rules, bar)];
    }
  } else if (order !== null) {
    const rest = enter(state, risk, rules, bar);
    if (rest !== null) {
      made = walk(state, risk, rules, rest);
    }
  }
  return made;
}

/** The candle is over: an order that expires, equity, peak, drawdown limit. */
export function mark(state, risk, bar) {
  const order = state.order;
  if (order !== null && order.limit !== null) {
    order.left -= 1;
    if (order.left <= 0) {
      state.order = null;
      skip(state, "entry_expired");
    }
  }
  const profit = state.quantity * (bar.close - state.entry_price);
  state.worth = state.cash + (state.margin + profit);
  state.peak = Math.max(state.peak, state.worth);
  state.drawdown = Math.max(state.drawdown, 1 - state.worth / state.peak);
  state.last_candle = bar.time;
  state.last_price = bar.close;
  state.closes.push(bar.close);
  state.closes = state.closes.slice(-risk.closes_kept);
  const limit = risk.max_drawdown;
  if (limit > 0 && state.worth <= state.peak * (1 - limit)) {
    state.stopped = true;
    state.order = null;
    state.adding = 0;
  }
}

/** [action, reason] at a close. */
export function decide(state, risk, signals, time) {
  if (state.quantity > 0) {
    if (state.stopped) {
      return ["exit", "max_drawdown"];
    }
    return signals.sell ? ["exit", "signal"] : ["none", ""];
  }
  if (!signals.buy || signals.sell) {
    return ["none", ""];
  }
  if (state.order !== null) {
    return ["none", "pending"];
  }
  if (state.stopped) {
    return ["none", "max_drawdown"];
  }
  const since = state.since_exit;
  if (since !== null && since < risk.cooldown_candles) {
    return ["none", "cooldown"];
  }
  return isLocked(state, time) ? ["none", "protection"] : ["enter_long", "signal"];
}

/** Mark the candle and decide; gives the decision, or nothing where there is none. */
export function closeCandle(state, risk, rules, bar, signals) {
  mark(state, risk, bar);
  lookBack(state, risk);
  const [action, reason] = decide(state, risk, signals, bar.time);
  if (action !== "none") {
    state.order = { action, reason, time: bar.time, limit: null };
    if (action === "enter_long" && risk.entry_order !== null) {
      const offset = risk.entry_order.offset;
      state.order.limit = roundToStep(bar.close * (1 - offset), rules.price_step);
      state.order.left = risk.entry_order.expires_after;
    }
  }
  if (state.quantity > 0 && action !== "exit") {
    state.adding = stepsReached(state, risk, rules, bar.close);
  }
  if (reason) {
    return [{ time: bar.time, action, reason }];
  }
  return [];
}

/** Sizes of the steps for scaling in that this close is the first one to reach. */
export function stepsReached(state, risk, rules, close) {
  let total = 0;
  for (let number = 0; number < risk.scale_in.length; number += 1) {
    const step = risk.scale_in[number];
    const level = roundToStep(state.first_price * (1 + step.at), rules.price_step);
    const reached = step.at < 0 ? close <= level : close >= level;
    if (reached && !holds(state.scaled_in, number)) {
      state.scaled_in.push(number);
      total += step.size;
    }
  }
  return total;
}
