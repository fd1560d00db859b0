// The same exchange as stub_ccxt.py, for programs in JavaScript.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

class NetworkError extends Error {}
class RequestTimeout extends NetworkError {}
class ExchangeError extends Error {}
class InvalidOrder extends ExchangeError {}
class OrderNotFound extends InvalidOrder {}
class DuplicateOrderId extends InvalidOrder {}

const read = (name, otherwise) =>
  existsSync(join(HERE, name)) ? JSON.parse(readFileSync(join(HERE, name), "utf8")) : otherwise;
const write = (name, data) => writeFileSync(join(HERE, name), JSON.stringify(data));

class binance {
  precisionMode = 4;
  has = {};
  options = {};
  urls = { api: {} };
  asked = 0;

  constructor(options) {
    this.keys = options.apiKey;
    this.world = read("world.json");
    this.now = read("clock.json", this.world.start_ms);
  }

  async loadMarkets() {
    this.fail("markets");
    const precision = { price: 0.01, amount: 0.001 };
    const limits = { amount: { min: 0.001 }, cost: { min: 5 } };
    this.markets = { "BTC/USDT": { base: "BTC", quote: "USDT", taker: 0.001, precision, limits } };
  }

  milliseconds() {
    this.asked += 1;
    if (this.asked === 4) {
      const span = this.world.span_ms;
      this.now = Math.floor(this.now / span) * span + span + 2100;
      write("clock.json", this.now);
    }
    return this.now;
  }

  parseTimeframe() {
    return this.world.span_ms / 1000;
  }

  closed() {
    return this.world.candles.filter((row) => row[0] + this.world.span_ms <= this.now);
  }

  async fetchOHLCV(symbol, timeframe, since, limit) {
    this.fail("candles");
    this.asked = 0;
    if (this.now >= this.world.end_ms) process.kill(process.pid, "SIGTERM");
    if (this.now >= this.world.kill_ms) process.kill(process.pid, "SIGKILL");
    // A signal is noticed between two turns of the event loop.
    await new Promise((done) => setTimeout(done, 0));
    const shown = this.world.candles.filter((row) => since <= row[0] && row[0] <= this.now);
    return shown.slice(0, limit);
  }

  async fetchTicker() {
    return { last: this.closed().at(-1)[4] };
  }

  async createOrder(symbol, kind, side, amount, price, params) {
    if (kind !== "market" || this.keys !== "key") throw new TypeError("not as agreed");
    const orders = read("orders.json", {});
    const name = params.clientOrderId;
    const count = Object.keys(orders).length;
    const fault = this.world.order_faults[count];
    if (fault === "before" && !this.once(`order ${count}`)) throw new RequestTimeout("nobody knows");
    if (name in orders) throw new DuplicateOrderId(name);
    const last = this.closed().at(-1)[4];
    const fee = { currency: "USDT", cost: amount * last * 0.001 };
    const made = { id: `${count}`, clientOrderId: name, status: "closed", side, filled: amount,
      average: last, timestamp: this.now, fee };
    write("orders.json", { ...orders, [name]: made });
    if (fault === "after") throw new NetworkError("cut off");
    if (fault === "kill") {
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => {});
    }
    return made;
  }

  async fetchOrder(id, symbol, params) {
    const found = read("orders.json", {})[params.clientOrderId];
    if (!found) throw new OrderNotFound(params.clientOrderId);
    return found;
  }

  once(what) {
    const happened = read("happened.json", []);
    write("happened.json", [...happened, what]);
    return happened.includes(what);
  }

  fail(what) {
    if (this.world.network_faults.includes(what) && !this.once(what)) throw new NetworkError(what);
  }
}

export default { binance };
