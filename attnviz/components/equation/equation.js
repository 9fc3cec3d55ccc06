// Small matrices with signs between them. memory.pinned and memory.lit: {name, row, column} or null.

import { colourOf, css, textOn } from "../shared/colour.js";
import { el, symbolOf } from "../shared/elements.js";
import { arrow, keepingFocus, keyTo } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { number } from "../shared/numbers.js";
import { at, calculation, cellsUsed, matrixNamed } from "./how.js";
import style from "./equation.css" with { type: "css" };

function render(view) {
  const { data, memory, root } = view;
  const pinned = memory.pinned && matrixNamed(data, memory.pinned.name);
  if (!pinned || memory.pinned.row >= pinned.shape[0] || memory.pinned.column >= pinned.shape[1])
    memory.pinned = firstExplained(data);
  const box = el(
    "div",
    {
      class: "equation",
      role: "group",
      "aria-label": data.label,
      tabindex: "0",
      onkeydown: (event) => onKey(view, event),
      "data-focus": "box",
    },
    data.items.map((item) =>
      item.sign === undefined ? drawMatrix(view, item) : el("span", { class: "sign" }, item.sign),
    ),
  );
  const how = el("div", { class: "equation-how", "aria-live": "polite" });
  const any = data.items.some((item) => item.how);
  keepingFocus(root, () => root.replaceChildren(...(any ? [box, how] : [box])));
  light(view);
}

function firstExplained(data) {
  const explained = data.items.filter((item) => item.how);
  return explained.length ? { name: explained[0].name, row: 0, column: 0 } : null;
}

function hasHead(item) {
  return Boolean(item.columns?.length) || item.sums === "rows";
}

// Where one matrix has names above it, the others keep that line free: all first rows stand at one height.
function isBesideNames(data) {
  return data.items.some(hasHead);
}

// Where a matrix is wider than its place, the keyboard can reach it and scroll it, and is told which one it is.
function scroller(table) {
  const box = el(
    "div",
    { class: "scroller", onkeydown: (event) => event.target === box && event.stopPropagation() },
    table,
  );
  const reached = { tabindex: "0", role: "group", "aria-label": table.getAttribute("aria-label") };
  new ResizeObserver(() => {
    const scrolls = box.scrollWidth > box.clientWidth;
    for (const [name, value] of Object.entries(reached))
      if (scrolls) box.setAttribute(name, value);
      else box.removeAttribute(name);
  }).observe(box);
  return box;
}

function drawMatrix(view, item) {
  const { data } = view;
  const matrix = matrixNamed(data, item.name);
  const [rows, columns] = item.shape;
  const [role, rowRole, columnRole] = item.roles;
  const nameOf = (list, index) => list[index] ?? String(index + 1);
  const sum = (cells) => cells.reduce((total, value) => total + value, 0);
  const edge = (cells) => {
    const total = sum(cells);
    return el("td", { class: `sum${number(total) === "1.00" ? "" : " off"}` }, number(total));
  };
  const body = Array.from({ length: rows }, (_, row) =>
    el(
      "tr",
      {},
      item.rows.length ? el("th", { scope: "row", class: rowRole }, nameOf(item.rows, row)) : null,
      Array.from({ length: columns }, (_, column) =>
        drawCell(view, matrix, row, column, `${nameOf(item.rows, row)}, ${nameOf(item.columns, column)}`),
      ),
      item.sums === "rows" ? edge(Array.from({ length: columns }, (_, column) => at(matrix, row, column))) : null,
    ),
  );
  if (item.sums === "columns") {
    const totals = Array.from({ length: columns }, (_, column) =>
      edge(Array.from({ length: rows }, (_, row) => at(matrix, row, column))),
    );
    body.push(el("tr", {}, item.rows.length ? el("th", { scope: "row" }, "Σ") : null, totals));
  }
  const head = hasHead(item);
  const noNames = el(
    "thead",
    { class: "blank", "aria-hidden": "true" },
    el("tr", {}, el("td", { class: "sum", colspan: String(columns + (item.rows.length ? 1 : 0)) }, "\u00a0")),
  );
  const corner = item.rows.length ? el("td", { class: "sum" }) : null;
  const names = Array.from({ length: columns }, (_, column) =>
    item.columns.length
      ? el("th", { scope: "col", class: columnRole }, nameOf(item.columns, column))
      : el("td", { class: "sum" }),
  );
  return el(
    "figure",
    {},
    el(
      "figcaption",
      {},
      symbolOf(item.symbol),
      item.symbol && item.title ? " " : "",
      el("span", { class: role }, item.title),
      " ",
      el("span", { class: "shape" }, `${rows} × ${columns}`),
    ),
    scroller(
      el(
        "table",
        { "aria-label": `${item.symbol} ${item.title}`.trim() || data.label },
        head
          ? el("thead", {}, el("tr", {}, corner, names, item.sums === "rows" ? el("th", { scope: "col" }, "Σ") : null))
          : isBesideNames(data)
            ? noNames
            : null,
        el("tbody", {}, body),
      ),
    ),
  );
}

