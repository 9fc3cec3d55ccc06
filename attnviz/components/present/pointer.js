// A spot that follows the mouse, and a mark on the word below it: what a lecturer points at is seen from the back row.

import { el, place } from "../shared/elements.js";

const REST = 3000; // ms without a move until it is gone

// Returns the elements to draw; `signal` ends the listening.
export function pointer(signal) {
  const spot = el("div", { class: "spot", hidden: true });
  const mark = el("div", { class: "mark", hidden: true });
  let rest;
  const move = (event) => {
    if (event.pointerType === "touch") return;
    clearTimeout(rest);
    rest = setTimeout(() => (spot.hidden = mark.hidden = true), REST);
    spot.hidden = false;
    place(spot, event.clientX, event.clientY);
    const box = wordAt(event.clientX, event.clientY);
    mark.hidden = !box;
    if (box) place(mark, box.x - 4, box.y - 2, box.width + 8, box.height + 4);
  };
  addEventListener("pointermove", move, { signal, passive: true, capture: true });
  signal.addEventListener("abort", () => clearTimeout(rest));
  return [mark, spot];
}

// The box of the word at a point of the window, in pixels; null where there is none.
export function wordAt(x, y) {
  const [node, offset] = textAt(x, y);
  if (!node) return null;
  const [from, to] = wordAround(node.data, offset);
  if (from === to) return null;
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  const boxes = [...range.getClientRects()]; // a word may be broken over two lines
  return boxes.find((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) ?? null;
}

// The text below a point, also in the trees of our views: [node, offset], or [].
function textAt(x, y) {
  const shadowRoots = [];
  for (let host = document.elementFromPoint(x, y)?.shadowRoot; host;) {
    shadowRoots.push(host);
    host = host.elementFromPoint(x, y)?.shadowRoot;
    if (shadowRoots.includes(host)) break;
  }
  if (document.caretPositionFromPoint) {
    const found = document.caretPositionFromPoint(x, y, { shadowRoots });
    return found?.offsetNode.nodeType === Node.TEXT_NODE ? [found.offsetNode, found.offset] : [];
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range?.startContainer.nodeType === Node.TEXT_NODE ? [range.startContainer, range.startOffset] : [];
}

// Where the word at a place of a text begins and ends; the same number twice where there is none.
export function wordAround(text, offset) {
  let [from, to] = [offset, offset];
  while (from > 0 && /\S/.test(text[from - 1])) from -= 1;
  while (to < text.length && /\S/.test(text[to])) to += 1;
  return [from, to];
}
