// The indicators of a strategy: a row each, with the parameters its type has.
import { el, faultPlace, option, removeButton } from "./dom.js";

const PRICES = ["close", "open", "high", "low", "hl2", "hlc3", "ohlc4", "volume"];

// The short name first: the end is what a narrow field cuts off.
const longName = ({ key, name }) => (name.length > 16 ? `${key.replaceAll("_", " ").toUpperCase()} · ${name}` : name);

export function typeSelect(types, value, onchange) {
  const families = [...new Set(types.map((type) => type.family))];
  const groups = families.map((family) =>
    el("optgroup", { label: family.replace("_", " ") }, ...types.filter((type) => type.family === family).map((type) => option(type.key, longName(type)))));
  return el("select", { class: "select", "aria-label": "Indicator", value, onchange }, ...groups);
}

function freeId(type, taken) {
  if (!taken.includes(type)) return type;
  let n = 2;
  while (taken.includes(`${type}${n}`)) n += 1;
  return `${type}${n}`;
}

export function fresh(type, taken) {
  const params = Object.fromEntries(Object.entries(type.params).map(([name, param]) => [name, param.default]));
  return { id: freeId(type.key, taken), type: type.key, params };
}

// A formula is written out, or taken from those kept by name: the strategy carries its own copy.
function formulaField(editor, indicator, name, param, path) {
  const change = (value) => {
    indicator.params = { ...indicator.params, [name]: value };
    editor.changed();
  };
  const text = el("input", { class: "input mono", value: indicator.params?.[name] ?? param.default, maxlength: 2000, spellcheck: "false", autocomplete: "off", "data-path": path, oninput: (event) => change(event.target.value) });
  const pick = el("select", { class: "select", "aria-label": "Take a saved formula", value: "", onchange: (event) => {
    const kept = editor.formulas[Number(event.target.value)];
    event.target.value = "";
    text.value = kept.expression;
    change(kept.expression);
  } }, option("", "Take a saved one"), ...editor.formulas.map((kept, i) => option(String(i), kept.name)));
  return el("span", { class: "param param-formula" },
    el("label", { class: "param" }, el("span", { class: "term", title: param.doc }, "formula"), text, faultPlace(path), faultPlace(path.replace(/expression$/, "saved"))),
    editor.formulas.length ? pick : null);
}

function paramField(editor, indicator, name, param, path) {
  if (param.kind === "formula") return formulaField(editor, indicator, name, param, path);
  const label = el("span", { class: "term", title: param.doc }, name.replaceAll("_", " "));
  const value = indicator.params?.[name] ?? param.default;
  const change = (event) => {
    const raw = event.target.value;
    indicator.params = { ...indicator.params, [name]: param.kind === "choice" ? raw : raw === "" ? null : Number(raw) };
    editor.changed();
  };
  const field = param.kind === "choice"
    ? el("select", { class: "select", value, "data-path": path, onchange: change }, ...param.choices.map((choice) => option(choice, choice)))
    : el("input", { class: "input", type: "number", value, min: param.least, max: param.most, step: param.kind === "int" ? 1 : "any", "data-path": path, oninput: change });
  return el("label", { class: "param" }, label, field, faultPlace(path));
}

function sourceField(editor, indicator, index, path) {
  const others = editor.columns(index);
  const choices = [...new Set([...PRICES, ...others, indicator.source ?? "close"])];
  return el("label", { class: "param" }, el("span", { class: "term" }, "of"),
    el("select", { class: "select", value: indicator.source ?? "close", "data-path": path, onchange: (event) => {
      indicator.source = event.target.value;
      editor.changed();
    } }, ...choices.map((choice) => option(choice, choice))), faultPlace(path));
}

function timeframeField(editor, indicator, path) {
  const own = "";
  return el("label", { class: "param" }, el("span", { class: "term" }, "on"),
    el("select", { class: "select", value: indicator.timeframe ?? own, "data-path": path, onchange: (event) => {
      if (event.target.value) indicator.timeframe = event.target.value;
      else delete indicator.timeframe;
      editor.changed();
    } }, option(own, "same candles"), ...editor.timeframes.map((name) => option(name, `${name} candles`))), faultPlace(path));
}

export function indicatorRow(editor, indicator, index) {
  const path = `indicators[${index}]`;
  const type = editor.typeOf(indicator);
  const rename = (event) => {
    editor.rename(indicator, event.target.value.trim());
  };
  const retype = (event) => {
    const made = fresh(editor.types.find((each) => each.key === event.target.value), []);
    Object.assign(indicator, { type: made.type, params: made.params });
    delete indicator.source;
    editor.changed({ redraw: true });
  };
  return el("li", { class: "rule-row indicator-row" },
    el("label", { class: "param param-id" }, el("span", { class: "term" }, "name"),
      el("input", { class: "input mono", value: indicator.id, maxlength: 32, spellcheck: "false", "data-path": `${path}.id`, onchange: rename }), faultPlace(`${path}.id`)),
    el("label", { class: "param param-type" }, el("span", { class: "term" }, "indicator"), typeSelect(editor.types, indicator.type, retype), faultPlace(`${path}.type`)),
    ...Object.entries(type?.params ?? {}).map(([name, param]) => paramField(editor, indicator, name, param, `${path}.params.${name}`)),
    type?.inputs.includes("source") ? sourceField(editor, indicator, index, `${path}.source`) : null,
    timeframeField(editor, indicator, `${path}.timeframe`),
    el("span", { class: "row-end" }, removeButton(`Remove ${indicator.id}`, () => editor.removeIndicator(index))),
    faultPlace(path));
}
