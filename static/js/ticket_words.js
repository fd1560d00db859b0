// The sentences of exchanges/pages/order_words.py, written while somebody types.
import { grouped, naturalPlaces } from "./format.js";
import { rests, waitsFor } from "./ticket_math.js";

const places = (step, value) => (step ? Math.max(0, (String(step).split(".")[1] ?? "").replace(/0+$/, "").length) : naturalPlaces(value));

export function writer(facts) {
  return {
    base: (quantity) => `${grouped(quantity, places(facts.amountStepText, quantity))} ${facts.base}`,
    quote: (amount) => `${grouped(amount, 2)} ${facts.quote}`,
    price: (price) => grouped(price, places(facts.priceStepText, price)),
  };
}

function deal(asked, found, write) {
  const size = `${asked.side === "buy" ? "buys" : "sells"} ${found.exact ? "" : "about "}${write.base(found.quantity)}`;
  return rests(asked.type) && asked.price
    ? `${size} at ${write.price(asked.price)} or better, for ${write.quote(found.cost)}, fee up to ${write.quote(found.fee)}.`
    : `${size} at market, for about ${write.quote(found.cost)}, fee ${write.quote(found.fee)}.`;
}

function what(asked, found, write) {
  const words = deal(asked, found, write);
  const waits = waitsFor(asked.type);
  if (waits === "trail" && asked.callback) {
    const turn = asked.side === "buy" ? `rises ${grouped(asked.callback, 2)} % from its lowest` : `falls ${grouped(asked.callback, 2)} % from its highest`;
    return `When the price ${turn}${asked.activation ? `, counted once it has come to ${write.price(asked.activation)}` : ""}, ${words}`;
  }
  if (waits && waits !== "trail" && asked.trigger) {
    const rises = (waits === "take") !== (asked.side === "buy");
    return `When the price ${rises ? "rises" : "falls"} to ${write.price(asked.trigger)}, ${words}`;
  }
  return words[0].toUpperCase() + words.slice(1);
}

export function sentences(asked, found, facts) {
  const write = writer(facts);
  const lines = [what(asked, found, write)];
  if (facts.isContract) {
    if (found.closes) lines.push(`Closes ${write.base(found.closes)} of your ${asked.side === "buy" ? "short" : "long"}.`);
    else if (asked.reduceOnly) lines.push("There is no position that it would reduce.");
    if (found.margin) {
      const level = found.liquidation ? `liquidation at about ${write.price(found.liquidation)}` : "no liquidation price";
      lines.push(`Margin ${write.quote(found.margin)} at ${asked.leverage}x ${asked.mode}, ${level}.`);
    }
  }
  if (asked.postOnly && asked.type === "limit") lines.push("Not placed if it would trade at once.");
  if (found.short) lines.push("The book shows less than that: the rest may not be filled.");
  if (asked.takeProfit) lines.push(`Takes profit at ${write.price(asked.takeProfit)}.`);
  if (asked.stopLoss) lines.push(`Stops losses at ${write.price(asked.stopLoss)}.`);
  return lines;
}
