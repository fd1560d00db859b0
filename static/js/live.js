// Live values: an element says what it shows (data-channel, data-field, data-id, data-format), frames fill it in.
// Without data-field it gets a "live" event instead, so that htmx may fetch its part anew.
import { write } from "./format.js";
import { LiveSocket } from "./socket.js";
import { show } from "./toasts.js";

const PATHS = { ticker: "/ws/prices/", trades: "/ws/prices/", orderbook: "/ws/market/", stats: "/ws/market/", kline: "/ws/market/" };
const STALE_AFTER_MS = 20000;
const FLOWS = /^(ticker|orderbook|kline):/; // these come all the time; silence means they are stale

const sockets = new Map();
const listeners = new Map();
const waiting = new Map();
const heard = new Map();
const onScreen = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) onScreen[isIntersecting ? "add" : "delete"](target);
  schedule();
});
let frameAsked = false;

function socketFor(channel) {
  const path = PATHS[channel.split(":")[0]] ?? "/ws/user/";
  if (!sockets.has(path)) sockets.set(path, new LiveSocket(path, { onFrame: receive, onState: showState, onBack: back }));
  return sockets.get(path);
}

export function subscribe(channel, listener) {
  if (!listeners.has(channel)) listeners.set(channel, new Set());
  listeners.get(channel).add(listener);
  heard.set(channel, Date.now());
  socketFor(channel).subscribe([channel]);
}

export function unsubscribe(channel, listener) {
  listeners.get(channel)?.delete(listener);
  if (listeners.get(channel)?.size) return;
  listeners.delete(channel);
  heard.delete(channel);
  socketFor(channel).unsubscribe([channel]);
}

// More was missed than the server keeps: every part of the page that listens is asked for anew.
function resync() {
  for (const element of document.querySelectorAll("[data-channel]:not([data-field])")) {
    element.dispatchEvent(new CustomEvent("live", { detail: { data: {}, frame: {} } }));
  }
}

function back(awayMs) {
  if (awayMs > 5000) show(`Back after ${Math.round(awayMs / 1000)} s without connection. What was missed is being filled in.`);
}

function receive(frame) {
  if (frame.type === "resync") resync();
  if (!frame.channel) return;
  heard.set(frame.channel, Date.now());
  for (const listener of listeners.get(frame.channel) ?? []) listener(frame.data, frame);
}

function schedule() {
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(() => {
    frameAsked = false;
    for (const [element, value] of waiting) {
      if (!element.isConnected) waiting.delete(element);
      else if (onScreen.has(element)) {
        waiting.delete(element);
        fill(element, value);
      }
    }
  });
}

function fill(element, value) {
  const before = element.dataset.value;
  if (before === String(value)) return;
  write(element, value, element.dataset.format);
  element.dataset.value = value;
  if (before === undefined || !Number.isFinite(Number(value)) || "calm" in element.dataset) return;
  element.classList.remove("tint-up", "tint-down");
  void element.offsetWidth; // lets the same tint start again
  element.classList.add(Number(value) >= Number(before) ? "tint-up" : "tint-down");
}

function adopt(element) {
  if (element.liveListener) return;
  const { channel, field, id } = element.dataset;
  element.liveListener = (data, frame) => {
    if (!element.isConnected) return unsubscribe(channel, element.liveListener);
    const rows = Array.isArray(data) ? data : [data];
    const row = id ? rows.find((each) => String(each.id ?? each[`${channel.replace(/s$/, "")}_id`]) === id) : rows[0];
    if (!row) return;
    if (!field) element.dispatchEvent(new CustomEvent("live", { detail: { data: row, frame } }));
    else if (field in row) {
      waiting.set(element, row[field]);
      schedule();
    }
  };
  if (field) watcher.observe(element);
  subscribe(channel, element.liveListener);
}

function scan(root) {
  if (root.matches?.("[data-channel]")) adopt(root);
  for (const element of root.querySelectorAll("[data-channel]")) adopt(element);
}

const indicator = document.querySelector("[data-link-state]");

function showState() {
  if (!indicator) return;
  const all = [...sockets.values()];
  const lost = all.find((socket) => socket.state === "reconnecting");
  const oldest = Math.max(0, ...[...heard].filter(([channel]) => FLOWS.test(channel)).map(([, at]) => Date.now() - at));
  const delay = Math.max(...all.map((socket) => socket.delayMs ?? 0), 0);
  const state = lost ? "reconnecting" : !all.some((socket) => socket.state === "live") ? "off" : oldest > STALE_AFTER_MS ? "stale" : "live";
  const age = `${Math.round((lost ? Date.now() - lost.heardAt : oldest) / 1000)} s old`;
  const words = { live: `live ${delay ? `${delay} ms` : ""}`, reconnecting: `reconnecting, ${age}`, stale: `stale, ${age}`, off: "not live" };
  indicator.dataset.state = state;
  document.documentElement.dataset.link = state;
  indicator.querySelector("[data-link-text]").textContent = words[state];
}

function age() {
  showState();
  for (const [channel, at] of heard) {
    const old = Date.now() - at;
    const stale = (FLOWS.test(channel) && old > STALE_AFTER_MS) || (socketFor(channel).state === "reconnecting" && old > 5000);
    const name = CSS.escape(channel);
    for (const element of document.querySelectorAll(`[data-channel="${name}"][data-field], [data-market-channel="${name}"], [data-mark-channel="${name}"]`)) {
      element.classList.toggle("is-stale", stale);
      if (stale) element.title = `${Math.round(old / 1000)} s old`;
      else if (element.title.endsWith("s old")) element.title = "";
    }
  }
}

scan(document);
document.body.addEventListener("htmx:load", (event) => scan(event.detail.elt));
setInterval(age, 1000);
