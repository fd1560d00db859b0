// What an order would about cost, for showing it while somebody types; the server decides.
// The same steps as exchanges/core/ticket_room.py and margin_account.py, on floats.
const CUSHION = 0.002;
const WAITS = { stop_loss: "stop", stop_limit: "stop", take_profit: "take", take_profit_limit: "take", trailing_stop: "trail" };
const RESTS = new Set(["limit", "stop_limit", "take_profit_limit"]);

export const waitsFor = (type) => WAITS[type] ?? "";
export const rests = (type) => RESTS.has(type);

const against = (facts, side) => (side === "buy" ? facts.asks : facts.bids);

function floorToStep(quantity, step) {
  if (!step) return quantity;
  const steps = quantity / step;
  const nearest = Math.round(steps);
  const whole = Math.abs(steps - nearest) <= 1e-9 + Math.abs(steps) * 1e-14 ? nearest : Math.floor(steps);
  return Number((whole * step).toFixed(12));
}

export function reducible(facts, side) {
  const closes = side === "buy" ? facts.held < 0 : facts.held > 0;
  return closes ? Math.abs(facts.held) : 0;
}

// asked: side, type, price, trigger, by, amount, reduceOnly, leverage, mode (numbers, NaN where empty).
function givenPrice(asked) {
  return (rests(asked.type) && asked.price) || (waitsFor(asked.type) && asked.trigger) || 0;
}

function priceFor(asked, facts) {
  return givenPrice(asked) || against(facts, asked.side)[0]?.[0] || facts.last;
}

// How much a share of what there is would be, and what it is a share of.
export function whole(asked, facts) {
  if (!facts.isContract) return asked.side === "buy" ? { amount: facts.freeQuote, asset: facts.quote, words: "available" } : { amount: facts.freeBase, asset: facts.base, words: "available" };
  const closes = reducible(facts, asked.side);
  if (closes) return { amount: closes, asset: facts.base, words: "of the position" };
  return { amount: facts.available, asset: facts.quote, words: "available as margin" };
}

function quantityOf(asked, facts, price) {
  const { by, amount } = asked;
  if (by === "quantity") return { quantity: amount, exact: true };
  const steps = (quantity) => ({ quantity: floorToStep(quantity, facts.amountStep), exact: true });
  const inQuote = asked.type === "market" && !facts.isContract;
  if (by === "cost") return inQuote ? { spends: amount } : steps(amount / price);
  const share = amount / 100;
  if (facts.isContract) {
    const closes = reducible(facts, asked.side);
    if (closes) return steps(closes * share);
    if (asked.reduceOnly) return steps(0);
    const cushion = rests(asked.type) ? 0 : CUSHION;
    return steps((facts.available * share) / (price * (1 / asked.leverage + facts.feeRate + cushion)));
  }
  if (asked.side === "sell") return steps(facts.freeBase * share);
  const spends = facts.freeQuote * share;
  return inQuote ? { spends: Math.floor(spends * 100) / 100 } : steps(spends / (price * (1 + facts.feeRate)));
}

function bought(levels, amount, feeRate) {
  let quantity = 0;
  for (const [price, size] of levels) {
    const part = Math.min(size, amount / (price * (1 + feeRate)));
    quantity += part;
    amount -= part * price * (1 + feeRate);
    if (amount <= 1e-12 || part < size) break;
  }
  return quantity;
}

function walk(levels, quantity) {
  let [left, cost] = [quantity, 0];
  for (const [price, size] of levels) {
    const part = Math.min(size, left);
    cost += part * price;
    left -= part;
    if (left <= 1e-12) break;
  }
  const filled = quantity - Math.max(0, left);
  return { filled, price: filled ? cost / filled : 0 };
}

// The mark at which the maintenance margin is all that is left, in the tier where it lies.
function liquidation(way, quantity, entry, margin, tiers) {
  let floor = 0;
  for (const [cap, rate, amount] of tiers) {
    const price = (way * quantity * entry - margin - amount) / (quantity * (way - rate));
    const notional = price * quantity;
    if (notional >= floor && notional < cap) return price > 0 ? price : 0;
    floor = cap;
  }
  return 0;
}

function ofContract(found, asked, facts) {
  const way = asked.side === "buy" ? 1 : -1;
  const closes = Math.min(reducible(facts, asked.side), found.quantity);
  const opens = asked.reduceOnly ? 0 : found.quantity - closes;
  const margin = (opens * found.price) / asked.leverage;
  if (opens <= 1e-12) return { ...found, closes, margin: 0, liquidation: 0 };
  const after = facts.held + way * found.quantity;
  const adds = facts.held * way >= 0;
  const entry = adds ? (facts.held * facts.entry + way * found.quantity * found.price) / after : found.price;
  const kept = closes ? 0 : facts.margin;
  const behind = asked.mode === "isolated" ? kept + margin : facts.available;
  return { ...found, closes, margin, liquidation: liquidation(Math.sign(after), Math.abs(after), entry, behind, facts.tiers) };
}

export function preview(asked, facts) {
  let price = priceFor(asked, facts);
  if (!price || !(asked.amount > 0)) return null;
  const levels = against(facts, asked.side);
  const sized = quantityOf(asked, facts, price);
  let quantity = sized.quantity;
  let short = false;
  if (quantity === undefined) {
    const all = levels.reduce((sum, level) => sum + level[1], 0);
    quantity = asked.side === "buy" && levels.length ? bought(levels, sized.spends, facts.feeRate) : sized.spends / price;
    short = asked.side === "buy" && levels.length > 0 && quantity >= all;
    quantity = floorToStep(quantity, facts.amountStep);
  }
  if (!givenPrice(asked) && levels.length) {
    const taken = walk(levels, quantity);
    short ||= taken.filled < quantity - 1e-12;
    price = taken.price || price;
  }
  const found = { quantity, price, cost: quantity * price, fee: quantity * price * facts.feeRate, exact: Boolean(sized.exact), short };
  return facts.isContract && quantity ? ofContract(found, asked, facts) : found;
}

// More than there is: what is needed and what is there, or null.
export function lacks(found, asked, facts) {
  if (facts.isContract) {
    const need = found.margin + (found.margin ? found.fee : 0);
    return need > facts.available * 1.0000001 ? { need, there: facts.available, asset: facts.quote } : null;
  }
  if (asked.side === "sell") return found.quantity > facts.freeBase ? { need: found.quantity, there: facts.freeBase, asset: facts.base } : null;
  const need = asked.type === "market" && !found.exact ? asked.amount : found.cost + found.fee;
  return asked.by !== "percent" && need > facts.freeQuote ? { need, there: facts.freeQuote, asset: facts.quote } : null;
}
