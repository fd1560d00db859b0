// Colours for what draws on a canvas: token names in, resolved colours out, and word when they change.
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

export function colour(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

export function faded(token, alpha) {
  const [r, g, b] = colour(token).match(/[\d.]+/g);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

export const announce = () => document.dispatchEvent(new Event("themechange"));
