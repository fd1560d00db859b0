// Equity with buy-and-hold as a thin grey line, and drawdown beneath.
import { AreaSeries, LineSeries } from "../../vendor/lightweight-charts.js";
import { grouped, percent } from "../format.js";
import { colour, faded } from "../themes.js";
import { load, makeChart, pressOne, setState, tableTwin, timeText, withParams } from "./common.js";

const points = (pairs) => pairs.map(([ms, value]) => ({ time: Math.floor(ms / 1000), value }));
const money = { type: "custom", formatter: (value) => grouped(value, 2), minMove: 0.01 };
const share = { type: "custom", formatter: (value) => percent(value), minMove: 0.0001 };
const quiet = { priceLineVisible: false, crosshairMarkerRadius: 3 };

class CurveChart {
  constructor(figure) {
    Object.assign(this, { figure, data: { equity: [] }, days: 0, ranged: figure.dataset.url.includes("days=") });
    this.chart = makeChart(figure);
    this.chart.applyOptions({ rightPriceScale: { minimumWidth: 72 } });
    this.hold = this.chart.addSeries(LineSeries, { lineWidth: 1, lastValueVisible: false, priceFormat: money, ...quiet });
    this.equity = this.chart.addSeries(AreaSeries, { lineWidth: 2, priceFormat: money, ...quiet });
    this.recolour();
    figure.addEventListener("recolour", () => this.recolour());
    this.chart.subscribeCrosshairMove((point) => this.tell(point));
    const ranges = [...figure.querySelectorAll("[data-days]")];
    for (const button of ranges) {
      button.addEventListener("click", () => {
        pressOne(ranges, button);
        this.choose(Number(button.dataset.days));
      });
    }
    tableTwin(figure, ["Time", "Equity"], () => this.data.equity.slice(-200).reverse().map(([ms, value]) => [timeText(ms / 1000), value]));
    this.reload();
  }

  recolour() {
    this.hold.applyOptions({ color: colour("text-3") });
    this.equity.applyOptions({ lineColor: colour("accent"), topColor: faded("accent", 0.18), bottomColor: faded("accent", 0.01) });
    this.drawdown?.applyOptions({ lineColor: colour("loss"), topColor: faded("loss", 0.04), bottomColor: faded("loss", 0.22) });
  }

  async reload() {
    // What is shown already stays until the new data is there.
    if (this.figure.dataset.state !== "ready") setState(this.figure, "loading", "Loading curves");
    try {
      const data = await load(this.figure, this.ranged ? withParams(this.figure.dataset.url, { days: this.days }) : this.figure.dataset.url);
      this.data = data;
      if (data.equity.length < 2) return setState(this.figure, "empty", this.figure.dataset.empty || "There is no curve yet.");
      this.equity.setData(points(data.equity));
      this.hold.setData(points(data.buy_and_hold ?? []));
      this.showDrawdown(data.drawdown ?? []);
      this.zoom(this.ranged ? 0 : this.days);
      setState(this.figure, "ready");
      this.tell({});
    } catch (fault) {
      setState(this.figure, "failed", fault.message);
    }
  }

  // A pane of its own, only where there is something to put in it.
  showDrawdown(pairs) {
    if (!pairs.length) return;
    if (!this.drawdown) {
      this.drawdown = this.chart.addSeries(AreaSeries, { lineWidth: 1, invertFilledArea: true, priceFormat: share, ...quiet }, 1);
      this.chart.panes().forEach((pane, i) => pane.setStretchFactor(i ? 1 : 2.6));
      this.recolour();
    }
    this.drawdown.setData(points(pairs));
  }

  // An address that takes days gives the range in its own detail; else what is there is zoomed.
  choose(days) {
    this.days = days;
    if (this.ranged) this.reload();
    else this.zoom(days);
  }

  zoom(days) {
    const last = this.data.equity.at(-1)?.[0] / 1000;
    if (!last) return;
    if (!days) this.chart.timeScale().fitContent();
    else this.chart.timeScale().setVisibleRange({ from: Math.max(last - days * 86400, this.data.equity[0][0] / 1000), to: last });
  }

  tell(point) {
    const place = this.figure.querySelector("[data-legend]");
    const last = (name) => this.data[name]?.at(-1)?.[1];
    const value = (series, name) => point.seriesData?.get(series)?.value ?? (point.time === undefined ? last(name) : undefined);
    const time = point.time ?? this.data.equity.at(-1)?.[0] / 1000;
    const texts = [
      time ? timeText(time) : "",
      ...["equity", "buy_and_hold"].map((name) => [name, value(name === "equity" ? this.equity : this.hold, name)]).filter(([, v]) => v !== undefined).map(([name, v]) => `${name === "equity" ? "Equity" : this.figure.dataset.hold || "Holding"} ${grouped(v, 2)}`),
    ];
    const fall = this.drawdown && value(this.drawdown, "drawdown");
    if (fall !== undefined) texts.push(`Drawdown ${percent(fall)}`);
    place.replaceChildren(...texts.map((text) => Object.assign(document.createElement("span"), { className: "num", textContent: text })));
  }
}

export const curveChart = (figure) => new CurveChart(figure);
