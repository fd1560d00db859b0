// "Why not?": the truth of each condition on the candle that is pointed at, and what came of it.
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

function listOf(title, rows, tone) {
  if (!rows.length) return [];
  return [el("div", "why-side", el("strong", tone, title), el("ul", "why-lines", ...rows))];
}

// What came of the candle: what blocked an order, orders with their fate, fills, the bot's own words.
function eventsOf({ blocked, orders, fills, said }) {
  const fate = (order) => [order.status.replaceAll("_", " "), order.detail.replaceAll("_", " ")].filter(Boolean).join(": ");
  return [
    ...listOf("Blocked", blocked.map((one) => el("li", "", one.words, el("span", "why-values", one.code))), "warn"),
    ...listOf("Ordered", orders.map((one) => el("li", "", `${one.side}${one.symbol ? ` ${one.symbol}` : ""}, ${(one.tag || one.reason).replaceAll("_", " ")}`, el("span", "why-values num", [fate(one), one.price && `${one.filled_quantity} at ${one.price}`].filter(Boolean).join(", "))))),
    ...listOf("Filled", fills.map((one) => el("li", "", `${one.side} ${one.quantity} at ${one.price}`, el("span", "why-values num", `fee ${one.fee}`)))),
    ...listOf("Said", said.map((words) => el("li", "", words))),
  ];
}

async function ask(seconds) {
  const now = ++turn;
  try {
    const told = await load(place, withParams(place.dataset.why, { at: seconds * 1000 }));
    if (now !== turn) return;
    const when = el("p", "muted", `${timeText(seconds)}${told.decided ? "" : ", before the bot was started"}`);
    const parts = [...told.sides.map(sideOf), ...eventsOf(told)];
    if (!parts.length) parts.push(el("p", "muted", "Nothing happened on this candle, and nothing was held back."));
    place.replaceChildren(when, ...parts);
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
