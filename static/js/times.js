// Relative times stay true while a page is open; countdowns run down to their moment.
const THIN = "\u202f";

function span(seconds) {
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)}${THIN}d`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}${THIN}h`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}${THIN}min`;
  return `${Math.floor(seconds)}${THIN}s`;
}

export function ago(milliseconds) {
  const seconds = (Date.now() - milliseconds) / 1000;
  if (seconds < 0) return `in ${span(-seconds)}`;
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

function refresh() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const then = Date.parse(time.dateTime);
    if (Date.now() - then < 7 * 86400000) time.textContent = ago(then);
  }
}

function countDown() {
  for (const clock of document.querySelectorAll("[data-countdown-ms]")) {
    const period = Number(clock.dataset.periodMs);
    let left = Number(clock.dataset.countdownMs) - Date.now();
    if (left < 0 && period) left = period - (-left % period);
    const seconds = Math.max(0, Math.ceil(left / 1000));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    clock.textContent = [...(h ? [h] : []), m, s].map((part) => String(part).padStart(2, "0")).join(":");
  }
}

setInterval(refresh, 15000);
if (document.querySelector("[data-countdown-ms]")) setInterval(countDown, 1000);
countDown();
