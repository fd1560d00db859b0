// One side of a comparison: a price, an indicator's output, or a number; some candles ago if wanted.
import { el, option } from "./dom.js";

const PRICES = [["close", "Close"], ["open", "Open"], ["high", "High"], ["low", "Low"], ["volume", "Volume"]];
const AGO = [0, 1, 2, 3, 4, 5, 10, 20];

function parsed(value) {
  if (typeof value === "number" || value === null || value === undefined) return { name: "", ago: 0, number: value ?? 0 };
  const match = /^\s*([\w.]+)(?:\[(\d+)\])?\s*$/.exec(value);
  return match ? { name: match[1], ago: Number(match[2] ?? 0), number: 0 } : { name: value, ago: 0, number: 0 };
}

export function operand(editor, value, path, change, label) {
  const now = parsed(value);
  const known = editor.columns();
  const columns = [...new Set([...known, ...(now.name && !PRICES.some(([price]) => price === now.name) ? [now.name] : [])])];
  const number = el("input", { class: "input operand-number", type: "number", step: "any", value: now.number, "aria-label": `${label}, number`, hidden: now.name !== "" });
  const agos = [...new Set([...AGO, now.ago])].sort((one, other) => one - other);
  const ago = el("select", { class: "select operand-ago", value: String(now.ago), "aria-label": `${label}, candles ago`, title: "Which candle", hidden: now.name === "" },
    ...agos.map((n) => option(String(n), n ? `${n} ago` : "now")));
  const pick = el("select", { class: "select operand-name", value: now.name || "#", "aria-label": label, "data-path": path },
    el("optgroup", { label: "Price" }, ...PRICES.map(([name, text]) => option(name, text))),
    columns.length ? el("optgroup", { label: "Indicators" }, ...columns.map((name) => option(name, editor.labelOf(name)))) : null,
    el("optgroup", { label: "Fixed" }, option("#", "Number")));
  const report = () => {
    const isNumber = pick.value === "#";
    number.hidden = !isNumber;
    ago.hidden = isNumber;
    if (isNumber) change(number.value === "" ? null : Number(number.value));
    else change(Number(ago.value) ? `${pick.value}[${ago.value}]` : pick.value);
  };
  for (const part of [pick, ago]) part.addEventListener("change", report);
  number.addEventListener("input", report);
  return el("span", { class: "operand" }, pick, number, ago);
}
