// The order ticket while somebody fills it in: what it will do in words, prices taken from the book.
import { grouped } from "./format.js";
import { subscribe, unsubscribe } from "./live.js";
import { lacks, preview, whole } from "./ticket_math.js";
import { sentences, writer } from "./ticket_words.js";

const NEEDS_PRICE = new Set(["limit", "stop_limit", "take_profit_limit"]);
const NEEDS_TRIGGER = new Set(["stop_loss", "stop_limit", "take_profit", "take_profit_limit"]);

const numbers = (levels) => levels.map((level) => level.map(Number));

function read(raw) {
  const facts = { base: raw.base, quote: raw.quote, isContract: raw.is_contract, mode: raw.margin_mode, amountStepText: raw.amount_step, priceStepText: raw.price_step };
  const fields = { feeRate: "fee_rate", freeQuote: "free_quote", freeBase: "free_base", available: "available", leverage: "leverage", held: "held", entry: "entry", margin: "margin", last: "last", amountStep: "amount_step" };
  for (const [name, key] of Object.entries(fields)) facts[name] = Number(raw[key] ?? 0);
  return Object.assign(facts, { bids: numbers(raw.bids), asks: numbers(raw.asks), tiers: numbers(raw.tiers) });
}

class TicketForm {
  constructor(form) {
    this.form = form;
    this.facts = read(JSON.parse(form.querySelector("#ticket-facts").textContent));
    this.place = form.querySelector("[data-ticket-words]");
    for (const button of form.querySelectorAll("[data-send]")) button.value = "place";
    form.addEventListener("input", () => this.soon());
    this.listen();
    this.tell();
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  number(name) {
    const text = this.field(name)?.value.trim() ?? "";
    return text === "" ? NaN : Number(text);
  }

  asked() {
    const by = this.field("amount_by").value;
    const type = this.field("type").value;
    const brings = type === "market" || type === "limit";
    return {
      side: this.field("side").value, type, by,
      amount: this.number(by), price: this.number("price") || 0, trigger: this.number("trigger_price") || 0,
      callback: this.number("callback_percent") || 0, activation: this.number("activation_price") || 0,
      reduceOnly: Boolean(this.field("reduce_only")?.checked), postOnly: this.field("post_only").checked,
      leverage: this.number("leverage") || this.facts.leverage || 1, mode: this.field("margin_mode")?.value || this.facts.mode,
      takeProfit: (brings && this.number("take_profit_price")) || 0, stopLoss: (brings && this.number("stop_loss_price")) || 0,
    };
  }

  soon() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      this.tell();
    });
  }

  tell() {
    const [asked, { facts }] = [this.asked(), this];
    this.tellShare(asked);
    this.tellLeverage(asked);
    const found = preview(asked, facts);
    if (!found || !found.quantity) {
      const words = facts.last ? "Fill in how much: what it will do then stands here before you send it." : "No live prices: orders can be sent again when the market feed runs.";
      return this.write([words], null);
    }
    this.write(sentences(asked, found, facts), lacks(found, asked, facts));
  }

  write(lines, short) {
    const parts = [document.createTextNode(lines.join(" "))];
    if (short) {
      const write = (amount) => (short.asset === this.facts.quote ? writer(this.facts).quote(amount) : writer(this.facts).base(amount));
      parts.push(Object.assign(document.createElement("span"), { className: "warn", textContent: `Needs ${write(short.need)}; ${write(short.there)} are available.` }));
    }
    this.place.replaceChildren(...parts);
  }

  tellShare(asked) {
    const place = this.form.querySelector("[data-percent-words]");
    const { amount, asset, words } = whole(asked, this.facts);
    const write = asset === this.facts.quote ? writer(this.facts).quote : writer(this.facts).base;
    place.textContent = `${grouped(this.number("percent") || 0, 0)} % of ${write(amount)} ${words}`.replace("of the position", "held");
  }

  tellLeverage(asked) {
    const place = this.form.querySelector("[data-leverage-words]");
    if (!place) return;
    const { tiers, quote } = this.facts;
    const most = tiers[0][3];
    const fitting = tiers.filter((tier) => asked.leverage <= tier[3]);
    const cap = fitting.length ? fitting.at(-1)[0] : 0;
    place.textContent = cap ? `Up to ${most}x. At ${asked.leverage}x a position may be worth ${grouped(cap, 0)} ${quote}.` : `Up to ${most}x.`;
    place.classList.toggle("warn", !cap);
  }

  // Fills the field that the chosen type has for a price; a market order becomes a limit order.
  take(price) {
    const type = this.field("type");
    if (type.value === "market") type.value = "limit";
    const name = NEEDS_PRICE.has(type.value) ? "price" : NEEDS_TRIGGER.has(type.value) ? "trigger_price" : "activation_price";
    this.field(name).value = price;
    this.soon();
  }

  listen() {
    const book = document.querySelector("[data-book]");
    const channel = book?.dataset.marketChannel;
    if (!channel) return;
    const ticker = channel.replace(/^orderbook/, "ticker");
    const listeners = {
      [channel]: (data) => Object.assign(this.facts, { bids: numbers(data.bids), asks: numbers(data.asks) }),
      [ticker]: (data) => Object.assign(this.facts, { last: Number(data.last) }),
    };
    for (const [name, take] of Object.entries(listeners)) {
      const listener = (data) => {
        if (!this.form.isConnected) return unsubscribe(name, listener);
        take(data);
        this.soon();
      };
      subscribe(name, listener);
    }
  }
}

let ticket = null;
function start(root) {
  const form = root.querySelector("[data-ticket]");
  if (form && ticket?.form !== form) ticket = new TicketForm(form);
}

document.querySelector("[data-takes-price]")?.addEventListener("click", (event) => {
  const row = event.target.closest(".book-row");
  const price = row?.querySelector("span").textContent.replaceAll(",", "");
  if (price && ticket?.form.isConnected) ticket.take(price);
});
start(document);
document.body.addEventListener("htmx:load", () => start(document));
