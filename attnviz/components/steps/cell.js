// The chosen cell: pointer, keys, and what the page is told.

import { arrow, keyTo, same } from "../shared/interaction.js";
import { cornerAxes, isWords, scopeOf } from "./axes.js";
import { matrixOf } from "./matrix.js";

// The row and column under a pointer, or null.
function cellAt(view, stage, event) {
  const { plan, cell } = view.memory;
  const box = stage.getBoundingClientRect();
  const x = event.clientX - box.left;
  const y = event.clientY - box.top;
  const row = plan.rows[Math.floor((y - plan.y) / plan.cellHeight)];
  const column = Math.floor((x - plan.x) / plan.cellWidth);
  const inColumns = column >= 0 && column < plan.corner.columns;
  if (row !== undefined && inColumns) return { row, column };
  if (row !== undefined && x >= 0 && x < plan.x) {
    const left = plan.lefts.find((found) => x >= found.x && x < found.x + found.width);
    const paired = left && view.data.operation !== "product";
    return {
      row,
      column: paired ? Math.min(Math.floor((x - left.x) / left.cell), plan.corner.columns - 1) : cell.column,
    };
  }
  const above = plan.aboves.find((found) => y >= found.y && y < found.y + found.height);
  if (!inColumns || (!above && !(plan.columnLabels && y >= plan.y - plan.band && y < plan.y))) return null;
  const elementwise = above && view.data.operation === "add";
  return { row: elementwise ? above.rows[Math.floor((y - above.y) / above.cell)] : cell.row, column };
}

export function listen(view, stage) {
  const { memory } = view;
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || memory.pinned) return;
    const found = cellAt(view, stage, event);
    if (found && !same(found, currentCell(view))) hover(view, found);
  });
  stage.addEventListener("pointerleave", () => !memory.pinned && memory.hover && hover(view, null));
  stage.addEventListener("click", (event) => {
    const found = cellAt(view, stage, event);
    if (!found) return;
    if (memory.pinned && same(found, memory.cell)) return freeCell(view);
    pinCell(view, found, 0);
  });
  stage.addEventListener("keydown", (event) => moveByKey(view, event));
}

export function moveByKey(view, event) {
  const { memory } = view;
  if (event.key === "Escape") return freeCell(view);
  if (!arrow(event)) return;
  event.preventDefault();
  const { rows, columns } = matrixOf(view, view.data.corner);
  const cell = currentCell(view);
  const [row, column] = keyTo(event, [cell.row, cell.column], [rows, columns]);
  memory.hover = null;
  pinCell(view, { row, column }, 400);
}

export function currentCell(view) {
  return view.memory.hover ?? view.memory.cell;
}

export function hover(view, cell) {
  view.memory.hover = cell;
  view.update();
}

export function freeCell(view) {
  view.memory.pinned = false;
  view.memory.hover = null;
  view.update();
}

// Keep a cell and tell the page, at once or when the keys rest.
export function pinCell(view, cell, delay) {
  const { memory } = view;
  Object.assign(memory, { hover: null, pinned: true, cell });
  memory.pending.set(cellMessage(view, cell), scopeOf(view.data), delay);
  view.update();
  clearTimeout(memory.later);
  memory.later = setTimeout(() => tell(view, {}), delay);
}

// Tell the page what was chosen, and the cell with it while the page may not know it yet.
export function tell(view, changes) {
  const { memory } = view;
  clearTimeout(memory.later);
  view.send("choose", { ...memory.pending.choice, ...changes });
}

// A cell as the URL has it: query, key and number inside a vector, from 1.
export function cellMessage(view, { row, column }) {
  const [rowAxis, columnAxis] = cornerAxes(view.data);
  return { [rowAxis]: row + 1, [isWords(columnAxis) ? columnAxis : "dim"]: column + 1 };
}
