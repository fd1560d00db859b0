// The strategy form. One object, the spec, is the truth: rows, fields and JSON are three views of it.
import "./chart.js";
import { Checker } from "./editor/check.js";
import { side } from "./editor/conditions.js";
import { el, icon } from "./editor/dom.js";
import { bindFields, fillFields } from "./editor/fields.js";
import { fresh, indicatorRow } from "./editor/indicators.js";
import { riskOptions } from "./editor/options.js";

const SIDES = ["buy_conditions", "sell_conditions", "short_conditions", "cover_conditions"];
const OUTPUTS = { hist: "histogram", k: "%K", d: "%D", j: "%J" };

class Editor {
  constructor(root) {
    this.root = root;
    this.text = root.querySelector("[data-spec]");
    this.types = JSON.parse(document.getElementById("indicator-types").textContent);
    this.timeframes = JSON.parse(document.getElementById("timeframes").textContent);
    this.formulas = JSON.parse(document.getElementById("saved-formulas").textContent);
    this.riskOptions = JSON.parse(document.getElementById("risk-options").textContent);
    this.spec = {};
    this.checker = new Checker(root, this);
    bindFields(root, this);
    this.text.addEventListener("input", () => {
      this.isChanged = true;
      this.readText();
    });
    this.text.form.addEventListener("submit", () => (this.isSaving = true));
    addEventListener("beforeunload", (event) => {
      if (this.isChanged && !this.isSaving) event.preventDefault();
    });
    this.tabs();
    this.readText();
    // What came back unreadable is mended where it was written; the rows open once it is read.
    if (!this.isRead) root.querySelector("[data-panel=panel-json]").click();
  }

  typeOf(indicator) {
    return this.types.find((type) => type.key === indicator.type);
  }

  // Every column a condition may name; before(index): those an indicator further down may read.
  columns(exceptIndex = -1) {
    return (this.spec.indicators ?? []).filter((_, i) => i !== exceptIndex).flatMap((one) => {
      const outputs = this.typeOf(one)?.outputs ?? [];
      return outputs.length > 1 ? outputs.map((output) => `${one.id}.${output}`) : [one.id];
    });
  }

  labelOf(column) {
    const [id, output] = column.split(".");
    const one = (this.spec.indicators ?? []).find((each) => each.id === id);
    const type = one && this.typeOf(one);
    if (!type) return column;
    const numbers = Object.values(one.params ?? {}).filter((value) => typeof value === "number").join("/");
    // The words of the summary; the indicator's own name tells two of a kind apart.
    const chief = !output || output === "value" || output === type.key;
    const name = [type.key.replaceAll("_", " ").toUpperCase(), numbers, chief ? "" : OUTPUTS[output] ?? output.replaceAll("_", " ")].filter(Boolean).join(" ");
    return id === type.key ? name : `${name} (${id})`;
  }

  rename(indicator, id) {
    const before = indicator.id;
    indicator.id = id;
    // Conditions and sources follow the new name, so a rename breaks nothing.
    const names = (value) => typeof value === "string" && (value === before || value.startsWith(`${before}.`) || value.startsWith(`${before}[`));
    const swap = (value) => (names(value) ? id + value.slice(before.length) : value);
    const walk = (node) => {
      if (!node || typeof node !== "object") return;
      for (const key of ["left", "right", "low", "high"]) if (key in node) node[key] = swap(node[key]);
      for (const key of ["all", "any"]) node[key]?.forEach(walk);
      walk(node.not);
    };
    for (const key of SIDES) walk(this.spec[key]);
    for (const one of this.spec.indicators) if (one.source) one.source = swap(one.source);
    this.changed({ redraw: true });
  }

  removeIndicator(index) {
    this.spec.indicators.splice(index, 1);
    this.changed({ redraw: true });
  }

  addIndicator() {
    const type = this.types.find((each) => each.key === "ema") ?? this.types[0];
    (this.spec.indicators ??= []).push(fresh(type, this.spec.indicators.map((one) => one.id)));
    this.changed({ redraw: true, focus: `indicators[${this.spec.indicators.length - 1}].id` });
  }

  changed({ redraw = false, focus = "" } = {}) {
    this.isChanged = true;
    this.text.value = JSON.stringify(this.spec, null, 2);
    if (redraw) this.redraw();
    if (focus) this.root.querySelector(`[data-path="${CSS.escape(focus)}"], [data-path^="${CSS.escape(focus)}."]`)?.focus();
    this.checker.soon();
  }

  readText() {
    const place = this.root.querySelector("[data-json-fault]");
    try {
      const spec = JSON.parse(this.text.value);
      if (!spec || typeof spec !== "object" || Array.isArray(spec)) throw new Error("must be an object {…}");
      this.spec = spec;
      place.hidden = true;
      this.redraw();
      if (Object.keys(this.riskOptions).some((key) => spec.risk?.[key])) this.root.querySelector("[data-risk-options]").closest("details").open = true;
      if (this.isRead) this.checker.soon();
      else this.open();
    } catch (fault) {
      place.textContent = `This is not JSON yet: ${fault.message}`;
      place.hidden = false;
    }
  }

  // What somebody writes before this would be lost: until now the fields were shut.
  open() {
    this.isRead = true;
    for (const fields of this.root.querySelectorAll("[data-until-ready]")) fields.disabled = false;
    this.checker.ask();
  }

  redraw() {
    fillFields(this.root, this.spec);
    const list = this.spec.indicators ?? [];
    const rows = list.map((one, i) => indicatorRow(this, one, i));
    this.root.querySelector("[data-indicators]").replaceChildren(
      el("ul", { class: "rule-list" }, ...rows),
      el("button", { class: "button small", type: "button", onclick: () => this.addIndicator() }, icon("plus"), "Add an indicator"));
    for (const key of SIDES) this.root.querySelector(`[data-side="${key}"]`)?.replaceChildren(side(this, key));
    this.root.querySelector("[data-risk-options]").replaceChildren(...riskOptions(this));
  }

  tabs() {
    const buttons = [...this.root.querySelectorAll("[data-panel]")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const each of buttons) {
          each.setAttribute("aria-selected", String(each === button));
          document.getElementById(each.dataset.panel).hidden = each !== button;
        }
      });
    }
    buttons[0].click();
  }
}

for (const root of document.querySelectorAll("[data-editor]")) new Editor(root);
