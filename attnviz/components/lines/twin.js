// Lines: the same layer and head of the untrained twin, for as long as a button or the key U is held.

import { el } from "../shared/elements.js";
import { rowOf } from "./state.js";

const MOVED_IN = 350; // milliseconds from one model to the other
const KEY = "u";

export function hasTwin({ data }) {
  return Boolean(data.arrays.control);
}

// One row as it is drawn: the model's, the twin's, or on the way from one to the other, which no number shows.
export function rowNow({ data, memory }, layer, head, row) {
  const own = rowOf(data, layer, head, row);
  const share = memory.twin ?? 0;
  if (!share) return own;
  const control = rowOf(data, layer, head, row, data.arrays.control);
  return share === 1 ? control : own.map((weight, column) => (1 - share) * weight + share * control[column]);
}

// Whether what is drawn is one model's own.
export function isStill({ memory }) {
  return !memory.twin || memory.twin === 1;
}

export function twinButton(view, drawNow) {
  const { texts } = view.data;
  const hold = (on) => () => move(view, on, drawNow);
  const key = (on) => (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) move(view, on, drawNow);
  };
  return el(
    "button",
    {
      type: "button",
      class: "twin",
      "data-focus": "twin",
      "aria-pressed": String(Boolean(view.memory.held)),
      onpointerdown: hold(true),
      onpointerup: hold(false),
      onpointerleave: hold(false),
      onpointercancel: hold(false),
      oncontextmenu: (event) => event.preventDefault(), // a finger that rests
      onkeydown: key(true),
      onkeyup: key(false),
      onblur: hold(false),
    },
    texts.twin,
  );
}

// The key is the page's, unless something is being typed.
export function listenForTwin(view, drawNow) {
  const heard = (event) => {
    if (!view.root.isConnected) {
      for (const name of ["keydown", "keyup"]) document.removeEventListener(name, heard);
      return;
    }
    const typed = event.composedPath()[0].closest?.("input, textarea, select, [contenteditable]");
    if (event.key?.toLowerCase() !== KEY || event.ctrlKey || event.metaKey || event.altKey || typed) return;
    if (!event.repeat && hasTwin(view)) move(view, event.type === "keydown", drawNow);
  };
  for (const name of ["keydown", "keyup"]) document.addEventListener(name, heard);
}

function move(view, on, drawNow) {
  const { memory } = view;
  if (Boolean(memory.held) === on) return;
  memory.held = on;
  view.root.querySelector(".twin")?.setAttribute("aria-pressed", String(on));
  const goal = on ? 1 : 0;
  const least = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVED_IN;
  let before = performance.now();
  const step = (now) => {
    if (memory.held !== on || !view.root.isConnected) return; // the other way, by now
    const moved = least ? (now - before) / least : 1;
    before = now;
    const share = (memory.twin ?? 0) + (goal ? moved : -moved);
    memory.twin = Math.min(1, Math.max(0, share));
    drawNow(view);
    if (memory.twin !== goal) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
