// Orders that are sent once: known on disk before the exchange hears of them.

import { createHash } from "node:crypto";
import { NAME, SYMBOL } from "../strategy.js";
import { bookEntry, bookExit, entryQuantity, floorToStep, skip } from "../trading/account.js";
import { isAway, isKind, retried, say, wait } from "./exchange.js";

export const ASK_AGAIN_S = 2;
export const ASKED_MAX = 5;

/** The same decision always gets the same id: sent twice it is still one order. */
export function clientOrderId(timeMs, leg) {
  const text = `${NAME}:${SYMBOL}:${timeMs}:${leg}`;
  return `cb${createHash("sha256").update(text).digest("hex").slice(0, 30)}`;
}

/** Send the order that waits, see it filled, and book it. */
export async function execute(exchange, state, risk, rules, save) {
  const order = state.order;
  if (!("client_id" in order)) {
    const [quantity, refusal] = await quantityOf(exchange, state, risk, rules);
    if (refusal) {
      say("WARNING", `${order.action} is skipped: ${refusal}`);
      skip(state, refusal);
      state.order = null;
      save();
      return;
    }
    order.quantity = quantity;
    order.client_id = clientOrderId(order.time, order.action);
    order.was_sent = false;
    save();
  }
  let report = await sentOnce(exchange, order, save);
  if (report !== null) {
    report = await watched(exchange, report);
  }
  if (!report?.filled) {
    say("ERROR", `${order.action} ${order.client_id} came to nothing`);
    skip(state, "refused");
  } else {
    book(state, risk, rules, order, await fillOf(exchange, report, rules));
  }
  state.order = null;
  save();
}

/** How much to buy or sell now: [quantity, refusal]. */
export async function quantityOf(exchange, state, risk, rules) {
  if (state.order.action === "exit") {
    return [floorToStep(state.quantity, rules.amount_step), ""];
  }
  const ticker = await retried(() => exchange.fetchTicker(SYMBOL), "ticker");
  const price = ticker.ask || ticker.last;
  return entryQuantity(state.cash, price, risk.max_position_size, rules);
}

/** The exchange's report of the order, or nothing where it refused it. */
export async function sentOnce(exchange, order, save) {
  const side = order.action === "exit" ? "sell" : "buy";
  for (;;) {
    if (order.was_sent) {
      const found = await findOrder(exchange, order.client_id);
      if (found !== null) {
        return found;
      }
    }
    order.was_sent = true;
    save();
    say("INFO", `${side} ${order.quantity} ${SYMBOL} as ${order.client_id}`);
    try {
      const params = { clientOrderId: order.client_id };
      return await exchange.createOrder(SYMBOL, "market", side, order.quantity, undefined, params);
    } catch (fault) {
      if (isAway(fault)) {
        say("WARNING", `what became of the order is not known (${fault.constructor.name})`);
      } else if (!isKind(fault, "DuplicateOrderId")) {
        if (!isKind(fault, "ExchangeError")) {
          throw fault;
        }
        // Our own id was taken: the order is there already.
        const found = await findOrder(exchange, order.client_id);
        if (found === null) {
          say("ERROR", `the exchange refused it: ${fault.constructor.name}`);
        }
        return found;
      }
    }
    await wait(ASK_AGAIN_S);
  }
}

/** The order by our own id; nothing once the exchange has said a few times that it is not. */
export async function findOrder(exchange, clientId) {
  for (let attempt = 0; attempt < ASKED_MAX; attempt += 1) {
    if (attempt > 0) {
      await wait(ASK_AGAIN_S);
    }
    try {
      const params = { clientOrderId: clientId, origClientOrderId: clientId };
      return await retried(() => exchange.fetchOrder("", SYMBOL, params), "order");
    } catch (fault) {
      if (!isKind(fault, "ExchangeError")) {
        throw fault;
      }
      if (!isKind(fault, "OrderNotFound")) {
        const found = await listedOrder(exchange, clientId);
        if (found !== null) {
          return found;
        }
      }
    }
  }
  return null;
}

/** The order from the lists of open and closed ones, where asking by our id is not possible. */
export async function listedOrder(exchange, clientId) {
  for (const method of ["fetchOpenOrders", "fetchClosedOrders", "fetchOrders"]) {
    if (exchange.has[method]) {
      for (const order of await retried(() => exchange[method](SYMBOL), "orders")) {
        if (order.clientOrderId === clientId) {
          return order;
        }
      }
    }
  }
  return null;
}

/** The report once the order is over. */
export async function watched(exchange, first) {
  let report = first;
  while (report.status === "open" || report.status === undefined) {
    await wait(1);
    const id = report.id;
    report = await retried(() => exchange.fetchOrder(id, SYMBOL), "order");
  }
  return report;
}

/** What an order bought or sold, with the fee in the quote currency. */
export async function fillOf(exchange, report, rules) {
  const market = exchange.markets[SYMBOL];
  const quantity = report.filled;
  const price = report.average || report.cost / quantity;
  const costs = await feesOf(exchange, report);
  const paidIn = (asset) =>
    costs.filter((one) => one.currency === asset).reduce((total, one) => total + one.cost, 0);
  const fee = costs.length > 0 ? paidIn(market.quote) : quantity * price * rules.fee_rate;
  const time = report.timestamp || exchange.milliseconds();
  return { time, price, quantity, fee, in_base: paidIn(market.base) };
}

/** The fees that an order cost: those it tells, else those of its trades. */
export async function feesOf(exchange, report) {
  const isKnown = (one) => one?.cost !== undefined && one.cost !== null;
  const costs = (report.fees?.length ? report.fees : [report.fee]).filter(isKnown);
  if (costs.length > 0 || !exchange.has.fetchMyTrades) {
    return costs;
  }
  const trades = await retried(() => exchange.fetchMyTrades(SYMBOL, undefined, 100), "trades");
  return trades
    .filter((one) => one.order === report.id)
    .map((one) => one.fee)
    .filter(isKnown);
}

/** The fill in our own books; a fee taken in the base currency makes what we hold smaller. */
export function book(state, risk, rules, order, fill) {
  if (order.action === "exit") {
    bookExit(state, { ...fill, reason: order.reason });
    const pnl = state.trades.at(-1).pnl.toFixed(8);
    say("INFO", `sold at ${fill.price} (${order.reason}): ${pnl}`);
    return;
  }
  const quantity = fill.quantity - fill.in_base;
  const fee = fill.fee + fill.in_base * fill.price;
  bookEntry(state, risk, rules, { ...fill, quantity, fee });
  say("INFO", `bought ${state.quantity} at ${fill.price}`);
}
