// Candles with volume, indicator lines and panes, markers, a legend; older candles load as one scrolls.
import { CandlestickSeries, createSeriesMarkers, HistogramSeries, LineSeries, LineType } from "../../vendor/lightweight-charts.js";
import { grouped, naturalPlaces } from "../format.js";
import { subscribe, unsubscribe } from "../live.js";
import { colour, faded } from "../themes.js";
import { load, makeChart, pressOne, setState, tableTwin, timeText, withParams } from "./common.js";
import { legend } from "./legend.js";
import { markersOf } from "./markers.js";

const NEAR_LEFT_EDGE = 30;
const SERIES = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

class CandleChart {
  constructor(figure) {
    Object.assign(this, { figure, rows: [], marks: [], lines: [], lineSeries: new Map(), complete: false, loading: false, turn: 0 });
    this.chart = makeChart(figure);
    this.candles = this.chart.addSeries(CandlestickSeries, this.candleLook());
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.markers = createSeriesMarkers(this.candles, []);
    this.refreshLegend = legend(this);
    this.listen();
    if (figure.dataset.url) this.reload(figure.dataset.url);
  }

  candleLook() {
    const [gain, loss] = [colour("gain"), colour("loss")];
    return { upColor: gain, borderUpColor: gain, wickUpColor: gain, downColor: loss, borderDownColor: loss, wickDownColor: loss };
  }

