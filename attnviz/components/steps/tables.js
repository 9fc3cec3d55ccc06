// Step by step: the numbers as tables, for reading aloud, copying and checking.

import { el } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { isWords, labelOf } from "./axes.js";
import { matrixOf } from "./matrix.js";

export function tables(view) {
  const { data, memory } = view;
  const names = data.whatIf ? ["right_weights", "wrong_weights"] : [...data.left, ...data.above, data.corner];
  memory.openTables ??= new Set();
  const one = (name) => {
    const matrix = matrixOf(view, name);
    const box = el(
      "details",
      { class: "numbers", "data-matrix": name, open: memory.openTables.has(name) },
      el(
        "summary",
        { "data-focus": `table-${name}` },
        `${data.texts[`matrix_${name}`]} ${matrix.rows} × ${matrix.columns}`,
      ),
    );
    const show = () => {
      if (box.open && box.children.length === 1) box.append(numberTable(view, name, matrix));
      memory.openTables[box.open ? "add" : "delete"](name);
    };
    box.addEventListener("toggle", show);
    if (box.open) show();
    return box;
  };
  return el("section", { class: "tables" }, el("h2", {}, data.texts.tables), names.map(one));
}

function numberTable(view, name, matrix) {
  const { data } = view;
  const [rowAxis, columnAxis] = data.axes[name] ?? ["query", "key"];
  const label = (axis, index) => (isWords(axis) ? labelOf(view, axis, index) : String(index + 1));
  const cells = (row) =>
    Array.from({ length: matrix.columns }, (_, column) => {
      const value = matrix.at(row, column);
      return el("td", { "data-value": String(value) }, matrix.boolean ? String(value) : number(value, 4));
    });
  const columns = Array.from({ length: matrix.columns }, (_, column) =>
    el("th", { scope: "col" }, label(columnAxis, column)),
  );
  const rows = Array.from({ length: matrix.rows }, (_, row) =>
    el("tr", {}, el("th", { scope: "row" }, label(rowAxis, row)), cells(row)),
  );
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": data.texts[`matrix_${name}`] },
    el(
      "table",
      {},
      el("caption", { class: "visually-hidden" }, data.texts[`matrix_${name}`]),
      el("thead", {}, el("tr", {}, el("td", {}), columns)),
      el("tbody", {}, rows),
    ),
  );
}
