// Moves the bar with each frame of the run; when it is over the page becomes the report.
import { percent } from "./format.js";
import { ago } from "./times.js";

const OVER = ["completed", "failed", "cancelled"];
let began = null;

function left(progress) {
  began ??= { at: Date.now(), progress };
  const done = progress - began.progress;
  if (done <= 0) return "";
  const milliseconds = ((Date.now() - began.at) / done) * (1 - progress);
  return milliseconds > 2000 ? `· about ${ago(Date.now() - milliseconds).replace(" ago", "")} left` : "";
}

document.addEventListener("live", (event) => {
  const box = event.target.closest("[data-progress]");
  if (!box) return;
  const { status, stage, progress } = event.detail.data;
  if (!status || OVER.includes(status)) return location.reload();
  box.querySelector("[data-progress-bar]").value = progress;
  box.querySelector("[data-progress-percent]").textContent = percent(progress, 0);
  box.querySelector("[data-progress-note]").textContent = left(progress);
  box.querySelector(".progress strong").textContent = stage.charAt(0).toUpperCase() + stage.slice(1);
}, true);
