// The stage: matrices that share rows at the left, those that share columns above, the result in the corner.

import { el, place } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { cornerAxes, isWords, labelOf, rowsHead } from "./axes.js";
import { formula } from "./formula.js";
import { addMarks } from "./marks.js";
import { LABEL, legend, matrixOf, paint, rowSum, textWidth } from "./matrix.js";
import { signOf } from "./terms.js";

function shownRows(view) {
  const { rows } = matrixOf(view, view.data.corner);
  return view.memory.view === "word" ? [view.memory.cell.row] : Array.from({ length: rows }, (_, row) => row);
}

// Where everything stands, in pixels.
function planStage(view, width) {
  const { data, memory } = view;
  const scale = view.typeSize / 18;
  const corner = matrixOf(view, data.corner);
  const [rowAxis, columnAxis] = cornerAxes(data);
  const rows = shownRows(view);
  const narrow = memory.form === "narrow";
  const single = memory.view === "word";
  const lefts = narrow ? [] : planLeft(view, width, data.left);
  const leftWidth = lefts.length ? lefts.at(-1).x + lefts.at(-1).width + 14 : 0;
  const sums = data.operation === "softmax" ? 46 * scale : 0;
  const widest = Math.max(...rows.map((row) => textWidth(view, labelOf(view, rowAxis, row), LABEL, 700)));
  const head = textWidth(view, rowsHead(data, rowAxis), LABEL, 700);
  const left = width - leftWidth - sums - 4 - corner.columns; // a cell has one pixel at least
  const wanted = Math.min(Math.max(widest, head) + 12, Math.max(head + 12, width * 0.2));
  const labelWidth = narrow && !single ? 30 : Math.max(30, Math.min(wanted, left));
  const x = leftWidth + labelWidth;
  const most = isWords(columnAxis) ? 46 : 34;
  const cellWidth = Math.min(wholePixels((width - x - sums - 4) / corner.columns), Math.round(most * scale));
  const cellHeight = rowHeight(rows.length, isWords(columnAxis) && !single ? cellWidth : 0, single, narrow, scale);
  const rowLabels = single || (!narrow && cellHeight >= 16.5 * scale);
  const columnLabels = isWords(columnAxis) && cellWidth >= 15.5 * scale;
  const aboves = narrow ? [] : planAbove(view, data.above, single, scale);
  const top = aboves.length ? aboves.at(-1).y + aboves.at(-1).height + 8 : 0;
  const longest = columnLabels
    ? Math.max(...data.labels[columnAxis].map((word) => textWidth(view, word, LABEL, 700))) + 8
    : 26 * scale;
  const band = Math.max(Math.min(longest, 130 * scale), lefts.length ? 30 * scale : 0) + 26 * scale;
  return {
    rows,
    lefts,
    aboves,
    cellWidth,
    cellHeight,
    rowLabels,
    columnLabels,
    labelWidth,
    narrow,
    single,
    sums,
    scale,
    x,
    y: top + band,
    band,
    top,
    width: corner.columns * cellWidth,
    height: rows.length * cellHeight,
    rowAxis,
    columnAxis,
    corner,
  };
}

// A size that falls on the screen's own pixels.
function wholePixels(size) {
  const ratio = size < 6 ? Math.max(1, Math.floor(window.devicePixelRatio || 1)) : 1;
  return Math.max(1, Math.floor(size * ratio) / ratio);
}

function rowHeight(count, square, single, narrow, scale) {
  if (single) return Math.round(40 * scale);
  if (square) return square;
  if (narrow) return Math.max(3, Math.min(18, Math.floor(360 / count)));
  if (count <= 40) return Math.round(Math.min(34, Math.max(18, 540 / count)) * scale);
  return Math.max(4, Math.floor(720 / count));
}

function planLeft(view, width, names) {
  let x = 0;
  return names.map((name) => {
    const matrix = matrixOf(view, name);
    const budget = Math.max(width * (names.length > 1 ? 0.13 : 0.16), Math.min(matrix.columns, 192));
    const cell = Math.max(1, Math.min(10, Math.floor(budget / matrix.columns)));
    const planned = { name, matrix, x, cell, width: matrix.columns * cell };
    x += planned.width + 14;
    return planned;
  });
}

function planAbove(view, names, single, scale) {
  const elementwise = view.data.operation === "add";
  let y = 0;
  return names.map((name) => {
    const matrix = matrixOf(view, name);
    const rows = elementwise ? shownRows(view) : Array.from({ length: matrix.rows }, (_, row) => row);
    const cell =
      elementwise && single ? Math.round(30 * scale) : Math.max(1, Math.min(8, Math.floor(150 / rows.length)));
    const planned = { name, matrix, rows, y: y + 28 * scale, cell, height: rows.length * cell };
    y = planned.y + planned.height + 10;
    return planned;
  });
}

// "Q asks 29 × 24": symbol, name and size of a matrix.
function captionOf(view, name, stacked, sign = "") {
  const { data } = view;
  const matrix = matrixOf(view, name);
  const role = ["query", "key", "value"].find((one) => name === one || name === `${one}_projected`) ?? "";
  const symbol = data.symbols[name] ? formula(data.symbols[name], data.symbols[name]).firstChild : null;
  const digits = matrix.limit >= 10 ? 0 : 1;
  const limit = matrix.boolean || matrix.weights ? "" : ` · ±${number(matrix.limit, digits)}`;
  const title = data.texts[`matrix_${name}`];
  return el(
    "div",
    { class: `caption${stacked ? " stacked" : ""}` },
    el("span", { class: `title ${role}` }, sign, symbol, symbol ? " " : "", title),
    el("span", { class: "muted" }, `${matrix.rows} × ${matrix.columns}${limit}`),
  );
}

