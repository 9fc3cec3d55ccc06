// The stage: which row, column and cell are meant.

import { el, place } from "../shared/elements.js";
import { isWords, labelOf, roleOf } from "./axes.js";
import { LABEL, textWidth } from "./matrix.js";

// Frames and dotted leaders, moved by lightUp().
export function addMarks(stage, plan, memory) {
  const mark = (name) => {
    const node = el("div", { class: `mark ${name}`, "aria-hidden": "true" });
    stage.append(node);
    return node;
  };
  memory.marks = {
    lefts: plan.lefts.map(() => mark(`frame ${roleOf(plan.rowAxis)}-frame`)),
    aboves: plan.aboves.map(() => mark(`frame ${roleOf(plan.columnAxis)}-frame`)),
    cells: plan.aboves.map(() => mark("cell-frame thin")),
    across: mark(`leader across ${roleOf(plan.rowAxis)}-frame`),
    down: mark(`leader down ${roleOf(plan.columnAxis)}-frame`),
    row: mark(`frame ${roleOf(plan.rowAxis)}-frame`),
    column: mark(`frame ${roleOf(plan.columnAxis)}-frame`),
    cell: mark("cell-frame"),
    rowName: mark(`map-name ${plan.rowAxis} right`),
    columnName: mark(`map-name ${plan.columnAxis}`),
  };
}

// Show which row, column and cell are meant.
export function lightUp(view, cell) {
  const { data, memory } = view;
  const { plan, marks } = memory;
  const elementwise = data.operation === "add";
  const i = plan.rows.indexOf(cell.row);
  const y = plan.y + i * plan.cellHeight;
  const x = plan.x + cell.column * plan.cellWidth;
  plan.lefts.forEach((left, n) => {
    const pairs = data.operation !== "product"; // the same cell, not the whole row
    place(
      marks.lefts[n],
      left.x + (pairs ? cell.column * left.cell : 0) - 2,
      y - 2,
      (pairs ? left.cell : left.width) + 3,
      plan.cellHeight + 3,
    );
  });
  plan.aboves.forEach((above, n) => {
    const top = above.y + (elementwise ? above.rows.indexOf(cell.row) * above.cell : 0);
    if (elementwise) {
      place(marks.aboves[n], plan.x - 2, top - 2, plan.width + 4, above.cell + 4);
      marks.aboves[n].className = `mark frame ${roleOf(plan.rowAxis)}-frame`;
      place(marks.cells[n], x - 2, top - 2, plan.cellWidth + 4, above.cell + 4);
    } else place(marks.aboves[n], x - 2, above.y - 2, plan.cellWidth + 3, above.height + 4);
    marks.cells[n].hidden = !elementwise;
  });
  place(marks.across, plan.x, y + plan.cellHeight / 2 - 1, x - plan.x);
  place(marks.down, x + plan.cellWidth / 2 - 1, plan.y, undefined, Math.max(0, y - plan.y));
  marks.down.hidden = elementwise || plan.narrow;
  marks.across.hidden = plan.narrow && !plan.single;
  const map = !plan.rowLabels || plan.narrow;
  place(marks.row, plan.x - 2, y - 2, plan.width + 3, plan.cellHeight + 3);
  place(marks.column, x - 2, plan.y - 2, plan.cellWidth + 3, plan.height + 3);
  marks.row.hidden = !map || plan.single;
  marks.column.hidden = !map || plan.cellWidth < 2;
  place(marks.cell, x - 3, y - 3, plan.cellWidth + 5, plan.cellHeight + 5);
  nameChosen(view, plan, marks, cell, x, y);
  if (plan.sums) memory.sums.forEach((label, n) => (label.hidden = !plan.rowLabels && n !== i));
  memory.rowLabels.forEach((label, n) => markLabel(label, n === i, plan.rowAxis));
  memory.columnLabels.forEach((label, column) => label && markLabel(label, column === cell.column, plan.columnAxis));
}

export function markLabel(label, chosen, axis) {
  label.classList.toggle("chosen", chosen);
  label.classList.toggle(axis, chosen);
}

// Where not every word fits, only the chosen ones are named.
function nameChosen(view, plan, marks, cell, x, y) {
  const { data } = view;
  const rowText = labelOf(view, plan.rowAxis, cell.row);
  const columnText = labelOf(view, plan.columnAxis, cell.column);
  marks.rowName.hidden = plan.rowLabels;
  marks.columnName.hidden = plan.columnLabels;
  marks.rowName.textContent = plan.narrow ? `${data.texts[`axis_${plan.rowAxis}_short`]}: ${rowText} →` : rowText;
  marks.rowName.classList.toggle("turned", plan.narrow);
  if (plan.narrow) {
    const height = Math.min(plan.height, 220);
    const middle = y + plan.cellHeight / 2 - height / 2;
    place(marks.rowName, 0, Math.max(plan.y, Math.min(middle, plan.y + plan.height - height)), 26, height);
  } else place(marks.rowName, plan.x - plan.labelWidth, y + plan.cellHeight / 2 - 13, plan.labelWidth - 8);
  const name = isWords(plan.columnAxis)
    ? `${data.texts[`axis_${plan.columnAxis}_short`]}: ${columnText} ↓`
    : `${data.texts.number} ${columnText} ↓`;
  marks.columnName.textContent = plan.narrow || !isWords(plan.columnAxis) ? name : columnText;
  const width = Math.min(textWidth(view, marks.columnName.textContent, LABEL, 700) + 4, plan.x + plan.width);
  const left = Math.max(
    plan.narrow ? 0 : plan.x,
    Math.min(x + plan.cellWidth / 2 - width / 2, plan.x + plan.width - width),
  );
  place(marks.columnName, left, plan.y - 28 * plan.scale, width);
}
