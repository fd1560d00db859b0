// The order ticket while somebody fills it in: asks the server what it will do, takes prices from the book.
import { subscribe, unsubscribe } from "./live.js";

const TYPED_MS = 150; // after the last key
const MARKET_MS = 2000; // while the book moves under an amount that stands
const NEEDS_PRICE = new Set(["limit", "stop_limit", "take_profit_limit"]);
const NEEDS_TRIGGER = new Set(["stop_loss", "stop_limit", "take_profit", "take_profit_limit"]);

class TicketForm {
  constructor(form) {
    this.form = form;
    this.words = form.querySelector("[data-ticket-words]");
    for (const button of form.querySelectorAll("[data-send]")) button.value = "place";
    form.addEventListener("input", () => this.askIn(TYPED_MS));
    this.listen();
    this.askIn(0);
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  askIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), ms);
  }

  ask() {
    this.timer = null;
    this.askedAt = Date.now();
    if (this.form.isConnected) this.words.dispatchEvent(new CustomEvent("ask"));
  }

  // The book has moved: what is said is renewed, but not while somebody types, nor of nothing.
  moved() {
    const amount = Number(this.field(this.field("amount_by").value)?.value);
    if (!(amount > 0) || this.timer || document.hidden) return;
    this.askIn(Math.max(0, this.askedAt + MARKET_MS - Date.now()));
  }

  // Fills the field that the chosen type has for a price; a market order becomes a limit order.
  take(price) {
    const type = this.field("type");
    if (type.value === "market") type.value = "limit";
    const name = NEEDS_PRICE.has(type.value) ? "price" : NEEDS_TRIGGER.has(type.value) ? "trigger_price" : "activation_price";
    this.field(name).value = price;
    this.askIn(0);
  }

  listen() {
    const channel = document.querySelector("[data-book]")?.dataset.marketChannel;
    if (!channel) return;
    const listener = () => (this.form.isConnected ? this.moved() : unsubscribe(channel, listener));
    subscribe(channel, listener);
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
