// The charts of a report that is one file: its data stands in the page, nothing is asked of a network.
import { AreaSeries, CandlestickSeries, createChart, createSeriesMarkers, LineSeries } from "../vendor/lightweight-charts.js";

const data = JSON.parse(document.getElementById("charts").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = [];
const probe = document.body.appendChild(Object.assign(document.createElement("span"), { hidden: true }));
const points = (pairs) => pairs.map(([ms, value]) => (value === null ? { time: Math.floor(ms / 1000) } : { time: Math.floor(ms / 1000), value }));
const write = {
  money: (value) => value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  percent: (value) => `${(value * 100).toFixed(2)} %`,
  ratio: (value) => value.toFixed(2),
};
const format = (kind) => ({ type: "custom", formatter: write[kind], minMove: 1e-6 });
const quiet = { priceLineVisible: false, lastValueVisible: false };

function colour(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

function faded(token, alpha) {
  const [r, g, b] = colour(token).match(/[\d.]+/g);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

function look() {
  const line = { color: colour("border") };
  return { layout: { background: { color: colour("surface") }, textColor: colour("text-3"), attributionLogo: false, panes: { separatorColor: colour("border") } },
    grid: { vertLines: line, horzLines: line }, rightPriceScale: { borderColor: colour("border"), minimumWidth: 72 }, timeScale: { borderColor: colour("border") } };
}

// repaint: puts the theme's colours into the series; asked again when the theme changes.
function make(id, repaint) {
  const place = document.getElementById(id);
  const chart = createChart(place, { ...look(), autoSize: true, timeScale: { ...look().timeScale, timeVisible: true, minBarSpacing: 0.01 } });
  place.querySelector(":scope > div")?.setAttribute("aria-hidden", "true");
  const paint = () => (chart.applyOptions(look()), repaint());
  drawn.push(paint);
  return { chart, paint };
}

function curves() {
  const { chart, paint } = make("equity-chart", () => {
    hold.applyOptions({ color: colour("text-3") });
    equity.applyOptions({ lineColor: colour("accent"), topColor: faded("accent", 0.18), bottomColor: faded("accent", 0.01) });
    fall.applyOptions({ lineColor: colour("loss"), topColor: faded("loss", 0.04), bottomColor: faded("loss", 0.22) });
  });
  const hold = chart.addSeries(LineSeries, { lineWidth: 1, priceFormat: format("money"), ...quiet });
  const equity = chart.addSeries(AreaSeries, { lineWidth: 2, priceFormat: format("money"), ...quiet });
  const fall = chart.addSeries(AreaSeries, { lineWidth: 1, invertFilledArea: true, priceFormat: format("percent"), ...quiet }, 1);
  hold.setData(points(data.curves.buy_and_hold));
  equity.setData(points(data.curves.equity));
  fall.setData(points(data.curves.drawdown));
  chart.panes()[0].setStretchFactor(2.6);
  paint();
  chart.timeScale().fitContent();
}

function lines() {
  const filled = data.lines.filter((line) => line.points.length > 1);
  if (!filled.length) return;
  const { chart, paint } = make("lines-chart", () => made.forEach((series, i) => series.applyOptions({ color: colour(`series-${i + 1}`) })));
  const made = filled.map((line, i) => chart.addSeries(LineSeries, { lineWidth: 2, title: line.name, priceFormat: format(line.unit === "fraction" ? "percent" : "ratio"), ...quiet }, i));
  made.forEach((series, i) => series.setData(points(filled[i].points)));
  paint();
  chart.timeScale().fitContent();
}

function candles() {
  if (!data.candles.length) return;
  let shown = data.candles[0];
  const { chart, paint } = make("candles-chart", () => {
    const [up, down] = [colour("gain"), colour("loss")];
    series.applyOptions({ upColor: up, borderUpColor: up, wickUpColor: up, downColor: down, borderDownColor: down, wickDownColor: down });
    arrows.setMarkers(marks(shown));
  });
  const series = chart.addSeries(CandlestickSeries, quiet);
  const arrows = createSeriesMarkers(series, []);
  const show = (symbol) => {
    shown = data.candles.find((one) => one.symbol === symbol) ?? shown;
    series.setData(shown.candles.map(([ms, open, high, low, close]) => ({ time: ms / 1000, open, high, low, close })));
    paint();
  };
  show(shown.symbol);
  chart.timeScale().fitContent();
  const choice = document.querySelector("select[data-symbol]");
  choice?.addEventListener("change", () => (show(choice.value), chart.timeScale().fitContent()));
  document.querySelector("[data-whole]").addEventListener("click", () => chart.timeScale().fitContent());
  return (row) => {
    show(row.dataset.symbol);
    if (choice) choice.value = row.dataset.symbol;
    const [from, to] = [place(shown, Number(row.dataset.from)), place(shown, Number(row.dataset.to))];
    const room = Math.max(20, (to - from) * 2);
    chart.timeScale().setVisibleLogicalRange({ from: from - room, to: to + room });
    for (const each of document.querySelectorAll("tr.is-marked")) each.classList.remove("is-marked");
    row.classList.add("is-marked");
    document.getElementById("candles-chart").scrollIntoView({ block: "center" });
  };
}

// The last candle that opened at or before the time; the first one if none did.
function place(chart, ms) {
  const after = chart.candles.findIndex((row) => row[0] > ms);
  return Math.max(0, (after < 0 ? chart.candles.length : after) - 1);
}

function marks(chart) {
  return chart.markers.map((mark) => {
    const buys = (mark.side === "short") === (mark.kind === "exit");
    return { time: chart.candles[place(chart, mark.time)][0] / 1000, position: buys ? "belowBar" : "aboveBar", shape: buys ? "arrowUp" : "arrowDown", color: colour(buys ? "gain" : "loss"), size: 0.6 };
  }).sort((one, other) => one.time - other.time);
}

curves();
lines();
const toTrade = candles();
document.getElementById("trades")?.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-from]");
  if (row && toTrade) toTrade(row);
});
document.querySelector("[data-points]")?.addEventListener("click", (event) => {
  const row = document.getElementById(`trade-${event.target.closest("[data-point]")?.dataset.point}`);
  if (row && toTrade) toTrade(row);
});
dark.addEventListener("change", () => drawn.forEach((paint) => paint()));
document.documentElement.dataset.ready = "true";
