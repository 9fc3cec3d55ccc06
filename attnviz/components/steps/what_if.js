// The wrong way beside the right one, in a frame that says so: none of it is the model's own.

import { el, fill, place } from "../shared/elements.js";
import { same } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";
import { labelOf, rowsHead, scopeOf } from "./axes.js";
import { cellMessage, currentCell, freeCell, hover, moveByKey, pinCell, tell } from "./cell.js";
import { markLabel } from "./marks.js";
import { LABEL, legend, matrixOf, paint, textWidth } from "./matrix.js";
import { softmaxRow, softmaxTable } from "./softmax.js";
import { named } from "./terms.js";

export function whatIf(view, width) {
  const { data } = view;
  const { texts } = data;
  const { name, emptyRows } = data.whatIf;
  const sideBySide = view.memory.form === "wide";
  const inner = width - (view.memory.form === "narrow" ? 24 : 44);
  const each = sideBySide ? Math.floor((inner - 24) / 2) : inner;
  const kind = wayCase(view);
  const frame = el(
    "section",
    { class: "what-if", "aria-label": texts.what_if },
    el(
      "div",
      { class: "what-if-head" },
      el("span", { class: "badge" }, texts.what_if),
      el("b", {}, texts.not_own, " ", texts[`way_title_${kind}`]),
      el(
        "button",
        { class: "back", "data-focus": "back", onclick: () => tell(view, { wrong: "" }) },
        texts.back_to_own,
      ),
    ),
    el("div", { class: `ways sums${sideBySide ? " beside" : ""}` }),
    el("p", {}, texts[`way_text_${kind}`]),
    name === "drawn_mask" ? drawnHint(view, emptyRows) : null,
    el(
      "div",
      { class: `ways${sideBySide ? " beside" : ""}` },
      way(view, "right", each, kind),
      way(view, "wrong", each, kind),
    ),
    whatIfKey(view),
  );
  frame.append(el("div", { class: `ways${sideBySide ? " beside" : ""} rows` }));
  return frame;
}

// The same idea reads differently where the model itself masks.
function wayCase(view) {
  const {
    whatIf: { name },
    masksNothing,
  } = view.data;
  return ["other_mask", "zero_after"].includes(name) ? `${name}_${masksNothing ? "open" : "masked"}` : name;
}

function drawnHint(view, emptyRows) {
  const { texts } = view.data;
  if (!emptyRows.length) return el("p", { class: "muted" }, texts.drawn_hint);
  const word = el("span", { class: "query" }, labelOf(view, "query", emptyRows[0]));
  return el("p", { class: "warning", role: "status" }, fill(texts.empty_row, { row: word }));
}

export function way(view, side, width, kind) {
  const { data } = view;
  const matrix = matrixOf(view, `${side}_weights`);
  const scale = view.typeSize / 18;
  const narrow = view.memory.form === "narrow";
  const head = textWidth(view, rowsHead(data, "query"), LABEL, 700);
  const widest = Math.max(
    head,
    ...data.labels.query.map((_, row) => textWidth(view, labelOf(view, "query", row), LABEL, 700)),
  );
  const labelWidth = narrow ? 30 : 10 + Math.min(widest, Math.max(head, width * 0.22));
  const sums = 48 * scale;
  const cell = Math.max(1, Math.min(Math.round(46 * scale), Math.floor((width - labelWidth - sums) / matrix.columns)));
  const full = !narrow && cell >= 15 * scale;
  const longest = Math.max(...data.labels.key.map((word) => textWidth(view, word, LABEL, 700)));
  const top = (full ? Math.min(130 * scale, 8 + longest) : 6 * scale) + 26 * scale;
  const figure = el("div", {
    class: "stage way-stage",
    "data-side": side,
    tabindex: "0",
    role: "application",
    "data-focus": `way-stage-${side}`,
    "aria-label": `${data.texts[side]}: ${data.texts[`way_${side}_${kind}`]}. ${data.texts[side === "wrong" && data.whatIf.name === "drawn_mask" ? "drawn_label" : "stage_label"]}`,
  });
  const plan = { matrix, cell, top, x: labelWidth, rows: matrix.rows, full, narrow, side };
  drawWay(view, figure, plan, scale);
  figure.style.height = `${top + matrix.rows * cell + 6}px`;
  figure.style.width = `${labelWidth + matrix.columns * cell + sums}px`;
  listenWay(view, figure, plan);
  view.memory.ways[side] = { figure, plan };
  return el(
    "div",
    { class: "way" },
    el("h2", { class: side }, `${data.texts[side]}: ${data.texts[`way_${side}_${kind}`]}`),
    el("div", { class: "muted way-note" }, data.texts[`way_${side}_note_${kind}`]),
    figure,
  );
}

