// Asks the server what the strategy means as it stands: summary, faults by path, signals on the chart.
import { pressOne, setState } from "../charts/common.js";
import { grouped } from "../format.js";

const WAIT_MS = 350;

export class Checker {
  constructor(root, editor) {
    Object.assign(this, { root, editor, turn: 0 });
    this.figure = root.querySelector("[data-chart]");
    this.market = root.querySelector("[data-preview-market]");
    this.market?.addEventListener("change", () => this.ask());
    const sizes = [...root.querySelectorAll("[data-preview-candles]")];
    this.size = sizes.find((button) => button.getAttribute("aria-pressed") === "true")?.dataset.previewCandles ?? "500";
    for (const button of sizes) {
      button.addEventListener("click", () => {
        this.size = button.dataset.previewCandles;
        pressOne(sizes, button);
        this.ask();
      });
    }
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const turn = ++this.turn;
    const body = { spec: this.editor.spec, market: this.market?.value ?? "", candles: Number(this.size) };
    try {
      const answer = await fetch(this.root.dataset.preview, {
        method: "POST", body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.root.querySelector("[name=csrfmiddlewaretoken]").value },
      });
      const data = await answer.json();
      if (turn === this.turn) this.show(answer.ok ? data : { faults: [{ path: "", message: data.error?.message ?? "The server could not check this." }] });
    } catch {
      if (turn === this.turn) this.validity("", "Not checked: no connection");
    }
  }

  validity(tone, words) {
    const badge = this.root.querySelector("[data-validity]");
    badge.className = `badge ${tone}`;
    badge.textContent = words;
  }

  show(data) {
    this.showFaults(data.faults ?? []);
    const count = data.faults?.length ?? 0;
    this.validity(count ? "bad" : "good", count ? `${count} ${count === 1 ? "thing" : "things"} to mend` : "Valid");
    // Without a name it cannot be stored, but it can be drawn.
    if (!data.summary) return this.root.querySelector("[data-summary]")?.classList.add("is-stale");
    this.showSummary(data.summary);
    this.showCounts(data);
    if (!this.figure?.chart) return;
    if (data.candles?.length) {
      this.figure.chart.show({ rows: data.candles, marks: data.markers, lines: data.lines });
      this.figure.chart.complete = true;
      if (this.shownSize !== this.size + this.market.value + this.editor.spec.timeframe) this.figure.chart.fit();
      this.shownSize = this.size + this.market.value + this.editor.spec.timeframe;
    } else setState(this.figure, "empty", data.reason || "No candles to show.");
  }

  showSummary(lines) {
    const place = this.root.querySelector("[data-summary]");
    place.classList.remove("is-stale");
    place.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  showCounts({ counts, candles }) {
    const place = this.root.querySelector("[data-counts]");
    if (!counts || !candles?.length) return (place.textContent = "");
    const words = Object.entries(counts).map(([name, n]) => `${grouped(n, 0)} ${name}`);
    place.textContent = `${words.join(" · ")} ${words.length ? "signals" : ""} on the last ${grouped(candles.length, 0)} candles`;
  }

  // Each fault beside its field; one whose field is not on the page goes to the list above.
  showFaults(faults) {
    for (const place of this.root.querySelectorAll("[data-fault]")) Object.assign(place, { hidden: true, textContent: "" });
    for (const field of this.root.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    const left = faults.filter((fault) => !this.place(fault));
    const list = this.root.querySelector("[data-faults-left]");
    list.hidden = !left.length;
    list.querySelector("ul").replaceChildren(...left.map(({ path, message }) => Object.assign(document.createElement("li"), { textContent: path ? `${path}: ${message}` : message })));
  }

  place({ path, message }) {
    const place = this.root.querySelector(`[data-fault="${CSS.escape(path)}"]`);
    if (!place) return false;
    place.textContent = place.textContent ? `${place.textContent}; ${message}` : message;
    place.hidden = false;
    this.root.querySelector(`[data-path="${CSS.escape(path)}"], [data-field-path="${CSS.escape(path)}"]`)?.setAttribute("aria-invalid", "true");
    return true;
  }
}
