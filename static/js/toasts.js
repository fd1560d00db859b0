// Toasts close by hand; those that report success leave by themselves. Scripts add one with show().
const place = document.getElementById("toasts");
const LEAVES_AFTER_MS = 6000;

export function show(text, tone = "info") {
  const toast = document.createElement("div");
  toast.className = `toast ${tone}`;
  toast.dataset.toast = "";
  toast.append(Object.assign(document.createElement("span"), { textContent: text }));
  place.append(toast);
  leave(toast);
}

function leave(toast) {
  if (!toast.matches(".error, .warning")) setTimeout(() => toast.remove(), LEAVES_AFTER_MS);
}

place.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
});
document.body.addEventListener("toast", (event) => show(event.detail.text ?? event.detail.value, event.detail.tone));
for (const toast of place.querySelectorAll("[data-toast]")) leave(toast);
// What a page asks for by itself is no act of the user: the connection's own sign says that it is lost.
const BY_ITSELF = ["every", "live", "ask"].map((word) => `[hx-trigger*="${word}"]`).join();
document.body.addEventListener("htmx:sendError", (event) => event.detail.elt.matches(BY_ITSELF) || show("No answer from the server. Nothing was changed; try again.", "error"));
