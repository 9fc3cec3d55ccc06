// Step by step in a page without a server: every step of one head is here.

import steps from "../components/steps/steps.js";
import { start } from "./start.js";

// What the view draws: a step (as the app counts them), one of its matrices by `role`, a cell from 0, all rows or one.
export function at(sent, { step, role, cell, view }) {
  const own = sent.frames.filter((frame) => frame.step === step);
  const frame = own.find((one) => one.role === role) ?? own[0];
  const arrays = Object.fromEntries(Object.entries(frame.arrays).map(([name, kept]) => [name, sent.arrays[kept]]));
  return { ...frame, texts: sent.texts, arrays, cell, view, frame: `${sent.frames.indexOf(frame)} ${view}` };
}

export function first(sent) {
  const [{ step, role }] = sent.frames;
  return at(sent, { step, role, cell: sent.cell, view: "sentence" });
}

// A pick names what has changed; cells count from 1.
export function answer(sent, pick, shown) {
  const cell = { ...shown.cell };
  for (const name of Object.keys(cell)) if (pick[name]) cell[name] = pick[name] - 1;
  const { step = shown.step, role = shown.role, view = shown.view } = pick;
  return at(sent, { step, role, cell, view });
}

export default (host, data) => start(host, data, steps, first, answer);
