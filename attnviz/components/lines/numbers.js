// Lines: the same numbers as a table.

import { el, fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { heads, rowOf } from "./state.js";

export function table(view) {
  const { memory, data } = view;
  const details = el(
    "details",
    {
      ontoggle: () => {
        memory.open = details.open;
        if (details.open) fillTable(view, details, memory.row);
      },
    },
    el("summary", { "data-focus": "table" }, data.texts.table),
  );
  details.open = Boolean(memory.open);
  if (details.open) fillTable(view, details, memory.row);
  return details;
}

export function fillTable(view, details, row) {
  const { memory, data } = view;
  const { texts } = data;
  const on = heads(memory);
  const rows = on.map((head) => rowOf(data, memory.shown.layer, head, row));
  const cells = (tag, values, attributes = {}) => values.map((value) => el(tag, attributes, value));
  details.dataset.row = row;
  details.querySelector("table")?.remove();
  details.append(
    el(
      "table",
      {},
      el("caption", {}, fillText(texts.table_caption, { query: data.rows[row], layer: memory.shown.layer + 1 })),
      el(
        "thead",
        {},
        el("tr", {}, cells("th", [texts.answers, ...on.map((head) => `${texts.head} ${head + 1}`)], { scope: "col" })),
      ),
      el(
        "tbody",
        {},
        data.columns.map((word, c) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, word),
            cells(
              "td",
              rows.map((weights) => number(weights[c], data.digits ?? 3)),
            ),
          ),
        ),
      ),
    ),
  );
}
