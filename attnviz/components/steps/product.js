// The ledger of a product: its terms, and at the join what each head adds.

import { chip, el, fill, fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { isWords, labelOf } from "./axes.js";
import { matrixOf } from "./matrix.js";
import { MOST_TERMS, SHOWN_TERMS, bar, termTables } from "./terms.js";

export function productTerms(view, cell) {
  const { data } = view;
  const left = matrixOf(view, data.left[0]);
  const right = matrixOf(view, data.above[0]);
  return Array.from({ length: left.columns }, (_, term) => {
    const a = left.at(cell.row, term);
    const b = right.at(term, cell.column);
    return { term, a, b, product: a * b };
  });
}

export function productLedger(view, cell) {
  const { data } = view;
  const terms = productTerms(view, cell);
  const bias = data.arrays.bias ? data.arrays.bias.data[cell.column] : null;
  const long = terms.length > MOST_TERMS;
  const shown = long
    ? [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, SHOWN_TERMS)
    : terms;
  const heads = data.slug === "join" ? headSums(view, terms) : [];
  const limit = Math.max(...shown.map(({ product }) => Math.abs(product)), Math.abs(bias ?? 0));
  const rows = shown.map((term) => termRow(view, term, limit));
  if (long) rows.push(restRow(view, terms, shown));
  if (bias !== null) rows.push(biasRow(view, bias, limit));
  const [leftName, rightName] = [data.left[0], data.above[0]];
  const columns = [
    { text: "" },
    { text: shortName(view, leftName), role: roleClass(leftName) },
    { text: projectionName(rightName) ?? shortName(view, rightName), role: roleClass(rightName) },
    { text: data.texts.product },
  ];
  return [
    heads.length ? headTable(view, heads, bias) : null,
    heads.length ? el("p", { class: "ledger-note" }, fill(data.texts.same_sum, { W_O: projectionName("W_O") })) : null,
    long
      ? el("p", { class: "ledger-note" }, fill(data.texts.largest_terms, { shown: SHOWN_TERMS, count: terms.length }))
      : null,
    termTables(view, columns, rows),
  ];
}

function roleClass(name) {
  return ["query", "key", "value"].includes(name) ? name : "";
}

// W_O as it stands in the formula.
export function projectionName(name) {
  return name.startsWith("W_") ? el("span", {}, "W", el("sup", {}, name.slice(2))) : null;
}

function shortName(view, name) {
  return view.data.texts[`short_${name}`] ?? view.data.texts[`matrix_${name}`];
}

function termRow(view, { term, a, b, product }, limit) {
  const innerAxis = view.data.axes[view.data.left[0]][1];
  const label = isWords(innerAxis) ? labelOf(view, innerAxis, term) : String(term + 1);
  const digits = matrixOf(view, view.data.left[0]).weights ? 3 : 2;
  const data = { "data-term": term, "data-left": String(a), "data-right": String(b), "data-product": String(product) };
  return el(
    "tr",
    data,
    el("th", { scope: "row", title: label }, label),
    el("td", {}, number(a, digits), el("span", { class: "sign" }, " ×")),
    el("td", {}, number(b), el("span", { class: "sign" }, " =")),
    el("td", { class: "result" }, number(product)),
    bar(view, product, limit),
  );
}

function restRow(view, terms, shown) {
  const rest =
    terms.reduce((sum, { product }) => sum + product, 0) - shown.reduce((sum, { product }) => sum + product, 0);
  const label = fill(view.data.texts.more_terms, { count: terms.length - shown.length });
  return el(
    "tr",
    { class: "rest", "data-rest": String(rest) },
    el("th", { scope: "row", colspan: 3 }, label),
    el("td", { class: "result" }, number(rest)),
    el("td"),
  );
}

function biasRow(view, bias, limit) {
  return el(
    "tr",
    { class: "rest", "data-bias": String(bias) },
    el("th", { scope: "row", colspan: 3 }, view.data.texts.plus_bias),
    el("td", { class: "result" }, number(bias)),
    bar(view, bias, limit),
  );
}

// What each head adds: the terms of its own rows of W_O.
export function headSums(view, terms) {
  const { heads, dV } = view.data;
  return Array.from({ length: heads }, (_, head) =>
    terms.slice(head * dV, (head + 1) * dV).reduce((sum, { product }) => sum + product, 0),
  );
}

function headTable(view, sums, bias) {
  const { data } = view;
  const limit = Math.max(...sums.map(Math.abs), Math.abs(bias ?? 0));
  const rows = sums.map((sum, head) =>
    el(
      "tr",
      { "data-head": head, "data-product": String(sum), class: head === data.head ? "chosen" : "" },
      el(
        "th",
        { scope: "row", colspan: 3 },
        chip(view.theme, head),
        ` ${fillText(data.texts.head_adds, { head: head + 1 })}`,
      ),
      el("td", { class: "result" }, number(sum)),
      bar(view, sum, limit),
    ),
  );
  return termTables(
    view,
    [{ text: data.texts.short_concat, span: 3 }, { text: data.texts.sum }],
    bias === null ? rows : [...rows, biasRow(view, bias, limit)],
  );
}
