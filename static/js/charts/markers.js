// Entries and exits as arrows; each carries the id of its row, so that a click can jump there.
import { grouped } from "../format.js";
import { colour } from "../themes.js";

// A marker must stand on a candle that is drawn: the last one that opened at or before its time.
function candleAt(rows, ms) {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle][0] <= ms) low = middle;
    else high = middle - 1;
  }
  return rows[low][0];
}

const DOT_PX = 10;
const WORDS_PX = 70;

// Of marks that would lie on each other on one side of the candles, the first stands for them.
function thinned(made, pixelsPerMs) {
  const last = { belowBar: -Infinity, aboveBar: -Infinity };
  return made.filter((mark) => {
    const at = mark.time * 1000 * pixelsPerMs;
    if (at - last[mark.position] < DOT_PX) return false;
    last[mark.position] = at;
    return true;
  });
}

// view: how many marks are in sight and how wide a millisecond is drawn. A crowd becomes dots that
// do not touch, a few get words; near enough, every one is there.
export function markersOf(marks, rows, { shown = marks.length, pixelsPerMs = 0, width = 0 } = {}) {
  const looks = { buy: colour("gain"), sell: colour("loss"), hint: colour("accent") };
  const [few, crowd] = [shown * WORDS_PX <= Math.max(width, 700), shown * DOT_PX > Math.max(width, 700)];
  const made = marks
    .filter((mark) => rows.length && mark.time >= rows[0][0])
    .map((mark) => {
      const buys = mark.buys ?? (mark.side === "short") === (mark.kind === "exit");
      const pnl = mark.pnl === undefined || mark.pnl === null ? "" : ` ${mark.pnl >= 0 ? "+" : ""}${grouped(mark.pnl, 2)}`;
      return {
        id: mark.id ?? `trade-${mark.trade}`,
        time: candleAt(rows, mark.time) / 1000,
        position: buys ? "belowBar" : "aboveBar",
        shape: crowd ? "circle" : buys ? "arrowUp" : "arrowDown",
        size: crowd ? 0.3 : 1,
        color: buys ? looks.buy : looks.sell,
        text: few ? (mark.text ?? (mark.kind === "exit" ? `exit${pnl}` : mark.side ?? "")) : "",
      };
    })
    .sort((one, other) => one.time - other.time);
  return crowd && pixelsPerMs > 0 ? thinned(made, pixelsPerMs) : made;
}