export function drawStage(view, width) {
  const { data, memory } = view;
  const plan = (memory.plan = planStage(view, width));
  const stage = el("div", {
    class: "stage",
    tabindex: "0",
    role: "application",
    "data-focus": "stage",
    "aria-label": `${data.names[data.number - 1]}. ${data.texts.stage_label}`,
  });
  const add = (matrix, rows, cell, height, x, y, caption) => {
    const canvas = place(el("canvas", { "aria-hidden": "true" }), x, y);
    paint(view, canvas, matrix, rows, cell, height);
    stage.append(canvas);
    if (caption) stage.append(caption);
  };
  for (const left of plan.lefts) {
    const caption = place(captionOf(view, left.name, true), left.x, 0, left.width + 12);
    caption.style.top = "auto";
    caption.style.bottom = `calc(100% - ${plan.y - 4}px)`;
    add(left.matrix, plan.rows, left.cell, plan.cellHeight, left.x, plan.y, caption);
  }
  plan.aboves.forEach((above, n) => {
    add(
      above.matrix,
      above.rows,
      plan.cellWidth,
      above.cell,
      plan.x,
      above.y,
      place(captionOf(view, above.name, false, signOf(data, n)), plan.x, above.y - 27 * plan.scale),
    );
  });
  add(plan.corner, plan.rows, plan.cellWidth, plan.cellHeight, plan.x, plan.y);
  addLabels(view, stage, plan);
  addMarks(stage, plan, memory);
  const height = plan.y + plan.height + 4;
  stage.style.height = `${height}px`;
  stage.style.width = `${plan.x + plan.width + plan.sums + 4}px`;
  return el("div", { class: "stage-box" }, stageLegend(view, plan), stage, stageCaption(view, plan));
}

function stageLegend(view, plan) {
  const top = plan.aboves.length && plan.x >= 170 && plan.top > 70;
  if (!top || plan.corner.boolean) return null;
  return place(legend(view, plan.corner, view.data.texts[`matrix_${view.data.corner}`]), 0, 28);
}

function stageCaption(view, plan) {
  const { data } = view;
  const size = `${plan.corner.rows} × ${plan.corner.columns}`;
  const own = el(
    "span",
    {},
    el("b", {}, data.texts[`matrix_${data.corner}`]),
    ` ${size} `,
    el("span", { class: "muted" }, data.texts[isWords(plan.columnAxis) ? "one_per_pair" : "one_row_per_token"]),
  );
  const below = plan.aboves.length && plan.x >= 170 && plan.top > 70 ? null : legend(view, plan.corner, "");
  const masked =
    [...plan.corner.values].includes(-Infinity) || data.operation === "mask"
      ? el("span", { class: "key-mask" }, el("i", { class: "hatched" }), ` ${data.texts.masked} (−∞)`)
      : null;
  return el("div", { class: "stage-caption" }, own, below, masked);
}

function addLabels(view, stage, plan) {
  const { data, memory } = view;
  memory.rowLabels = plan.rows.map((row, i) => {
    const text = labelOf(view, plan.rowAxis, row);
    const label = el("span", { class: "row-label", title: text }, text);
    place(label, plan.x - plan.labelWidth, plan.y + i * plan.cellHeight, plan.labelWidth - 8, plan.cellHeight);
    label.style.lineHeight = `${plan.cellHeight}px`;
    if (plan.rowLabels) stage.append(label);
    return label;
  });
  memory.columnLabels = Array.from({ length: plan.corner.columns }, (_, column) => {
    if (!plan.columnLabels) return null;
    const text = labelOf(view, plan.columnAxis, column);
    const label = el("span", { class: "column-label", title: text }, text);
    place(
      label,
      plan.x + column * plan.cellWidth,
      plan.y - plan.band + 26 * plan.scale,
      plan.cellWidth,
      plan.band - 30 * plan.scale,
    );
    label.style.lineHeight = `${plan.cellWidth}px`;
    stage.append(label);
    return label;
  });
  if (isWords(plan.columnAxis) && !plan.narrow)
    stage.append(
      place(el("span", { class: `axis ${plan.columnAxis}` }, data.texts.axis_key), plan.x, plan.y - plan.band),
    );
  if (plan.rowLabels && !plan.narrow)
    stage.append(
      place(
        el("span", { class: `axis right ${plan.rowAxis}` }, rowsHead(data, plan.rowAxis)),
        plan.x - plan.labelWidth,
        plan.y - 26 * plan.scale,
        plan.labelWidth - 8,
      ),
    );
  if (plan.sums) addSums(view, stage, plan);
}

function addSums(view, stage, plan) {
  const { data, memory } = view;
  const x = plan.x + plan.width + 6;
  stage.append(
    place(el("span", { class: "muted sum-head" }, data.texts.sum), x, plan.y - 26 * plan.scale, plan.sums - 6),
  );
  memory.sums = plan.rows.map((row, i) => {
    const sum = rowSum(plan.corner, row);
    const label = el("span", { class: "sum", "data-sum": String(sum) }, number(sum));
    place(label, x, plan.y + i * plan.cellHeight, plan.sums - 6, plan.cellHeight);
    label.style.lineHeight = `${plan.cellHeight}px`;
    label.classList.toggle("over", !plan.rowLabels);
    stage.append(label);
    return label;
  });
}
