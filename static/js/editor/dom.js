// Elements without a template language: el("button", {class: "x", onclick}, child, "text").
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  // A select takes its value only once its options are in.
  if (attributes.value !== undefined) element.value = attributes.value;
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.querySelector("[data-editor]").dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export const option = (value, text) => el("option", { value }, text);

// A place under a field where the fault of its path is written.
export const faultPlace = (path) => el("span", { class: "field-error", "data-fault": path, hidden: true });

export const removeButton = (label, onclick) => el("button", { class: "button quiet small icon-only", type: "button", "aria-label": label, title: label, onclick }, icon("x"));
