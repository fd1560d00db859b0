// Switches the theme at once; the form posts the choice so that the next page is drawn with it.
import { announce } from "./themes.js";

const form = document.querySelector("[data-theme-form]");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const next = dark ? "light" : "dark";
  root.dataset.theme = next;
  const body = new FormData(form);
  body.set("theme", next);
  fetch(form.action, { method: "POST", body, redirect: "manual" });
  announce();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
