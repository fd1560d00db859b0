// The optional parts of risk: sizing, entry orders, scaling in and out, protections. Which numbers
// each has, and their bounds, come from the server: the very table by which it checks them.
import { el, faultPlace, icon, option, removeButton } from "./dom.js";
import { toFraction, toPercent } from "./fields.js";

const WORDS = {
  fixed_fraction: "Lose a fixed share at the stop-loss", volatility_target: "Aim at a volatility", kelly: "Kelly, capped",
  limit: "Limit order near the close", stoploss_guard: "Too many stop-losses", max_drawdown: "A fall of its trades", low_profit: "Too little profit on a symbol",
  risk: "lose at most", volatility: "volatility a year", window: "measured over", fraction: "share of Kelly's", cap: "at most of the equity",
  offset: "away from the close", expires_after: "cancelled after", at: "at a move of", size: "of the first quantity", part: "close",
  lookback_candles: "within", stop_candles: "enter nothing for", trade_limit: "trades, at least", required_profit: "profit below",
};
// A fraction is shown as per cent; the rest are numbers with a unit.
const UNITS = { window: "candles", expires_after: "candles", lookback_candles: "candles", stop_candles: "candles", trade_limit: "" };
const words = (key) => WORDS[key] ?? key.replaceAll("_", " ");

function numberField(editor, holder, bounds, path) {
  const name = bounds.name;
  const isShare = !(name in UNITS);
  const value = holder[name] === undefined ? bounds.default : holder[name];
  const shown = value === undefined || value === null ? "" : isShare ? toPercent(value) : value;
  const label = name === "max_drawdown" ? "a fall of" : words(name);
  const counts = name === "window" && holder.method === "kelly" ? "trades" : UNITS[name];
  const unit = isShare ? "%" : counts;
  return el("label", { class: "param" }, el("span", { class: "term" }, label),
    el("span", { class: "with-unit" },
      el("input", { class: "input", type: "number", step: bounds.whole ? 1 : "any", value: shown, "data-path": `${path}.${name}`, oninput: (event) => {
        const raw = event.target.value;
        holder[name] = raw === "" ? null : isShare ? toFraction(Number(raw)) : Number(raw);
        editor.changed();
      } }), unit ? el("span", { class: "unit" }, unit) : null),
    faultPlace(`${path}.${name}`));
}

// What a new row begins with: the default, or something in the middle of common sense.
const FIRST = { risk: 0.01, volatility: 0.4, window: 50, offset: 0.001, expires_after: 5, at: 0.02, size: 0.5, part: 0.5, lookback_candles: 100, stop_candles: 20, max_drawdown: 0.1 };
const begun = (table) => Object.fromEntries(table.map(({ name, default: usual }) => [name, usual ?? FIRST[name]]));

function kindSelect(label, kinds, value, none, onchange, path) {
  const choices = none ? [option("", none)] : [];
  return el("label", { class: "param param-type" }, el("span", { class: "term" }, label),
    el("select", { class: "select", value, "data-path": path, onchange }, ...choices, ...Object.keys(kinds).map((kind) => option(kind, words(kind)))), faultPlace(path));
}

// One part that is there or not: sizing, entry order.
function single(editor, name, key, label, none) {
  const kinds = editor.riskOptions[name], path = `risk.${name}`;
  const now = editor.spec.risk?.[name];
  const choose = (event) => {
    const kind = event.target.value;
    editor.spec.risk ??= {};
    if (kind) editor.spec.risk[name] = { [key]: kind, ...begun(kinds[kind]) };
    else delete editor.spec.risk[name];
    editor.changed({ redraw: true });
  };
  const fields = (kinds[now?.[key]] ?? []).map((bounds) => numberField(editor, now, bounds, path));
  return el("div", { class: "rule-row indicator-row" }, kindSelect(label, kinds, now?.[key] ?? "", none, choose, `${path}.${key}`), ...fields, faultPlace(path));
}

function rows(editor, name, title, add, fresh, draw) {
  const held = editor.spec.risk?.[name];
  const list = Array.isArray(held) ? held : [];
  const path = `risk.${name}`;
  const drop = (i) => {
    list.splice(i, 1);
    if (!list.length) delete editor.spec.risk[name];
    editor.changed({ redraw: true });
  };
  const made = list.map((one, i) => el("li", { class: "rule-row indicator-row" }, ...draw(one ?? {}, `${path}[${i}]`),
    el("span", { class: "row-end" }, removeButton(`Remove ${title} ${i + 1}`, () => drop(i))), faultPlace(`${path}[${i}]`)));
  const begin = () => {
    editor.spec.risk ??= {};
    if (held !== list) editor.spec.risk[name] = list;
    list.push(fresh());
    editor.changed({ redraw: true, focus: `${path}[${editor.spec.risk[name].length - 1}]` });
  };
  return el("div", {}, el("ul", { class: "rule-list" }, ...made), faultPlace(path),
    el("button", { class: "button small", type: "button", onclick: begin }, icon("plus"), add));
}

function steps(editor, name, title, add) {
  const table = editor.riskOptions[name];
  return rows(editor, name, title, add, () => begun(table), (one, path) => table.map((bounds) => numberField(editor, one, bounds, path)));
}

function protections(editor) {
  const kinds = editor.riskOptions.protections;
  const fresh = () => ({ type: "stoploss_guard", ...begun(kinds.stoploss_guard) });
  return rows(editor, "protections", "protection", "Add a protection", fresh, (one, path) => {
    const retype = (event) => {
      const kind = event.target.value;
      for (const name of Object.keys(one)) delete one[name];
      Object.assign(one, { type: kind, ...begun(kinds[kind]) });
      editor.changed({ redraw: true });
    };
    const alone = one.type !== "stoploss_guard" ? null : el("label", { class: "check-row" },
      el("input", { type: "checkbox", ...(one.only_per_symbol ? { checked: true } : {}), onchange: (event) => {
        if (event.target.checked) one.only_per_symbol = true;
        else delete one.only_per_symbol;
        editor.changed();
      } }), "each symbol by itself");
    return [kindSelect("after", kinds, one.type, null, retype, `${path}.type`),
      ...(kinds[one.type] ?? []).map((bounds) => numberField(editor, one, bounds, path)), alone];
  });
}

const part = (title, ...inside) => el("fieldset", { class: "stack" }, el("legend", {}, el("h3", {}, title)), ...inside);

export function riskOptions(editor) {
  return [
    part("How much to enter with", single(editor, "sizing", "method", "sizing", "As much as is allowed")),
    part("How to enter", single(editor, "entry_order", "type", "order", "At market")),
    part("Add to a position", steps(editor, "scale_in", "step", "Add a step")),
    part("Close in parts", steps(editor, "scale_out", "part", "Add a part")),
    part("Pause after bad trades", protections(editor)),
  ];
}
