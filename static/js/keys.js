// Ctrl K searches, ? lists the keys, g then a letter goes to a page. Silent while someone types.
import { open } from "./dialogs.js";

let afterG = -Infinity;
// A field of a dialog that has just closed keeps the focus until the next frame.
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]")?.checkVisibility();

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "?") open("keys");
  if (event.timeStamp - afterG < 1500) document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
  afterG = event.key === "g" ? event.timeStamp : -Infinity;
});

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const hint of document.querySelectorAll("[data-search-keys]")) hint.textContent = "⌘K";
}
