// Finds every figure with data-chart and draws it; what a kind of chart does lives in charts/.
import { candleChart } from "./charts/candles.js";
import { curveChart } from "./charts/curves.js";
import { lineChart } from "./charts/lines.js";

const KINDS = { candles: candleChart, curves: curveChart, lines: lineChart };

export function draw(root = document) {
  for (const figure of root.querySelectorAll("[data-chart]")) {
    if (!figure.chart) figure.chart = KINDS[figure.dataset.chart](figure);
  }
}

draw();
document.body.addEventListener("htmx:load", (event) => draw(event.detail.elt));
