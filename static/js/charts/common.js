// What all charts share: colours of the theme, times in the reader's zone, states, tools, a table twin.
import { createChart, CrosshairMode } from "../../vendor/lightweight-charts.js";
import { colour, faded } from "../themes.js";
import { grouped } from "../format.js";

const zone = document.documentElement.dataset.timeZone || "UTC";
const pattern = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
const WRITE = {
  year: pattern({ year: "numeric" }),
  month: pattern({ month: "short" }),
  day: pattern({ day: "numeric", month: "short" }),
  minute: pattern({ hour: "2-digit", minute: "2-digit" }),
  second: pattern({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  full: pattern({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
};
const TICKS = ["year", "month", "day", "minute", "second"];

export const timeText = (seconds) => WRITE.full.format(new Date(seconds * 1000));

function look() {
  const line = { color: faded("border", 0.7) };
  return {
    layout: { background: { color: colour("surface") }, textColor: colour("text-3"), attributionLogo: false, fontSize: 11,
      panes: { separatorColor: colour("border"), separatorHoverColor: faded("accent", 0.2) } },
    grid: { vertLines: line, horzLines: line },
    rightPriceScale: { borderColor: colour("border") },
    timeScale: { borderColor: colour("border") },
    crosshair: { vertLine: { color: colour("text-3"), labelBackgroundColor: colour("text-2") }, horzLine: { color: colour("text-3"), labelBackgroundColor: colour("text-2") } },
  };
}

export function makeChart(figure) {
  const canvas = figure.querySelector("[data-canvas]");
  const chart = createChart(canvas, {
    ...look(),
    autoSize: true,
    localization: { timeFormatter: timeText },
    crosshair: { ...look().crosshair, mode: CrosshairMode.Normal },
    timeScale: { ...look().timeScale, timeVisible: true, secondsVisible: false, minBarSpacing: 0.01, rightOffset: 4, tickMarkFormatter: (time, kind) => WRITE[TICKS[kind]].format(new Date(time * 1000)) },
    handleScroll: { vertTouchDrag: false },
  });
  // The canvas says nothing to a screen reader; the figure's summary and table do.
  canvas.setAttribute("aria-hidden", "true");
  document.addEventListener("themechange", () => {
    chart.applyOptions(look());
    figure.dispatchEvent(new Event("recolour"));
  });
  return chart;
}

// One of: loading, ready, empty, failed. Only "ready" shows the canvas as true.
export function setState(figure, state, words = "") {
  figure.dataset.state = state;
  const place = figure.querySelector("[data-chart-words]");
  if (place) place.textContent = words;
}

export async function load(figure, url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Error(body.error?.message ?? `The data could not be loaded (${answer.status}).`);
}

export function withParams(url, params) {
  const full = new URL(url, location.href);
  for (const [key, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "") full.searchParams.delete(key);
    else full.searchParams.set(key, value);
  }
  return full;
}

export function pressOne(group, pressed) {
  for (const button of group) button.setAttribute("aria-pressed", String(button === pressed));
}

// "Show as table": the last rows of what the chart shows, newest first.
export function tableTwin(figure, heads, rowsOf) {
  const button = figure.querySelector("[data-as-table]");
  const place = figure.querySelector("[data-table]");
  button?.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    place.hidden = !open;
    if (open) place.replaceChildren(tableOf(heads, rowsOf()));
  });
}

function tableOf(heads, rows) {
  const table = Object.assign(document.createElement("table"), { className: "table" });
  const head = table.createTHead().insertRow();
  for (const [i, text] of heads.entries()) {
    head.append(Object.assign(document.createElement("th"), { textContent: text, scope: "col", className: i ? "right" : "" }));
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [i, cell] of row.entries()) {
      Object.assign(line.insertCell(), { textContent: typeof cell === "number" ? grouped(cell) : cell, className: i ? "right" : "" });
    }
  }
  return table;
}
