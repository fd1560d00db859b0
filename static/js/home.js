// The portfolio's curve goes on while the page is open: it is asked for anew as snapshots are taken.
import "./chart.js";

const EVERY_MS = 5 * 60_000;

setInterval(() => {
  if (!document.hidden) document.getElementById("portfolio-curve")?.chart?.reload();
}, EVERY_MS);
