// Money, position and orders, all in one plain object that is written to disk as it is.

export const PROTECTIVE = ["stop_loss", "take_profit", "trailing_stop"];

/** Nothing bought yet. */
export function newState(cash) {
  return {
    cash,
    start_cash: cash,
    quantity: 0,
    entry_price: 0,
    entry_time: null,
    entry_fee: 0,
    stop: 0,
    target: 0,
    best: 0,
    order: null,
    since_exit: null,
    peak: cash,
    drawdown: 0,
    stopped: false,
    last_candle: null,
    last_price: 0,
    skips: {},
    trades: [],
  };
}

/** Whole steps in a value; a hair below a whole number counts as that number. */
export function stepsDown(value) {
  const nearest = Math.floor(value + 0.5);
  if (Math.abs(value - nearest) <= 1e-9 + Math.abs(value) * 1e-14) {
    return nearest;
  }
  return Math.floor(value);
}

/** Largest multiple of a step [numerator, denominator] that is not above the value. */
export function floorToStep(value, step) {
  if (step[0] === 0) {
    return value;
  }
  return (stepsDown((value * step[1]) / step[0]) * step[0]) / step[1];
}

/** Nearest multiple of a step. */
export function roundToStep(value, step) {
  if (step[0] === 0) {
    return value;
  }
  return (stepsDown((((value + value) * step[1]) / step[0] + 1) / 2) * step[0]) / step[1];
}

/** Price of a market order that buys (1) or sells (-1). */
export function marketPrice(rules, direction, price) {
  return roundToStep(price * (1 + direction * rules.slippage), rules.price_step);
}

/** How much an entry buys, or the reason why it buys nothing. */
export function entryQuantity(cash, price, fraction, rules) {
  if (cash * fraction <= 0) {
    return [0, "no_cash"];
  }
  const feeRate = rules.fee_rate;
  const step = rules.amount_step;
  let quantity = floorToStep((cash * fraction) / (price * (1 + feeRate)), step);
  const cost = quantity * price + quantity * price * feeRate;
  if (cost > cash * (1 + 1e-14) && step[0] > 0) {
    quantity = floorToStep(quantity - step[0] / step[1], step);
  }
  if (quantity <= 0 || quantity < rules.amount_min) {
    return [0, "below_minimum_amount"];
  }
  if (quantity * price < rules.notional_min) {
    return [0, "below_minimum_notional"];
  }
  return [quantity, ""];
}

/** Count an entry that came to nothing. */
export function skip(state, reason) {
  const skips = state.skips;
  if (!(reason in skips)) {
    skips[reason] = 0;
  }
  skips[reason] += 1;
}

/** A fill that bought: {"time", "price", "quantity", "fee"}. */
export function bookEntry(state, risk, rules, fill) {
  const cost = fill.quantity * fill.price + fill.fee;
  const left = state.cash - cost;
  state.cash = left * 1e12 < state.cash ? 0 : left;
  const entry = fill.price;
  state.quantity = roundToStep(fill.quantity, rules.amount_step);
  state.entry_price = entry;
  state.entry_time = fill.time;
  state.entry_fee = fill.fee;
  state.best = entry;
  const stop = risk.stop_loss;
  const target = risk.take_profit;
  const step = rules.price_step;
  state.stop = stop > 0 ? roundToStep(entry * (1 - stop), step) : 0;
  state.target = target > 0 ? roundToStep(entry * (1 + target), step) : 0;
}

/** A fill that sold everything: {"time", "price", "quantity", "fee", "reason"}. */
export function bookExit(state, fill) {
  const quantity = state.quantity;
  const margin = quantity * state.entry_price;
  const gross = quantity * (fill.price - state.entry_price);
  state.cash += margin + gross - fill.fee;
  const fees = state.entry_fee + fill.fee;
  state.trades.push({
    entry_time: state.entry_time,
    entry_price: state.entry_price,
    exit_time: fill.time,
    exit_price: fill.price,
    quantity,
    fees,
    pnl: gross - fees,
    exit_reason: fill.reason,
  });
  state.quantity = 0;
  state.since_exit = 0;
}