function drawCell(view, matrix, row, column, place) {
  const { data, theme } = view;
  const value = at(matrix, row, column);
  const marked = (mark) => data.arrays[`${matrix.name}.${mark}`]?.data[row * matrix.shape[1] + column];
  const id = { "data-name": matrix.name, "data-row": row, "data-column": column };
  const label = `${matrix.symbol} ${matrix.title} ${place}`.trim();
  const focus = { "data-focus": `${matrix.name} ${row} ${column}`, "aria-label": label };
  if (matrix.edit === "number") {
    const shown = String(Number(value.toPrecision(7))); // all that float32 holds
    const input = el("input", {
      type: "number",
      step: "any",
      value: shown,
      style: `width:max(3.4em, ${shown.length + 2}ch)`,
      ...focus,
    });
    input.addEventListener("change", () => {
      const typed = Math.max(-matrix.bound, Math.min(matrix.bound, input.valueAsNumber));
      input.value = Number.isFinite(typed) ? String(typed) : shown;
      if (Number.isFinite(typed)) view.send("edit", { matrix: matrix.name, row, column, value: typed });
    });
    return el("td", { class: "editable", ...id }, input);
  }
  if (matrix.edit === "switch") {
    const press = () => view.send("edit", { matrix: matrix.name, row, column, value: value ? 0 : 1 });
    return el(
      "td",
      { class: "editable", ...id },
      el("button", { ...focus, "aria-pressed": String(Boolean(value)), onclick: press }, value ? "✓" : "–"),
    );
  }
  const coloured = matrix.scale !== "plain" && Number.isFinite(value) && !marked("masked");
  const colour =
    coloured &&
    colourOf(
      matrix.scale === "signed" ? theme.signedRamp : theme.weightRamp,
      value,
      matrix.limit,
      matrix.scale === "signed",
    );
  const classes = [
    marked("masked") ? "masked" : "",
    marked("forced") ? "forced" : "",
    matrix.scale === "weights" && value >= 0.1 ? "strong" : "",
  ].join(" ");
  const events = matrix.how
    ? {
        onmouseenter: () => lightOn(view, { name: matrix.name, row, column }),
        onmouseleave: () => lightOn(view, null),
        onclick: () => pin(view, { name: matrix.name, row, column }),
      }
    : {};
  return el(
    "td",
    { class: classes, style: coloured ? `background:${css(colour)};color:${textOn(colour)}` : "", ...id, ...events },
    number(value, matrix.digits),
  );
}

function lightOn(view, cell) {
  view.memory.lit = cell;
  light(view);
}

function pin(view, cell) {
  view.memory.pinned = cell;
  light(view);
}

// Mark the chosen cell and what it is made from, and write the calculation.
function light(view) {
  const { data, memory, root } = view;
  for (const cell of root.querySelectorAll("td.chosen, td.used"))
    cell.classList.remove("chosen", "used", "query", "key");
  const how = root.querySelector(".equation-how");
  const chosen = memory.lit || memory.pinned;
  if (!how) return;
  if (!chosen) return how.replaceChildren(data.texts.hint);
  const matrix = matrixNamed(data, chosen.name);
  const cellAt = ({ name, row, column }) =>
    root.querySelector(`td[data-name="${name}"][data-row="${row}"][data-column="${column}"]`);
  cellAt(chosen)?.classList.add("chosen");
  for (const cell of cellsUsed(data, matrix, chosen.row, chosen.column)) {
    const role = matrix.how.kind === "product" ? (cell.name === matrix.how.left ? "query" : "key") : "";
    cellAt(cell)?.classList.add("used", ...(role ? [role] : []));
  }
  const place = [matrix.rows[chosen.row] ?? chosen.row + 1, matrix.columns[chosen.column] ?? chosen.column + 1].join(
    ", ",
  );
  how.replaceChildren(
    symbolOf(matrix.symbol || matrix.title),
    ` [${place}] = `,
    ...calculation(data, matrix, chosen.row, chosen.column),
  );
}

// Arrows move the pinned cell within its matrix, Escape lets go.
function onKey(view, event) {
  if (event.target !== event.currentTarget) return; // typing in a cell
  if (event.key === "Escape") pin(view, null);
  if (!arrow(event)) return;
  event.preventDefault();
  const { data, memory } = view;
  const from = memory.pinned || firstExplained(data);
  if (!from) return;
  const [row, column] = keyTo(event, [from.row, from.column], matrixNamed(data, from.name).shape);
  pin(view, { ...from, row, column });
}

export default mount(render, style);