function drawWay(view, figure, plan, scale) {
  const { data } = view;
  const { matrix, cell, top, x, side } = plan;
  const canvas = place(el("canvas", { "aria-hidden": "true" }), x, top);
  const forced = side === "wrong" && data.whatIf.name === "zero_after" ? matrixOf(view, "forced") : null;
  const rows = Array.from({ length: matrix.rows }, (_, row) => row);
  paint(view, canvas, matrix, rows, cell, cell, { mask: matrixOf(view, `${side}_mask`), forced });
  figure.append(canvas);
  plan.labels = rows.map((row) => wayRow(view, figure, plan, row, scale));
  figure.append(
    place(
      el("span", { class: "muted sum-head" }, data.texts.sum),
      x + matrix.columns * cell + 4,
      top - 26 * scale,
      42 * scale,
    ),
  );
  plan.frame = el("div", { class: "mark frame query-frame", "aria-hidden": "true" });
  plan.cursor = el("div", { class: "mark cell-frame", "aria-hidden": "true" });
  plan.labels.forEach(({ total }) => total.classList.toggle("over", !plan.full));
  plan.name = el("span", { class: `map-name right query${plan.narrow ? " turned" : ""}` });
  figure.append(plan.frame, plan.cursor, plan.name);
  figure.append(place(el("span", { class: "axis key" }, data.texts.axis_key), x, 0));
  if (!plan.full) return;
  figure.append(place(el("span", { class: "axis right query" }, rowsHead(data, "query")), 0, top - 26 * scale, x - 8));
  data.labels.key.forEach((word, column) => {
    const label = place(
      el("span", { class: "column-label", title: word }, word),
      x + column * cell,
      26 * scale,
      cell,
      top - 30 * scale,
    );
    label.style.lineHeight = `${cell}px`;
    figure.append(label);
  });
}

function wayRow(view, figure, plan, row, scale) {
  const { matrix, cell, top, x, side } = plan;
  const y = top + row * cell;
  const text = labelOf(view, "query", row);
  const label = place(el("span", { class: "row-label", title: text }, text), 0, y, x - 8, cell);
  const sum = view.data.arrays[`${side}_sums`].data[row];
  const wrongSum = !(Math.abs(sum - 1) < 0.005);
  const shown = Number.isNaN(sum) ? "—" : number(sum);
  const total = place(
    el("span", { class: `sum${wrongSum ? " wrong" : ""}`, "data-sum": String(sum), "data-row": row }, shown),
    x + matrix.columns * cell + 4,
    y,
    42 * scale,
    cell,
  );
  for (const node of [label, total]) node.style.lineHeight = `${cell}px`;
  if (plan.full) figure.append(label);
  if (plan.full) figure.append(total);
  else figure.append(sumBar(sum, wrongSum, x + matrix.columns * cell + 6, y, cell, 38 * scale), total);
  total.hidden = !plan.full;
  return { label, total };
}

// Where rows are too low for a number: the sum as a bar, full at 1.
function sumBar(sum, wrong, x, y, height, full) {
  const length = Number.isNaN(sum) ? 0 : Math.max(1, Math.min(1, sum) * full);
  return place(
    el("div", { "aria-hidden": "true" }, el("div", { class: `sum-bar${wrong ? " wrong" : ""}` })),
    x,
    y,
    length,
    height > 3 ? height - 1 : height,
  );
}

function whatIfKey(view) {
  const { data } = view;
  const masked = el("span", { class: "key-mask" }, el("i", { class: "hatched" }), ` ${data.texts.masked} (−∞)`);
  const forced =
    data.whatIf.name === "zero_after"
      ? el("span", { class: "key-mask" }, el("i", { class: "red-dot" }), ` ${data.texts.forced}`)
      : null;
  return el("div", { class: "stage-caption" }, masked, forced, legend(view, matrixOf(view, "right_weights"), ""));
}

