// A table of numbers with a sort button in every heading.

import { el, fillText } from "../shared/elements.js";
import { keepingFocus } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { number } from "../shared/numbers.js";
import style from "./table.css" with { type: "css" };

function render(view) {
  const { data, memory } = view;
  if (memory.shown === data) return;
  const same = memory.shown && memory.shown.columns.join("\n") === data.columns.join("\n");
  memory.shown = data;
  if (!same) memory.sort = { column: -1, order: "none" };
  drawTable(view);
}

function drawTable(view) {
  const { data, memory } = view;
  const box = view.root.querySelector(".table-box");
  const [rowRole, columnRole] = data.roles;
  const [chosenRow, chosenColumn] = data.chosen;
  const value = (row, column) => data.arrays.values.data[row * data.columns.length + column];
  const heading = (name, column, role) => {
    const sorted = memory.sort.column === column && memory.sort.order !== "none" ? memory.sort.order : null;
    const arrow = { ascending: "↑", descending: "↓" }[sorted] || "↕";
    const button = el(
      "button",
      {
        class: "plain",
        "data-focus": `h${column}`,
        title: fillText(data.texts.sort_by, { name }),
        onclick: () => sortBy(view, column),
      },
      el("span", {}, name),
      el("span", { class: sorted ? "arrow on" : "arrow", "aria-hidden": "true" }, arrow),
    );
    const classes = [column === chosenColumn ? "on" : "", role].join(" ");
    return el("th", { scope: "col", "aria-sort": sorted || "none", class: classes }, button);
  };
  const head = el(
    "tr",
    {},
    heading(data.corner, -1, ""),
    data.columns.map((name, column) => heading(name, column, columnRole)),
  );
  const body = orderOf(view).map((row) =>
    el(
      "tr",
      { class: row === chosenRow ? "on" : "" },
      el(
        "th",
        { scope: "row", class: rowRole },
        data.pressable
          ? el(
              "button",
              {
                class: "plain name",
                "data-focus": `r${row}`,
                "aria-pressed": String(row === chosenRow),
                onclick: () => view.send("row", row),
              },
              data.rows[row],
            )
          : data.rows[row],
      ),
      data.columns.map((_, column) => {
        const cell = value(row, column);
        const classes = row === chosenRow && column === chosenColumn ? "cell" : column === chosenColumn ? "on" : "";
        if (Number.isNaN(cell))
          return el("td", { class: classes }, el("span", { class: "visually-hidden" }, data.texts.missing));
        return el("td", { class: classes }, number(cell, data.digits));
      }),
    ),
  );
  const table = el("table", {}, el("caption", {}, data.caption), el("thead", {}, head), el("tbody", {}, body));
  keepingFocus(view.root, () => {
    if (box) {
      box.setAttribute("aria-label", data.caption);
      box.replaceChildren(table);
    } else
      view.root.append(
        el("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": data.caption }, table),
      );
  });
}

// Heaviest first, then lightest first, then the order of the sentence.
function sortBy(view, column) {
  const { sort } = view.memory;
  const next = { none: "descending", descending: "ascending", ascending: "none" };
  const order = column === sort.column ? next[sort.order] : column < 0 ? "none" : "descending";
  view.memory.sort = { column, order };
  drawTable(view);
}

export function orderOf(view) {
  const { data } = view;
  const { column, order } = view.memory.sort;
  const rows = data.rows.map((_, row) => row);
  if (order === "none") return rows;
  if (column < 0) return order === "descending" ? rows.reverse() : rows;
  const value = (row) => data.arrays.values.data[row * data.columns.length + column];
  const sign = order === "descending" ? -1 : 1;
  return rows.sort(
    (a, b) => Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b))) || sign * (value(a) - value(b)),
  );
}

export default mount(render, style);
