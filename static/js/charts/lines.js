// Several lines over time, in panes beneath each other: rolling figures of a run, or runs side by side.
import { LineSeries, LineStyle } from "../../vendor/lightweight-charts.js";
import { grouped, percent } from "../format.js";
import { colour } from "../themes.js";
import { load, makeChart, setState, tableTwin, timeText } from "./common.js";

const SERIES = 6; // tokens series-1 to series-6; from the seventh line on they come dashed
const WRITE = { ratio: (value) => grouped(value, 2), fraction: (value) => percent(value), multiple: (value) => `${grouped(value, 3)}×` };

class LineChart {
  constructor(figure) {
    Object.assign(this, { figure, drawn: [] });
    this.chart = makeChart(figure);
    this.chart.applyOptions({ rightPriceScale: { minimumWidth: 72 } });
    figure.addEventListener("recolour", () => this.recolour());
    this.chart.subscribeCrosshairMove((point) => this.tell(point));
    tableTwin(figure, ["Time", "Value", "Line"], () => this.rows());
    this.reload();
  }

  async reload() {
    setState(this.figure, "loading", "Loading lines");
    try {
      const { lines } = await load(this.figure, this.figure.dataset.url);
      if (!lines.some((line) => line.points.length > 1)) return setState(this.figure, "empty", this.figure.dataset.empty || "There is nothing to draw yet.");
      this.show(lines);
      setState(this.figure, "ready");
      this.tell({});
    } catch (fault) {
      setState(this.figure, "failed", fault.message);
    }
  }

  // A pane without a line would be an empty strip: panes are counted by what there is.
  show(lines) {
    const filled = lines.filter((line) => line.points.length);
    const panes = [...new Set(filled.map((line) => line.pane))];
    this.drawn = filled.map((line, i) => {
      const series = this.chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false, lastValueVisible: false, crosshairMarkerRadius: 3,
        priceFormat: { type: "custom", formatter: WRITE[line.unit], minMove: 1e-6 } }, panes.indexOf(line.pane));
      series.setData(line.points.map(([ms, value]) => (value === null ? { time: Math.floor(ms / 1000) } : { time: Math.floor(ms / 1000), value })));
      return { line, series, number: line.colour ?? i };
    });
    this.chart.panes().forEach((pane, i) => pane.setStretchFactor(i ? 1 : 1.8));
    this.recolour();
    this.chart.timeScale().fitContent();
  }

  recolour() {
    for (const { series, number } of this.drawn) {
      series.applyOptions({ color: colour(`series-${(number % SERIES) + 1}`), lineStyle: number < SERIES ? LineStyle.Solid : LineStyle.Dashed });
    }
  }

  // Thinned lines have points of their own: what is told is each line's last one up to the time.
  tell(point) {
    const place = this.figure.querySelector("[data-legend]");
    const until = point.time === undefined ? Infinity : point.time * 1000;
    const named = new Map();
    for (const { line, number } of this.drawn) {
      const last = lastUpTo(line.points, until);
      const text = last === null ? "–" : WRITE[line.unit](last);
      if (named.has(line.name)) named.get(line.name).textContent += ` / ${text}`;
      else named.set(line.name, legendPart(line.name, text, number));
    }
    const time = point.time === undefined ? [] : [Object.assign(document.createElement("span"), { className: "num", textContent: timeText(point.time) })];
    place.replaceChildren(...time, ...named.values());
  }

  rows() {
    return this.drawn.flatMap(({ line }) => line.points.slice(-60).reverse().map(([ms, value]) => [timeText(ms / 1000), value === null ? "–" : WRITE[line.unit](value), line.name]));
  }
}

function lastUpTo(points, ms) {
  let [low, high] = [-1, points.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle][0] <= ms) low = middle;
    else high = middle - 1;
  }
  return low < 0 ? null : points[low][1];
}

function legendPart(name, text, number) {
  const part = Object.assign(document.createElement("span"), { className: "num", textContent: `${number < SERIES ? "━" : "╍"} ${name} ${text}` });
  part.style.color = colour(`series-${(number % SERIES) + 1}`);
  return part;
}

export const lineChart = (figure) => new LineChart(figure);
