// What fills do to a position that grows and shrinks, and to the money.

import { floorToStep, roundToStep } from "../trading/account.js";

/** The part of the state that is about a position. */
export function nothingHeld() {
  return {
    quantity: 0,
    entry_price: 0,
    entry_time: null,
    first_price: 0,
    first_quantity: 0,
    bought: 0,
    margin: 0,
    locked: 0,
    gross: 0,
    fees: 0,
    stop: 0,
    target: 0,
    best: 0,
    adding: 0,
    scaled_in: [],
    scaled_out: [],
  };
}

/** Forget the position. */
export function letGo(state) {
  Object.assign(state, nothingHeld());
}

/** [quantity on the market's step, refusal]. */
export function checkedQuantity(cash, quantity, price, feeRate, rules) {
  const step = rules.amount_step;
  quantity = floorToStep(quantity, step);
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

/** A fill that opens or adds: {"time", "price", "quantity", "fee_rate"}. */
export function buy(state, risk, rules, fill) {
  const quantity = fill.quantity;
  const price = fill.price;
  const notional = quantity * price;
  const paid = quantity * price * fill.fee_rate;
  const left = state.cash - (notional + paid);
  state.cash = left * 1e12 < state.cash ? 0 : left;
  const held = state.quantity;
  if (held === 0) {
    state.entry_price = price;
    state.entry_time = fill.time;
    state.first_price = price;
    state.first_quantity = quantity;
    state.best = price;
  } else {
    state.entry_price = (held * state.entry_price + notional) / (held + quantity);
  }
  state.bought += quantity;
  state.quantity = roundToStep(held + quantity, rules.amount_step);
  state.locked += notional;
  state.margin += notional;
  state.fees += paid;
  const entry = state.entry_price;
  const stop = risk.stop_loss;
  const target = risk.take_profit;
  const step = rules.price_step;
  state.stop = stop > 0 ? roundToStep(entry * (1 - stop), step) : 0;
  state.target = target > 0 ? roundToStep(entry * (1 + target), step) : 0;
}

/** A fill that closes a part or all: {"time", "price", "quantity", "fee_rate", "reason"}. */
export function sell(state, rules, fill) {
  const held = state.quantity;
  const left = roundToStep(held - fill.quantity, rules.amount_step);
  const isAll = left <= 0;
  const quantity = isAll ? held : fill.quantity;
  const part = isAll ? state.margin : (state.margin * quantity) / held;
  const gross = quantity * (fill.price - state.entry_price);
  const paid = Math.min(quantity * fill.price * fill.fee_rate, part + gross);
  state.cash += part + gross - paid;
  state.margin -= part;
  state.gross += gross;
  state.fees += paid;
  state.quantity = left;
  if (!isAll) {
    return;
  }
  const pnl = state.gross - state.fees;
  state.trades.push({
    entry_time: state.entry_time,
    entry_price: state.entry_price,
    exit_time: fill.time,
    exit_price: fill.price,
    quantity: state.bought,
    fees: state.fees,
    pnl,
    exit_reason: fill.reason,
    return: pnl / state.locked,
  });
  letGo(state);
  state.since_exit = 0;
}

/** Sell some of the position, or all of it. */
export function closePart(state, rules, bar, price, quantity, reason, feeRate) {
  const fill = { time: bar.time, price, quantity, fee_rate: feeRate };
  sell(state, rules, { ...fill, reason });
}
