// Numbers as foundation/edge/templatetags/fmt.py writes them: grouped, a true minus, unit after a thin space.
const THIN = "\u202f";
const MINUS = "\u2212";

export function naturalPlaces(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= 1000) return 2;
  return Math.min(10, Math.max(2, 4 - Math.floor(Math.log10(size))));
}

export function grouped(value, places = naturalPlaces(value), sign = false) {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  if (Number(value.toFixed(places)) < 0) return MINUS + text;
  return sign && Number(value.toFixed(places)) > 0 ? `+${text}` : text;
}

export const percent = (value, places = 2) => `${grouped(value * 100, places)}${THIN}%`;
export const tone = (value) => (value > 0 ? "gain" : value < 0 ? "loss" : "");

function span(className, text) {
  return Object.assign(document.createElement("span"), { className, textContent: text });
}

function change(value) {
  const isFlat = Number((value * 100).toFixed(2)) === 0;
  const arrow = isFlat ? "" : value > 0 ? `▲${THIN}` : `▼${THIN}`;
  return [span(`${isFlat ? "" : tone(value)} nowrap`, `${arrow}${grouped(Math.abs(value) * 100, 2)}${THIN}%`)];
}

function withAsset(value, asset, sign) {
  const fiat = ["", "USDT", "USDC", "USD", "EUR"].includes(asset);
  const text = grouped(value, fiat ? 2 : naturalPlaces(value), sign);
  return [text, span("asset", asset ? THIN + asset : "")];
}

// data-format="price:2" -> how to write a number into an element.
export function write(element, value, format) {
  const [kind, option] = (format || "text").split(":");
  const numeric = Number(value);
  if (value === null || value === undefined || (kind !== "text" && !Number.isFinite(numeric))) {
    element.textContent = "–";
  } else if (kind === "price" || kind === "number") {
    element.textContent = grouped(numeric, option ? Number(option) : undefined);
  } else if (kind === "percent") {
    element.textContent = percent(numeric);
  } else if (kind === "change") {
    element.replaceChildren(...change(numeric));
  } else if (kind === "money") {
    element.replaceChildren(...withAsset(numeric, option || "", false));
  } else if (kind === "profit") {
    const whole = span(tone(numeric), "");
    whole.append(...withAsset(numeric, option || "", true));
    element.replaceChildren(whole);
  } else {
    element.textContent = String(value);
  }
}
