// The ledger of softmax: score, exponent, quotient, for a whole row.

import { el, fill } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { matrixOf } from "./matrix.js";
import { MOST_TERMS, SHOWN_TERMS, bar, termTables } from "./terms.js";

// The lines of one row's softmax; max and sum are the row's own, or those of the whole matrix. sink: one more score.
export function softmaxRow(view, scoresName, weightsName, row, { whole = false, sink = null } = {}) {
  const scores = matrixOf(view, scoresName);
  const weights = matrixOf(view, weightsName);
  const all = whole
    ? [...scores.values]
    : Array.from({ length: scores.columns }, (_, column) => scores.at(row, column));
  if (sink !== null) all.push(sink);
  const max = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = all.reduce((total, score) => total + Math.exp(score - max), 0);
  const keys = Array.from({ length: scores.columns }, (_, column) => {
    const score = scores.at(row, column);
    return { column, score, exponent: Math.exp(score - max), weight: weights.at(row, column) };
  });
  return { max, sum, keys };
}

export function softmaxTable(view, { max, sum, keys }, chosen, forced = null) {
  const { texts } = view.data;
  const long = keys.length > MOST_TERMS;
  const ranked = [...keys].sort((a, b) => b.exponent - a.exponent);
  const shown = long ? ranked.slice(0, SHOWN_TERMS) : keys;
  if (long && !shown.some(({ column }) => column === chosen)) shown.push(keys[chosen]);
  const limit = Math.max(...keys.map(({ exponent }) => exponent / sum));
  const rows = shown.map((key) =>
    softmaxKey(view, key, sum, limit, key.column === chosen, forced && forced(key.column)),
  );
  if (long) {
    const rest = keys.filter((key) => !shown.includes(key));
    const weight = rest.reduce((total, key) => total + key.weight, 0);
    rows.push(
      el(
        "tr",
        { class: "rest", "data-rest": String(weight) },
        el("th", { scope: "row", colspan: 3 }, fill(texts.more_terms, { count: rest.length })),
        el("td", { class: "result" }, number(weight, 3)),
        el("td"),
      ),
    );
  }
  const heads = [
    { text: texts.axis_key_short, role: "key" },
    { text: texts.softmax_score },
    { text: "exp(s−max)" },
    { text: `÷ ${number(sum)}` },
  ];
  return el("div", { "data-max": String(max), "data-sum": String(sum) }, termTables(view, heads, rows));
}

function softmaxKey(view, { column, score, exponent, weight }, sum, limit, chosen, forced) {
  const label = view.data.labels.key[column];
  const data = {
    "data-term": column,
    "data-score": String(score),
    "data-exponent": String(exponent),
    "data-weight": String(weight),
  };
  const quotient = forced ? el("s", { title: view.data.texts.forced }, number(exponent / sum, 3)) : number(weight, 3);
  const row = el(
    "tr",
    { ...data, class: `key-row${chosen ? " chosen" : ""}${score === -Infinity ? " hidden-key" : ""}` },
    el("th", { scope: "row", title: label }, label),
    el("td", {}, number(score)),
    el("td", {}, number(exponent, 3)),
    el("td", { class: "result" }, quotient),
    bar(view, forced ? exponent / sum : weight, limit, false),
  );
  if (forced) row.lastChild.classList.add("struck");
  return row;
}
