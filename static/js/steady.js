// A refresh that was under way while another tab was chosen is too late; the new tab is asked again.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (!requestConfig.elt.matches("[data-refreshes]") || requestConfig.elt.isConnected) return;
  event.detail.shouldSwap = false;
  const shown = target?.querySelector("[data-refreshes]");
  if (!shown) return;
  htmx.process(shown); // it may have come this very moment and not listen yet
  shown.dispatchEvent(new CustomEvent("live"));
});

// A part of the page in which somebody works (an open form, a field with the cursor, a button held
// down) is not replaced under their hands; it is fetched anew when they are done.
const BUSY = "details[data-confirm][open], input:focus, select:focus, [data-pressed]";

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (!target?.matches("[data-steady]") || !requestConfig.elt.matches("[data-refreshes]")) return;
  if (!target.querySelector(BUSY)) return;
  event.detail.shouldSwap = false;
  target.dataset.waits = "";
});

function freed(part) {
  if (!part || !("waits" in part.dataset) || part.querySelector(BUSY)) return;
  delete part.dataset.waits;
  const asks = part.matches("[data-refreshes]") ? part : part.querySelector("[data-refreshes]");
  asks?.dispatchEvent(new CustomEvent("live"));
}

document.addEventListener("toggle", (event) => freed(event.target.closest?.("[data-steady]")), true);
document.addEventListener("focusout", (event) => setTimeout(() => freed(event.target.closest("[data-steady]"))));

// What is replaced between the press and the release of a button is not clicked.
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.("[data-steady]")) event.target.dataset.pressed = "";
});
for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => setTimeout(() => {
  for (const one of document.querySelectorAll("[data-pressed]")) {
    delete one.dataset.pressed;
    freed(one.closest("[data-steady]"));
  }
}));

// A small form that was taken is done: it closes, then its part of the page may change.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const around = event.target.closest?.("details[data-confirm]");
  if (around && event.detail.xhr.status === 204) around.open = false;
});
