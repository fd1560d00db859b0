// Every value under the crosshair, or of the last candle where there is none.
import { grouped, percent, tone } from "../format.js";
import { timeText } from "./common.js";

function part(name, value, className = "") {
  const whole = document.createElement("span");
  whole.append(Object.assign(document.createElement("span"), { className: "muted", textContent: name }), " ", Object.assign(document.createElement("span"), { className: `num ${className}`, textContent: value }));
  return whole;
}

export function legend(owner) {
  const place = owner.figure.querySelector("[data-legend]");
  if (!place) return () => {};
  const fill = (time, values) => {
    const row = time === undefined ? owner.rows.at(-1) : owner.rows.find((each) => each[0] === time * 1000);
    if (!row) return place.replaceChildren();
    const [ms, open, high, low, close, volume] = row;
    const exact = close / open - 1;
    const move = Math.abs(exact) < 0.00005 ? 0 : exact; // what is written as 0.00 has no direction
    const parts = [
      part(timeText(ms / 1000), ""),
      part("O", grouped(open, owner.places)), part("H", grouped(high, owner.places)), part("L", grouped(low, owner.places)), part("C", grouped(close, owner.places)),
      part("", `${move > 0 ? "▲ " : move < 0 ? "▼ " : ""}${percent(Math.abs(move))}`, tone(move)),
      part("Vol", grouped(volume)),
    ];
    for (const [name, series] of owner.lineSeries) {
      const value = values?.get(series)?.value;
      const label = part(name, value === undefined ? "–" : grouped(value));
      label.style.color = series.options().color;
      parts.push(label);
    }
    place.replaceChildren(...parts);
  };
  owner.chart.subscribeCrosshairMove((point) => fill(point.time, point.seriesData));
  return () => fill();
}
