// What all ledgers are made of: bars, tables of terms, single lines.

import { el } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { isWords, labelOf } from "./axes.js";

export const MOST_TERMS = 64; // beyond these, only the largest are written out

export const SHOWN_TERMS = 12;

// Whether the matrices above the result are added up.
export function isSum({ operation, slug, above }) {
  return operation === "add" && (["add_norm", "bias"].includes(slug) || above.includes("embeddings"));
}

// What stands before the n-th of them: before + added = after.
export function signOf(data, n) {
  return !isSum(data) || n === 0 ? "" : n === 1 ? "+ " : "= ";
}

// A word or number as a node in its role's colour; user text is only ever text.
export function named(view, axis, index) {
  const text = isWords(axis) ? labelOf(view, axis, index) : `${view.data.texts.number} ${index + 1}`;
  return el("span", { class: isWords(axis) ? axis : "value" }, text);
}

// A bar from the middle to the left (negative) or right, or from the left for weights.
export function bar(view, value, limit, signed = true) {
  const share = limit ? Math.min(1, Math.abs(value) / limit) : 0;
  const colour = signed
    ? value < 0
      ? view.theme.signed[view.theme.dark ? 2 : 1]
      : view.theme.signed[view.theme.dark ? 6 : 7]
    : view.theme.weights[view.theme.dark ? 5 : 4];
  const left = signed ? (value < 0 ? 36 * (1 - share) : 36) : 0;
  const width = share * (signed ? (value < 0 ? 36 : 64) : 100);
  return el(
    "td",
    { class: `bar${signed ? " signed" : ""}`, "aria-hidden": "true" },
    el("div", { style: `left:${left}%;width:${width}%;background:${colour}` }),
  );
}

// One table, or two beside each other where there is room for them and not for a long one.
export function termTables(view, heads, rows) {
  const columns = view.memory.form === "middle" && rows.length > 12 ? 2 : 1;
  const each = Math.ceil(rows.length / columns);
  return el(
    "div",
    { class: `terms columns-${columns}` },
    Array.from({ length: columns }, (_, n) =>
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            heads.map((head) =>
              head.text
                ? el("th", { scope: "col", class: head.role ?? "", colspan: head.span ?? 1 }, head.text)
                : el("td", {}),
            ), // a head without a word is no head
            el("th", { "aria-hidden": "true" }),
          ),
        ),
        el("tbody", {}, rows.slice(n * each, (n + 1) * each)),
      ),
    ),
  );
}

export function lines(rows) {
  return el(
    "table",
    { class: "lines" },
    el(
      "tbody",
      {},
      rows
        .filter(Boolean)
        .map(([name, value, text, kind]) =>
          el(
            "tr",
            { class: kind ?? "" },
            el("th", { scope: "row" }, name),
            el(
              "td",
              { "data-line": kind ?? "", "data-value": value === null ? null : String(value) },
              text ?? number(value),
            ),
          ),
        ),
    ),
  );
}
