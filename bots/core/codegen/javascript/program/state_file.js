// The state on disk: whole or not at all, whatever happens while it is written.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { say } from "./exchange.js";

/** Write beside the file, then put it in its place in one step. */
export function saveState(path, state) {
  const draft = `${path}.new`;
  const file = openSync(draft, "w");
  writeSync(file, JSON.stringify(state));
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

/** What was saved last, or nothing before the first time. */
export function loadState(path) {
  if (!existsSync(path)) {
    return null;
  }
  const state = JSON.parse(readFileSync(path, "utf8"));
  say("INFO", `goes on from ${path}: ${state.trades.length} trades so far`);
  return state;
}
