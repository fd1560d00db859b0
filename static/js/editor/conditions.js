// Conditions in words: a row each, in groups that nest. "None of" is written as not + any.
import { el, faultPlace, icon, option, removeButton } from "./dom.js";
import { operand } from "./operands.js";

const OPERATORS = [
  ["crosses_above", "crosses above"], ["crosses_below", "crosses below"], [">", "is above"], [">=", "is at or above"], ["<", "is below"], ["<=", "is at or below"],
  ["==", "equals"], ["!=", "differs from"], ["rising", "has risen"], ["falling", "has fallen"], ["between", "is between"],
];
const GROUPS = [["all", "All of these"], ["any", "Any of these"], ["none", "None of these"]];

const isGroup = (node) => node && typeof node === "object" && ("all" in node || "any" in node || "not" in node);

// What a group is called here, where its items are, and the JSON path that leads to them.
function opened(node) {
  if ("not" in node) {
    if (!node.not || !("any" in node.not)) node.not = { any: [node.not] };
    return { kind: "none", items: node.not.any, path: "not.any" };
  }
  const kind = "all" in node ? "all" : "any";
  return { kind, items: node[kind], path: kind };
}

function regroup(node, kind, items) {
  for (const key of Object.keys(node)) delete node[key];
  if (kind === "none") node.not = { any: items };
  else node[kind] = items;
}

const freshCondition = (editor) => ({ left: editor.columns()[0] ?? "close", op: ">", right: editor.columns()[1] ?? 0 });

function conditionRow(editor, node, path, remove) {
  const change = (key) => (value) => {
    node[key] = value;
    editor.changed();
  };
  const operators = el("select", { class: "select operator", value: node.op, "aria-label": "Comparison", "data-path": `${path}.op`, onchange: (event) => {
    const op = event.target.value;
    const right = node.right ?? node.low ?? 0;
    for (const key of ["right", "n", "low", "high"]) delete node[key];
    node.op = op;
    if (op === "rising" || op === "falling") node.n = 3;
    else if (op === "between") Object.assign(node, { low: right, high: typeof right === "number" ? right + 1 : 0 });
    else node.right = right;
    editor.changed({ redraw: true });
  } }, ...OPERATORS.map(([value, text]) => option(value, text)));
  const rest = node.op === "rising" || node.op === "falling"
    ? [el("span", { class: "soft" }, "for"), el("input", { class: "input steps", type: "number", min: 1, value: node.n, "aria-label": "Candles", "data-path": `${path}.n`, oninput: (event) => change("n")(Number(event.target.value)) }), el("span", { class: "soft" }, "candles")]
    : node.op === "between"
      ? [operand(editor, node.low, `${path}.low`, change("low"), "Lower bound"), el("span", { class: "soft" }, "and"), operand(editor, node.high, `${path}.high`, change("high"), "Upper bound")]
      : [operand(editor, node.right, `${path}.right`, change("right"), "Right side")];
  return el("li", { class: "rule-row condition-row" }, operand(editor, node.left, `${path}.left`, change("left"), "Left side"), operators, ...rest,
    el("span", { class: "row-end" }, removeButton("Remove condition", remove)),
    el("span", { class: "row-faults" }, ...["", ".left", ".op", ".right", ".n", ".low", ".high"].map((end) => faultPlace(path + end))));
}

export function groupBox(editor, node, path, remove) {
  const { kind, items, path: inner } = opened(node);
  const drop = (index) => () => {
    items.splice(index, 1);
    if (!items.length) remove();
    editor.changed({ redraw: true });
  };
  const add = (made) => () => {
    items.push(made());
    editor.changed({ redraw: true, focus: `${path}.${inner}[${items.length - 1}]` });
  };
  const rows = items.map((item, i) => {
    const at = `${path}.${inner}[${i}]`;
    return isGroup(item) ? el("li", { class: "rule-nest" }, groupBox(editor, item, at, drop(i))) : conditionRow(editor, item, at, drop(i));
  });
  return el("div", { class: "rule-group" },
    el("div", { class: "rule-group-head" },
      el("select", { class: "select group-kind", value: kind, "aria-label": "How the conditions count", onchange: (event) => {
        regroup(node, event.target.value, items);
        editor.changed({ redraw: true });
      } }, ...GROUPS.map(([value, text]) => option(value, text))),
      el("button", { class: "button quiet small", type: "button", onclick: add(() => freshCondition(editor)) }, icon("plus"), "Condition"),
      el("button", { class: "button quiet small", type: "button", onclick: add(() => ({ any: [freshCondition(editor)] })) }, icon("plus"), "Group"),
      el("span", { class: "row-end" }, removeButton("Remove group", () => {
        remove();
        editor.changed({ redraw: true });
      }))),
    el("ul", { class: "rule-list" }, ...rows), faultPlace(path), faultPlace(`${path}.${inner}`));
}

// One side of the strategy: its tree, or the offer to begin one.
export function side(editor, key) {
  const tree = editor.spec[key];
  if (!tree) {
    return el("div", { class: "rule-none" }, faultPlace(key), el("button", { class: "button small", type: "button", onclick: () => {
      editor.spec[key] = { all: [freshCondition(editor)] };
      editor.changed({ redraw: true });
    } }, icon("plus"), "Add the first condition"));
  }
  if (!isGroup(tree)) editor.spec[key] = { all: [tree] };
  return groupBox(editor, editor.spec[key], key, () => {
    editor.spec[key] = null;
  });
}
