// Ties the report together: a marker leads to its row, a row to its place on the chart.
import "./chart.js";
import { withParams } from "./charts/common.js";
import { grouped } from "./format.js";

const figure = document.getElementById("candles");
const place = document.getElementById("trades");
const whole = figure.dataset.url;
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

// Near enough to see single candles: finer ones are loaded for the trade's surroundings.
async function toChart(row) {
  const { from, to, symbolOf } = row.dataset;
  const [start, end] = [Number(from), Number(to)];
  const room = Math.max((end - start) * 2, 120 * 60000);
  await figure.chart.reload(withParams(whole, { symbol: symbolOf, start: start - room, end: end + room }));
  figure.chart.goTo(start, end);
  markRow(row);
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
  const button = event.target.closest("[data-show-trade]");
  if (button) toChart(button.closest("tr"));
});
document.querySelector("[data-whole]").addEventListener("click", () => figure.chart.reload(whole));
document.querySelector("select[data-symbol]")?.addEventListener("change", (event) => figure.chart.reload(withParams(whole, { symbol: event.target.value })));
