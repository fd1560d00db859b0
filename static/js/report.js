// Ties the report together: a marker leads to its row, a row to its place on the chart.
import "./chart.js";
import { withParams } from "./charts/common.js";
import { grouped } from "./format.js";

const figure = document.getElementById("candles");
const place = document.getElementById("trades");
const whole = figure.dataset.url;
const choice = document.querySelector("select[data-symbol]");
const note = document.querySelector("[data-markers-note]");

function markRow(row) {
  for (const each of place.querySelectorAll(".is-marked")) each.classList.remove("is-marked");
  row.classList.add("is-marked");
  row.scrollIntoView({ block: "center" });
}

// A trade on another page of the table: the server knows which page that is.
async function toRow(number) {
  const here = () => document.getElementById(`trade-${number}`);
  if (!here()) await htmx.ajax("GET", `${location.pathname}?trade=${number}`, { target: "#trades", swap: "innerHTML" });
  if (here()) markRow(here());
}

// Near enough to see single candles: finer ones are loaded for the trade's surroundings, with its stop and target.
async function toChart(row) {
  const { trade, from, to, symbolOf } = row.dataset;
  markRow(row);
  if (choice) choice.value = symbolOf;
  await figure.chart.reload(withParams(whole, { trade }));
  figure.chart.goTo(Number(from), Number(to));
  figure.scrollIntoView({ block: "center" });
}

// Of a very long list only the first ones are sent; what is missing is said.
function sayLeftOff({ detail }) {
  const left = detail.markers_left_off ?? 0;
  const shown = (detail.markers?.length ?? 0) / 2;
  note.textContent = left > 0 ? `Only the first ${grouped(shown, 0)} of ${grouped(shown + left, 0)} trades here have markers; a trade's own button shows it.` : note.dataset.usual;
}

figure.addEventListener("loaded", sayLeftOff);
figure.addEventListener("marker", (event) => toRow(event.detail.replace("trade-", "")));
place.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-trade]");
  // Whoever marks a number to copy it wants the number.
  if (row && !event.target.closest("a") && !String(getSelection())) toChart(row);
});
document.querySelector("[data-points]")?.addEventListener("click", async (event) => {
  const point = event.target.closest("[data-point]");
  if (!point) return;
  await toRow(point.dataset.point);
  const row = document.getElementById(`trade-${point.dataset.point}`);
  if (row) toChart(row);
});
document.querySelector("[data-whole]").addEventListener("click", () => figure.chart.reload(whole));
choice?.addEventListener("change", () => figure.chart.reload(withParams(whole, { symbol: choice.value })));
