// Arrow keys walk the results of the search dialog, Enter opens the marked one.
const palette = document.getElementById("palette");

function mark(step) {
  const results = [...palette.querySelectorAll(".result")];
  if (!results.length) return;
  const now = results.findIndex((result) => result.getAttribute("aria-selected") === "true");
  const next = (now + step + results.length) % results.length;
  results.forEach((result, i) => result.setAttribute("aria-selected", String(i === next)));
  results[next].scrollIntoView({ block: "nearest" });
}

if (palette) {
  const input = palette.querySelector("input");
  palette.addEventListener("opened", () => {
    input.select();
    input.dispatchEvent(new Event("opened"));
  });
  palette.addEventListener("htmx:afterSwap", () => mark(1));
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      palette.close(); // a search field would only empty itself
    } else if (event.key === "Enter") {
      const marked = palette.querySelector('.result[aria-selected="true"]');
      if (marked) {
        event.preventDefault();
        marked.click();
      }
    }
  });
}
