// The plain fields of the form (name, market, timeframe, risk): data-path says where in the spec they live.
const get = (spec, path) => path.split(".").reduce((part, key) => part?.[key], spec);

function set(spec, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  let part = spec;
  for (const key of keys) part = part[key] ??= {};
  part[last] = value;
}

// 0.02 is shown as 2 with "%" in the field; twelve digits hide what floats add.
export const toPercent = (value) => Number((value * 100).toPrecision(12));
export const toFraction = (value) => Number((value / 100).toPrecision(12));

function shown(field, value) {
  if (value === null || value === undefined) return "";
  if (field.dataset.kind === "percent") return String(toPercent(value));
  return field.dataset.kind === "list" ? value.join(", ") : String(value);
}

function read(field) {
  const text = field.value.trim();
  if (field.dataset.kind === "list") return text ? text.split(",").map((part) => part.trim()).filter(Boolean) : [];
  if (field.dataset.kind === "percent") return text === "" ? null : toFraction(Number(text));
  if (field.dataset.kind === "number") return text === "" ? null : Number(text);
  return field.value;
}

export function bindFields(root, editor) {
  for (const field of root.querySelectorAll("[data-field-path]")) {
    field.addEventListener("input", () => {
      set(editor.spec, field.dataset.fieldPath, read(field));
      editor.changed();
    });
  }
}

export function fillFields(root, spec) {
  for (const field of root.querySelectorAll("[data-field-path]")) {
    if (field !== document.activeElement) field.value = shown(field, get(spec, field.dataset.fieldPath));
  }
}
