// data-opens="id" opens a dialog, data-closes closes the one around it.
export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.dispatchEvent(new Event("opened"));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && document.getElementById(opener.dataset.opens)) {
    event.preventDefault();
    open(opener.dataset.opens);
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  // A click beside the dialog lands on the dialog element itself.
  if (event.target.matches("dialog[open]")) event.target.close();
});
