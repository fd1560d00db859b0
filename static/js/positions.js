// Between two fetches a position's mark, profit and distance follow the ticker; sums follow them.
import { grouped, percent, write } from "./format.js";
import { subscribe, unsubscribe } from "./live.js";

const marks = new Map();
const listeners = new Map();
let asked = false;

function drawn(row) {
  const { way, quantity, entry, liquidation, stake, places, markChannel } = row.dataset;
  const mark = marks.get(markChannel);
  if (!mark) return;
  const [side, size, from, over] = [way, quantity, entry, liquidation].map(Number);
  const pnl = side * size * (mark - from);
  row.dataset.pnlNow = pnl;
  row.querySelector("[data-mark]").textContent = grouped(mark, places === "" ? undefined : Number(places));
  write(row.querySelector("[data-pnl]"), pnl, "profit");
  write(row.querySelector("[data-pnl-share]"), pnl / Number(stake), "change");
  if (!over) return;
  row.querySelector("[data-distance]").textContent = percent(Math.abs(mark - over) / mark, 1);
  const left = Math.min(1, Math.abs(mark - over) / Math.abs(from - over));
  const bar = row.querySelector("[data-distance-bar]");
  bar.setAttribute("width", (left * 100).toFixed(1));
  bar.classList.toggle("bad", left < 0.2);
  bar.classList.toggle("warn", left >= 0.2 && left < 0.5);
}

function sums() {
  const account = document.querySelector("[data-account]");
  const rows = [...document.querySelectorAll("[data-position]")];
  if (!account || !rows.length || rows.some((row) => row.dataset.pnlNow === undefined)) return;
  const pnl = rows.reduce((sum, row) => sum + Number(row.dataset.pnlNow), 0);
  write(account.querySelector("[data-pnl-total]"), pnl, "profit:USDT");
  write(account.querySelector("[data-margin-balance]"), Number(account.dataset.wallet) + pnl, "money:USDT");
}

function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    for (const row of document.querySelectorAll("[data-position]")) drawn(row);
    sums();
  });
}

// Listens to the prices of the rows that there are now, and to no others.
function follow() {
  const wanted = new Set([...document.querySelectorAll("[data-position]")].map((row) => row.dataset.markChannel));
  for (const [channel, listener] of listeners) {
    if (wanted.has(channel)) continue;
    unsubscribe(channel, listener);
    listeners.delete(channel);
    marks.delete(channel);
  }
  for (const channel of wanted) {
    if (listeners.has(channel)) continue;
    const listener = (ticker) => {
      marks.set(channel, Number(ticker.last));
      redraw();
    };
    listeners.set(channel, listener);
    subscribe(channel, listener);
  }
  redraw();
}

follow();
document.body.addEventListener("htmx:load", follow);
