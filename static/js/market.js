// The order book and the last trades: rows stay where they are, their numbers change once a frame.
import { grouped } from "./format.js";
import { subscribe } from "./live.js";

const zone = document.documentElement.dataset.timeZone || "UTC";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const TRADES_MAX = 24;

function onceAFrame(draw) {
  let newest = null;
  return (data) => {
    if (newest === null) requestAnimationFrame(() => {
      const data = newest;
      newest = null;
      draw(data);
    });
    newest = data;
  };
}

function fillSide(rows, levels, deepest, places) {
  let total = 0;
  rows.forEach((row, i) => {
    const [bar, price, amount, sum] = row.children;
    const level = levels[i];
    if (level) total += Number(level[1]);
    bar.firstElementChild.setAttribute("width", level ? (total / deepest) * 100 : 0);
    price.textContent = level ? grouped(Number(level[0]), places) : "";
    amount.textContent = level ? grouped(Number(level[1]), 5) : "";
    sum.textContent = level ? grouped(total, 5) : "";
  });
}

// Both sides as areas: price from left to right, how much up to it as height. The book is its table.
const [WIDE, HIGH] = [240, 60];
function drawDepth(svg, { bids, asks }, count) {
  const sides = [bids.slice(0, count), asks.slice(0, count)].map((levels) => {
    let sum = 0;
    return levels.map(([price, amount]) => [Number(price), (sum += Number(amount))]);
  });
  if (sides.some((levels) => !levels.length)) return;
  const [low, high] = sides.map((levels) => levels.at(-1)[0]);
  const deepest = Math.max(...sides.map((levels) => levels.at(-1)[1])) || 1;
  const x = (price) => (((price - low) / (high - low || 1)) * WIDE).toFixed(1);
  sides.forEach((levels, i) => {
    const steps = levels.map(([price, sum]) => `H${x(price)}V${(HIGH - (sum / deepest) * HIGH).toFixed(1)}`);
    svg.children[i].setAttribute("d", `M${x(levels[0][0])} ${HIGH}${steps.join("")}V${HIGH}Z`);
  });
}

function book(root) {
  const places = root.dataset.places ? Number(root.dataset.places) : undefined;
  const [asks, bids] = ["asks", "bids"].map((name) => [...root.querySelector(`[data-${name}]`).children]);
  asks.reverse(); // the best ask stands nearest to the middle
  const spread = root.querySelector("[data-spread]");
  const area = root.parentElement.querySelector("[data-depth]");
  subscribe(root.dataset.marketChannel, onceAFrame((data) => {
    const depth = (levels) => levels.slice(0, asks.length).reduce((sum, level) => sum + Number(level[1]), 0);
    const deepest = Math.max(depth(data.asks), depth(data.bids)) || 1;
    fillSide(asks, data.asks, deepest, places);
    fillSide(bids, data.bids, deepest, places);
    if (area) drawDepth(area, data, asks.length);
    if (data.asks.length && data.bids.length) spread.textContent = grouped(data.asks[0][0] - data.bids[0][0], places);
  }));
}

function cell(text, className = "") {
  return Object.assign(document.createElement("span"), { textContent: text, className });
}

function trades(root) {
  const places = root.dataset.places ? Number(root.dataset.places) : undefined;
  const list = root.querySelector("[data-trade-rows]");
  subscribe(root.dataset.marketChannel, (data) => {
    list.querySelector("p")?.remove();
    // What a first or a late frame tells again stands here already.
    const shown = new Set([...list.children].map((row) => row.dataset.trade));
    const fresh = data.trades.slice(-TRADES_MAX).filter((trade) => !shown.has(String(trade.id)));
    list.prepend(...fresh.reverse().map((trade) => {
      const row = Object.assign(document.createElement("div"), { className: "book-row" });
      row.dataset.trade = trade.id;
      row.append(cell(clock.format(new Date(trade.time))), cell(grouped(Number(trade.price), places), trade.side === "buy" ? "gain" : "loss"), cell(grouped(Number(trade.amount), 5)));
      return row;
    }));
    while (list.children.length > TRADES_MAX) list.lastElementChild.remove();
  });
}

for (const root of document.querySelectorAll("[data-book]")) book(root);
for (const root of document.querySelectorAll("[data-trades]")) trades(root);
