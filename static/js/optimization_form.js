// Counts the combinations while ranges are typed; another strategy brings its own numbers.
import { grouped } from "./format.js";

const MOST = 1000000;
const choose = document.querySelector("[data-choose] select");
const form = document.querySelector("[data-search]");
const place = form?.querySelector("[data-count]");

// How many values lie in a range; NaN where it is none, Infinity without a step.
function valuesOf(row) {
  const [low, high, step] = ["low", "high", "step"].map((kind) => row.querySelector(`[name^="${kind}:"]`).value.trim());
  if (low === "" || high === "" || Number(low) > Number(high)) return NaN;
  if (step === "") return [low, high].every((one) => /^-?\d+$/.test(one)) ? high - low + 1 : Infinity;
  return Number(step) > 0 ? Math.floor((high - low) / step + 1e-9) + 1 : NaN;
}

function words() {
  const chosen = [...form.querySelectorAll("[data-range]")].filter((row) => row.querySelector("[name=vary]").checked);
  if (!chosen.length) return "choose at least one";
  const count = chosen.map(valuesOf).reduce((a, b) => a * b, 1);
  if (Number.isNaN(count)) return "a range needs numbers, the smaller first";
  if (count === Infinity) return "any number between: say how many trials";
  const text = `${grouped(count, 0)} combination${count === 1 ? "" : "s"}`;
  return count > MOST ? `${text}: too many to try all; at most ${grouped(MOST, 0)}` : text;
}

if (form) {
  const show = () => { place.textContent = words(); };
  form.addEventListener("input", show);
  show();
}
choose?.addEventListener("change", () => choose.form.submit());