  listen() {
    const { figure, chart } = this;
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < NEAR_LEFT_EDGE) this.loadOlder();
      this.marksSoon();
    });
    chart.subscribeClick((point) => {
      if (point.hoveredObjectId) figure.dispatchEvent(new CustomEvent("marker", { bubbles: true, detail: point.hoveredObjectId }));
    });
    figure.addEventListener("recolour", () => {
      this.candles.applyOptions(this.candleLook());
      this.show(this);
    });
    const log = figure.querySelector("[data-log]");
    log?.addEventListener("click", () => {
      const on = log.getAttribute("aria-pressed") !== "true";
      log.setAttribute("aria-pressed", String(on));
      chart.priceScale("right").applyOptions({ mode: on ? 1 : 0 });
    });
    const ranges = [...figure.querySelectorAll("[data-timeframe]")];
    for (const button of ranges) {
      button.addEventListener("click", () => {
        pressOne(ranges, button);
        this.follow(button.dataset.live);
        this.reload(withParams(this.url, { timeframe: button.dataset.timeframe, start: "", end: "" }));
      });
    }
    this.follow(figure.dataset.live);
    tableTwin(figure, ["Time", "Open", "High", "Low", "Close", "Volume"], () => this.rows.slice(-200).reverse().map(([ms, ...rest]) => [timeText(ms / 1000), ...rest]));
  }

  async reload(url) {
    this.url = url;
    const turn = ++this.turn;
    if (!this.rows.length) setState(this.figure, "loading", "Loading candles");
    try {
      const data = await load(this.figure, url);
      if (turn !== this.turn) return; // a later question has been asked meanwhile
      this.complete = !data.older;
      this.show({ rows: data.candles, marks: data.markers ?? [], lines: data.lines ?? [] });
      this.fit();
      this.figure.dispatchEvent(new CustomEvent("loaded", { bubbles: true, detail: data }));
    } catch (fault) {
      if (turn === this.turn) setState(this.figure, "failed", fault.message);
    }
  }

  async loadOlder() {
    if (this.complete || this.loading || !this.rows.length || !this.url) return;
    this.loading = true;
    const turn = this.turn;
    try {
      const data = await load(this.figure, withParams(this.url, { before: this.rows[0][0] }));
      if (turn !== this.turn) return;
      this.complete = !data.older || !data.candles.length;
      this.show({ rows: [...data.candles, ...this.rows], marks: [...(data.markers ?? []), ...this.marks], lines: this.lines });
    } catch {
      this.complete = true;
    } finally {
      this.loading = false;
    }
  }

  show({ rows, marks, lines }) {
    Object.assign(this, { rows, marks, lines });
    if (!rows.length) return setState(this.figure, "empty", "There are no candles for this range.");
    const places = Number(this.figure.dataset.places || naturalPlaces(rows.at(-1)[4]));
    this.places = places;
    this.candles.applyOptions({ priceFormat: { type: "custom", formatter: (value) => grouped(value, places), minMove: 10 ** -places } });
    this.candles.setData(rows.map(candleOf));
    this.volume.setData(rows.map(volumeOf));
    this.showLines(lines);
    this.drawMarks();
    setState(this.figure, "ready");
    this.refreshLegend();
  }

  // Dots for a crowd of markers, arrows with words for a few: decided by what is in view.
  marksSoon() {
    clearTimeout(this.marksTimer);
    this.marksTimer = setTimeout(() => this.drawMarks(), 120);
  }

  drawMarks() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range || !this.rows.length || !this.marks.length) return this.markers.setMarkers(markersOf(this.marks, this.rows));
    const at = (i) => this.rows[Math.min(this.rows.length - 1, Math.max(0, Math.round(i)))][0];
    const [from, to] = [at(range.from), at(range.to)];
    const shown = this.marks.filter((mark) => mark.time >= from && mark.time <= to).length;
    // By candles, not by time: a gap in the data takes no room on the chart.
    const width = this.chart.timeScale().width();
    const candles = Math.max(1, range.to - range.from);
    const candleMs = (to - from) / Math.max(1, Math.min(this.rows.length - 1, range.to) - Math.max(0, range.from)) || 1;
    this.markers.setMarkers(markersOf(this.marks, this.rows, { shown, width, pixelsPerMs: width / candles / candleMs }));
  }

  showLines(lines) {
    for (const series of this.lineSeries.values()) this.chart.removeSeries(series);
    this.lineSeries.clear();
    const panes = [...new Set(lines.filter((line) => line.pane).map((line) => line.pane))];
    lines.forEach((line, i) => {
      const pane = line.pane ? 1 + panes.indexOf(line.pane) : 0;
      const series = this.chart.addSeries(LineSeries, { color: colour(line.colour ?? SERIES[i % SERIES.length]), lineWidth: line.colour ? 2 : 1, lineType: line.colour ? LineType.WithSteps : LineType.Simple, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false,
        priceFormat: { type: "custom", formatter: (value) => grouped(value, pane ? undefined : this.places), minMove: 1e-8 } }, pane);
      series.setData(line.points.map(([ms, value]) => (value === null ? { time: ms / 1000 } : { time: ms / 1000, value })));
      this.lineSeries.set(line.name, series);
    });
    this.chart.panes().forEach((pane, i) => pane.setStretchFactor(i ? 1 : 3.2));
  }

  fit() {
    const last = this.rows.length;
    if (!last) return;
    const whole = this.figure.dataset.fit === "all";
    this.chart.timeScale().setVisibleLogicalRange({ from: whole ? -2 : Math.max(-2, last - 140), to: last + 4 });
  }

  // Brings a moment into view; the chart keeps its zoom where the span is not given.
  goTo(fromMs, toMs = fromMs) {
    const place = (ms) => {
      const after = this.rows.findIndex((row) => row[0] > ms);
      return (after < 0 ? this.rows.length : after) - 1;
    };
    const [from, to] = [place(fromMs), place(toMs)];
    const room = Math.max(20, (to - from) * 0.5);
    this.chart.timeScale().setVisibleLogicalRange({ from: from - room, to: to + room });
    this.figure.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  follow(channel) {
    if (this.channel) unsubscribe(this.channel, this.onKline);
    this.channel = channel;
    if (!channel) return;
    this.onKline = (kline) => this.push([kline.open_time_ms, kline.open, kline.high, kline.low, kline.close, kline.volume ?? 0].map(Number));
    subscribe(channel, this.onKline);
  }

  push(row) {
    const last = this.rows.at(-1);
    if (!last || row[0] < last[0]) return;
    if (row[0] === last[0]) this.rows[this.rows.length - 1] = row;
    else this.rows.push(row);
    this.candles.update(candleOf(row));
    this.volume.update(volumeOf(row));
    if (!this.figure.matches(":hover")) this.refreshLegend();
  }

  addMarks(marks) {
    const known = new Set(this.marks.map((mark) => mark.id));
    this.show({ rows: this.rows, marks: [...this.marks, ...marks.filter((mark) => !known.has(mark.id))], lines: this.lines });
  }
}

const candleOf = ([ms, open, high, low, close]) => ({ time: ms / 1000, open, high, low, close });
// Asked once per drawing, not once per candle: resolving a colour makes the browser lay out.
let bars = null;
document.addEventListener("themechange", () => (bars = null));
function volumeOf([ms, open, , , close, volume]) {
  bars ??= { up: faded("gain", 0.28), down: faded("loss", 0.28) };
  return { time: ms / 1000, value: volume, color: close >= open ? bars.up : bars.down };
}

export const candleChart = (figure) => new CandleChart(figure);
