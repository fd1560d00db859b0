// "Why not?": the truth of each condition on the candle that is pointed at.
import { load, timeText, withParams } from "./charts/common.js";

const place = document.querySelector("[data-why]");
const owner = document.getElementById("bot-chart").chart;
const WAIT_MS = 250;
let timer = null;
let turn = 0;
let pointedAt;

const el = (name, className, ...children) => {
  const element = Object.assign(document.createElement(name), { className });
  element.append(...children);
  return element;
};

function sideOf({ side, result, lines }) {
  const rows = lines.map((line) => el("li", line.result ? "gain" : "muted", `${line.result ? "✓ true" : "✗ false"}: ${line.text}`, el("span", "why-values num", line.values.join(", "))));
  return el("div", "why-side", el("strong", "", `${side}: ${result ? "yes" : "no"}`), el("ul", "why-lines", ...rows));
}

async function ask(seconds) {
  const now = ++turn;
  try {
    const told = await load(place, withParams(place.dataset.why, { at: seconds * 1000 }));
    if (now !== turn) return;
    const when = el("p", "muted", `${timeText(seconds)}${told.decided ? "" : ", before the bot was started"}`);
    place.replaceChildren(when, ...told.sides.map(sideOf));
  } catch (fault) {
    if (now === turn) place.replaceChildren(el("p", "muted", `${timeText(seconds)}: ${fault.message}`));
  }
}

// The chart calls this at each price too, while the pointer rests: only another candle is a question.
owner.chart.subscribeCrosshairMove((point) => {
  if (point.time === pointedAt) return;
  pointedAt = point.time;
  clearTimeout(timer);
  if (pointedAt !== undefined) timer = setTimeout(() => ask(point.time), WAIT_MS);
});
