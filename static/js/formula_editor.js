// A formula that is being written: what is wrong with it, where, and its line on the newest candles.
import "./chart.js";
import { pressOne, setState } from "./charts/common.js";
import { grouped } from "./format.js";

const WAIT_MS = 350;

class FormulaEditor {
  constructor(root) {
    Object.assign(this, { root, turn: 0 });
    const find = (name) => root.querySelector(`[data-${name}]`);
    this.text = find("expression");
    this.fault = find("formula-fault");
    this.words = find("formula-words");
    this.market = find("preview-market");
    this.timeframe = find("preview-timeframe");
    this.figure = find("chart");
    this.badge = document.querySelector("[data-validity]");
    this.token = root.querySelector("[name=csrfmiddlewaretoken]").value;
    this.sizes = [...root.querySelectorAll("[data-preview-candles]")];
    this.size = this.sizes.find((button) => button.getAttribute("aria-pressed") === "true").dataset.previewCandles;
    this.text.addEventListener("input", () => this.soon());
    for (const choice of [this.market, this.timeframe]) choice.addEventListener("change", () => this.ask());
    for (const button of this.sizes) {
      button.addEventListener("click", () => {
        this.size = button.dataset.previewCandles;
        pressOne(this.sizes, button);
        this.ask();
      });
    }
    this.ask();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const turn = ++this.turn;
    const body = { expression: this.text.value, market: this.market.value, timeframe: this.timeframe.value, candles: Number(this.size) };
    try {
      const answer = await fetch(this.root.dataset.preview, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": this.token } });
      const data = await answer.json();
      if (turn === this.turn) this.show(answer.ok ? data : { faults: [{ message: data.error?.message ?? "The server could not check this." }] });
    } catch {
      if (turn === this.turn) this.validity("", "Not checked: no connection");
    }
  }

  validity(tone, words) {
    this.badge.className = `badge ${tone}`;
    this.badge.textContent = words;
  }

  show(data) {
    const [fault] = data.faults ?? [];
    this.fault.hidden = !fault;
    this.fault.textContent = fault?.message ?? "";
    if (fault) this.text.setAttribute("aria-invalid", "true");
    else this.text.removeAttribute("aria-invalid");
    this.validity(fault ? "bad" : "good", fault ? "To mend" : "Valid");
    if (fault) {
      this.words.textContent = "";
      if (!this.figure.chart?.rows.length) setState(this.figure, "empty", "The line appears once the formula is valid.");
      return;
    }
    this.words.textContent = this.wordsOf(data);
    if (!data.candles.length) return setState(this.figure, "empty", data.reason || "No candles to show.");
    const shown = [this.size, this.market.value, this.timeframe.value].join();
    this.figure.chart.show({ rows: data.candles, marks: [], lines: data.lines });
    this.figure.chart.complete = true;
    if (this.shown !== shown) this.figure.chart.fit();
    this.shown = shown;
  }

  wordsOf(data) {
    const settles = data.warmup === null ? "A running total: its level depends on the first candle" : `Settled after ${grouped(data.warmup, 0)} candles`;
    if (!data.candles.length) return settles;
    const last = data.last === null ? "no value on the last candle" : `${grouped(data.last)} on the last candle`;
    return [settles, last, data.missing ? `${grouped(data.missing, 0)} of ${grouped(data.candles.length, 0)} candles without a value` : ""].filter(Boolean).join(" · ");
  }
}

for (const root of document.querySelectorAll("[data-formula-editor]")) new FormulaEditor(root);
