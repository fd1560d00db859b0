// Menus and inline confirms are details elements: they close by Esc, by a click elsewhere, by "Keep".
const OPEN = "details[data-menu][open], details[data-confirm][open]";

document.addEventListener("click", (event) => {
  const kept = event.target.closest("[data-confirm-cancel]") ? null : event.target.closest(OPEN);
  for (const menu of document.querySelectorAll(OPEN)) if (menu !== kept) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(OPEN)) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// In a table that scrolls an open form is fixed to the window: beside its button, never off the screen.
const GAP = 4;
function place(details) {
  const [button, body] = details.children;
  const from = button.getBoundingClientRect();
  const floor = innerHeight - (matchMedia("(max-width: 640px)").matches ? 64 : 8);
  const left = Math.max(8, Math.min(from.right - body.offsetWidth, innerWidth - body.offsetWidth - 8));
  const below = from.bottom + GAP;
  const top = below + body.offsetHeight <= floor ? below : Math.max(8, Math.min(from.top - GAP, floor) - body.offsetHeight);
  Object.assign(body.style, { left: `${left}px`, top: `${top}px`, translate: "none" });
}
const placeAll = () => document.querySelectorAll(".table-wrap details[data-confirm][open]").forEach(place);
document.addEventListener("toggle", placeAll, true);
document.addEventListener("scroll", placeAll, { capture: true, passive: true });
window.addEventListener("resize", placeAll);
