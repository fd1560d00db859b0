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
