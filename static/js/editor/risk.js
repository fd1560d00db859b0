// The optional parts of risk, each a choice (sizing, entry) or a list of rows (scaling, pauses).
// What there is to choose, and its words, units and ranges, the server says.
import { el, faultPlace, icon, option, removeButton } from "./dom.js";
import { toFraction, toPercent } from "./fields.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const begun = (kind) => Object.fromEntries(kind.fields.map((field) => [field.name, field.begins]));

// Where the options are kept; made on the first change, so that looking changes nothing.
function riskOf(editor) {
  if (!isObject(editor.spec.risk)) editor.spec.risk = {};
  return editor.spec.risk;
}

function numberField(editor, row, field, path) {
  const at = `${path}.${field.name}`;
  const held = row[field.name] === undefined ? field.default : row[field.name];
  const scale = field.percent ? toPercent : (value) => value;
  const change = (event) => {
    const text = event.target.value;
    row[field.name] = text === "" ? null : field.percent ? toFraction(Number(text)) : Number(text);
    editor.changed();
  };
  return el("label", { class: "param param-option" }, el("span", { class: "term" }, field.label),
    el("span", { class: "param-unit" },
      el("input", { class: "input", type: "number", step: field.whole ? 1 : "any", min: scale(field.least), max: scale(field.most), value: typeof held === "number" ? String(scale(held)) : "", "data-path": at, oninput: change }),
      field.unit ? el("span", { class: "unit" }, field.unit) : null),
    faultPlace(at));
}

// A guard that counts and stops each symbol by itself.
function aloneField(editor, row, path) {
  const change = (event) => {
    if (event.target.checked) row.only_per_symbol = true;
    else delete row.only_per_symbol;
    editor.changed();
  };
  return el("label", { class: "choice" },
    el("input", { type: "checkbox", checked: row.only_per_symbol === true, "data-path": `${path}.only_per_symbol`, onchange: change }),
    el("span", {}, "each symbol by itself"), faultPlace(`${path}.only_per_symbol`));
}

function fieldsOf(editor, row, kind, path) {
  return [...kind.fields.map((field) => numberField(editor, row, field, path)), kind.alone ? aloneField(editor, row, path) : null];
}

// What a kind does not know is shown as it is written; the server says what is wrong with it.
function kindSelect(table, value, label, path, onchange, none = null) {
  const known = Object.entries(table.kinds).map(([key, kind]) => option(key, kind.label));
  const strange = value && !(value in table.kinds) ? [option(value, String(value))] : [];
  return el("select", { class: "select", value: value ?? "", "aria-label": label, "data-path": path, onchange }, ...(none ? [option("", none)] : []), ...known, ...strange);
}

function choice(editor, name, table, place) {
  const path = `risk.${name}`;
  const held = isObject(editor.spec.risk?.[name]) ? editor.spec.risk[name] : null;
  const kind = held && table.kinds[held[table.key]];
  const choose = (event) => {
    const chosen = event.target.value;
    if (chosen) riskOf(editor)[name] = { [table.key]: chosen, ...begun(table.kinds[chosen]) };
    else delete riskOf(editor)[name];
    editor.changed({ redraw: true, focus: `${path}.${table.key}` });
  };
  return [
    kindSelect(table, held?.[table.key], place.dataset.title, `${path}.${table.key}`, choose, place.dataset.none),
    kind ? el("div", { class: "rule-row option-row" }, ...fieldsOf(editor, held, kind, path)) : null,
    faultPlace(path), faultPlace(`${path}.${table.key}`),
  ];
}

function listRow(editor, name, table, rows, index) {
  const path = `risk.${name}[${index}]`;
  const row = isObject(rows[index]) ? rows[index] : {};
  const kind = table.kinds[table.key ? row[table.key] : ""];
  const remove = () => {
    rows.splice(index, 1);
    if (!rows.length) delete editor.spec.risk[name];
    editor.changed({ redraw: true });
  };
  const choose = (event) => {
    const chosen = table.kinds[event.target.value];
    // What both kinds ask for stays as it was written.
    const kept = Object.fromEntries(chosen.fields.filter((field) => field.name in row).map((field) => [field.name, row[field.name]]));
    rows[index] = { [table.key]: event.target.value, ...begun(chosen), ...kept };
    editor.changed({ redraw: true, focus: `${path}.${table.key}` });
  };
  return el("li", { class: "rule-row option-row" },
    table.key ? kindSelect(table, row[table.key], "What it looks at", `${path}.${table.key}`, choose) : null,
    ...(kind ? fieldsOf(editor, row, kind, path) : []),
    el("span", { class: "row-end" }, removeButton("Remove this row", remove)),
    el("span", { class: "row-faults" }, faultPlace(path), table.key ? faultPlace(`${path}.${table.key}`) : null));
}

function list(editor, name, table, place) {
  const held = editor.spec.risk?.[name];
  const rows = Array.isArray(held) ? held : [];
  const add = () => {
    const [key, kind] = Object.entries(table.kinds)[0];
    const risk = riskOf(editor);
    if (!Array.isArray(risk[name])) risk[name] = [];
    risk[name].push({ ...(table.key ? { [table.key]: key } : {}), ...begun(kind) });
    editor.changed({ redraw: true, focus: `risk.${name}[${risk[name].length - 1}]` });
  };
  return [
    el("ul", { class: "rule-list" }, ...rows.map((_, index) => listRow(editor, name, table, rows, index))),
    el("span", {}, el("button", { class: "button small", type: "button", onclick: add }, icon("plus"), place.dataset.add)),
    faultPlace(`risk.${name}`),
  ];
}

export function drawRiskOptions(editor) {
  for (const place of editor.root.querySelectorAll("[data-option]")) {
    const name = place.dataset.option;
    const table = editor.riskOptions[name];
    const parts = (place.dataset.none ? choice : list)(editor, name, table, place);
    place.replaceChildren(...[el("h3", { class: "label" }, place.dataset.title), ...parts].filter(Boolean));
  }
}