/** [price, reason] of the stop that counts on this candle. */
export function activeStop(state, risk, rules) {
  const trailing = risk.trailing_stop;
  if (trailing > 0) {
    const trail = roundToStep(state.best * (1 - trailing), rules.price_step);
    if (state.stop <= 0 || trail > state.stop) {
      return [trail, "trailing_stop"];
    }
  }
  return [state.stop, "stop_loss"];
}

/** [price, reason] at which this candle closes the position; no reason for none. */
export function protectiveFill(state, risk, rules, bar) {
  const [stop, reason] = activeStop(state, risk, rules);
  if (stop > 0) {
    if (bar.open <= stop) {
      return [bar.open, reason];
    }
    if (bar.low <= stop) {
      return [Math.max(marketPrice(rules, -1, stop), bar.low), reason];
    }
  }
  const target = state.target;
  if (target > 0) {
    if (bar.open >= target) {
      return [bar.open, "take_profit"];
    }
    if (bar.high >= target) {
      return [target, "take_profit"];
    }
  }
  return [0, ""];
}

/** Sell everything at this price. */
export function sellOnPaper(state, rules, time, price, reason) {
  const fee = Math.min(state.quantity * price * rules.fee_rate, state.quantity * price);
  const fill = { time, price, quantity: state.quantity, fee };
  bookExit(state, { ...fill, reason });
}

/** The order that waits fills at the open; gives the fill, or nothing where it was skipped. */
export function fillOrderOnPaper(state, risk, rules, time, price) {
  const order = state.order;
  state.order = null;
  if (order.action === "exit") {
    sellOnPaper(state, rules, time, marketPrice(rules, -1, price), order.reason);
    return;
  }
  const paid = marketPrice(rules, 1, price);
  const [quantity, refusal] = entryQuantity(state.cash, paid, risk.max_position_size, rules);
  if (refusal) {
    skip(state, refusal);
    return;
  }
  const fee = quantity * paid * rules.fee_rate;
  const fill = { time, price: paid, quantity, fee };
  bookEntry(state, risk, rules, fill);
}

/** A candle on paper: the order that waits, then stops and target; gives the decisions made. */
export function playCandle(state, risk, rules, bar) {
  const made = [];
  if (state.since_exit !== null) {
    state.since_exit += 1;
  }
  if (state.order !== null) {
    fillOrderOnPaper(state, risk, rules, bar.time, bar.open);
  }
  if (state.quantity > 0) {
    const [price, reason] = protectiveFill(state, risk, rules, bar);
    if (reason) {
      sellOnPaper(state, rules, bar.time, price, reason);
      made.push({ time: bar.time, action: "exit", reason });
    }
  }
  return made;
}

/** The candle is over: best price, equity, peak, drawdown limit. */
export function mark(state, risk, bar) {
  state.best = Math.max(state.best, bar.high);
  const held = state.quantity;
  const entry = state.entry_price;
  const equity = state.cash + (held > 0 ? held * entry + held * (bar.close - entry) : 0);
  state.peak = Math.max(state.peak, equity);
  state.drawdown = Math.max(state.drawdown, 1 - equity / state.peak);
  state.last_candle = bar.time;
  state.last_price = bar.close;
  const limit = risk.max_drawdown;
  if (limit > 0 && equity <= state.peak * (1 - limit)) {
    state.stopped = true;
  }
}

/** [action, reason] at a close; an order then waits for the next open. */
export function decide(state, risk, signals) {
  if (state.quantity > 0) {
    if (state.order !== null) {
      return ["none", signals.sell ? "pending" : ""];
    }
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
  return ["enter_long", "signal"];
}

/** Mark the candle and decide; gives the decision, or nothing where there is none. */
export function closeCandle(state, risk, rules, bar, signals) {
  mark(state, risk, bar);
  const [action, reason] = decide(state, risk, signals);
  if (action !== "none") {
    state.order = { action, reason, time: bar.time };
  }
  if (reason) {
    return [{ time: bar.time, action, reason }];
  }
  return [];
}