// Show the chosen row in both pictures; above them what it adds up to, below them how.
export function lightWays(view, cell) {
  const { data, memory } = view;
  const row = Math.min(cell.row, matrixOf(view, "right_weights").rows - 1);
  for (const { plan } of Object.values(memory.ways)) {
    const y = plan.top + row * plan.cell;
    place(plan.frame, plan.x - 2, y - 2, plan.matrix.columns * plan.cell + 3, plan.cell + 3);
    place(plan.cursor, plan.x + cell.column * plan.cell - 3, y - 3, plan.cell + 5, plan.cell + 5);
    plan.cursor.hidden = !(data.whatIf.name === "drawn_mask" && plan.side === "wrong");
    plan.labels.forEach(({ label, total }, n) => {
      markLabel(label, n === row, "query");
      total.hidden = !plan.full && n !== row;
    });
    plan.name.hidden = plan.full;
    plan.name.textContent = plan.narrow
      ? `${data.texts.axis_query_short}: ${labelOf(view, "query", row)} →`
      : labelOf(view, "query", row);
    if (plan.narrow) {
      const height = Math.min(220, plan.matrix.rows * plan.cell);
      place(
        plan.name,
        0,
        plan.top + Math.max(0, Math.min(y - plan.top - height / 2, plan.matrix.rows * plan.cell - height)),
        26,
        height,
      );
    } else place(plan.name, 0, y + plan.cell / 2 - 13, plan.x - 8);
  }
  const inBoth = (box, draw) =>
    view.root.querySelector(`.what-if .${box}`).replaceChildren(...["right", "wrong"].map((side) => draw(side)));
  inBoth("sums", (side) => waySum(view, side, row));
  inBoth("rows", (side) => wayLedger(view, side, row, cell.column));
}

function isEmpty(view, side, row) {
  return side === "wrong" && view.data.whatIf.emptyRows.includes(row);
}

function waySum(view, side, row) {
  const { data } = view;
  const sum = data.arrays[`${side}_sums`].data[row];
  return el(
    "div",
    { class: "ledger-head", "data-side": side },
    el("span", { class: "pair" }, fill(data.texts[`row_of_${side}`], { row: named(view, "query", row) })),
    el(
      "span",
      { class: "total-box" },
      el("span", { class: "total-name" }, data.texts.sum),
      " ",
      el(
        "span",
        { class: `total${Math.abs(sum - 1) < 0.005 ? "" : " wrong"}` },
        isEmpty(view, side, row) ? "—" : number(sum),
      ),
    ),
  );
}

function wayLedger(view, side, row, column) {
  const { data } = view;
  const { name } = data.whatIf;
  const none = isEmpty(view, side, row);
  const forced = matrixOf(view, "forced");
  const found = none
    ? null
    : softmaxRow(view, `${side}_scores`, `${side}_weights`, row, {
        whole: side === "wrong" && name === "whole_matrix",
      });
  return el(
    "section",
    { class: "panel ledger", "data-side": side, "aria-label": data.texts[side] },
    none
      ? el("p", {}, data.texts.no_softmax)
      : softmaxTable(view, found, column, side === "wrong" ? (key) => forced.at(row, key) : null),
  );
}

function listenWay(view, figure, plan) {
  const { memory, data } = view;
  const at = (event) => {
    const box = figure.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - plan.top) / plan.cell);
    const column = Math.floor((event.clientX - box.left - plan.x) / plan.cell);
    const inside = row >= 0 && row < plan.rows && column < plan.matrix.columns && event.clientX >= box.left;
    return inside ? { row, column: Math.max(0, column), onCell: column >= 0 } : null;
  };
  const drawing = data.whatIf.name === "drawn_mask" && plan.side === "wrong";
  figure.addEventListener("pointermove", (event) => {
    const found = event.pointerType === "touch" || memory.pinned ? null : at(event);
    if (found && !same(found, currentCell(view))) hover(view, { row: found.row, column: found.column });
  });
  figure.addEventListener("pointerleave", () => !memory.pinned && memory.hover && hover(view, null));
  figure.addEventListener("click", (event) => {
    const found = at(event);
    if (!found) return;
    const { row, column } = found;
    if (drawing && found.onCell) switchCell(view, { row, column });
    else if (memory.pinned && row === memory.cell.row) freeCell(view);
    else pinCell(view, { row, column }, 0);
  });
  figure.addEventListener("keydown", (event) => {
    if (drawing && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      switchCell(view, currentCell(view));
    } else moveByKey(view, event);
  });
}

const MOST_DRAWN = 400; // cells that a link can carry

// Mask or free one cell of the hand-drawn mask; the page gets the whole list, so that no click is lost.
export function switchCell(view, cell) {
  const { memory, data } = view;
  const drawn = memory.drawing.choice ?? data.drawn;
  const name = `${cell.row + 1}-${cell.column + 1}`;
  const cells = drawn ? drawn.split("_") : [];
  const switched = cells.includes(name)
    ? cells.filter((other) => other !== name)
    : [...cells, name].slice(0, MOST_DRAWN);
  memory.drawing.set(switched.join("_"));
  Object.assign(memory, { hover: null, cell });
  memory.pending.set(cellMessage(view, cell), scopeOf(data));
  view.update();
  tell(view, { drawn: switched.join("_") });
}
