// When the bot tells something, its markers and its equity curve are asked for anew; htmx does the rest.
import "./chart.js";
import "./why.js";
import { load } from "./charts/common.js";

const candles = document.getElementById("bot-chart");
const equity = document.getElementById("bot-equity");
const WAIT_MS = 1500;
let timer = null;

async function refresh() {
  timer = null;
  const data = await load(candles, candles.dataset.url).catch(() => null);
  if (data && candles.chart.rows.length) candles.chart.addMarks(data.markers);
  equity.chart.reload();
}

document.getElementById("bot-state").addEventListener("live", () => {
  timer ??= setTimeout(refresh, WAIT_MS);
});
