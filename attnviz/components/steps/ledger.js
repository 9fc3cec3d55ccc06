// The ledger: how the number in the chosen cell comes about, total first, then term by term.

import { el, fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { cornerAxes } from "./axes.js";
import { matrixOf } from "./matrix.js";
import { productLedger } from "./product.js";
import { softmaxRow, softmaxTable } from "./softmax.js";
import { lines, named } from "./terms.js";

export function ledger(view, cell) {
  const { data } = view;
  const total = matrixOf(view, data.corner).at(cell.row, cell.column);
  const [rowAxis, columnAxis] = cornerAxes(data);
  const weights = matrixOf(view, data.corner).weights;
  const head = el(
    "div",
    { class: "ledger-head" },
    el("span", { class: "pair" }, named(view, rowAxis, cell.row), " · ", named(view, columnAxis, cell.column)),
    el(
      "span",
      { class: "total-box" },
      el("span", { class: "total-name" }, data.texts[`matrix_${data.corner}`]),
      " ",
      el("span", { class: "total", "data-total": String(total) }, number(total, weights ? 3 : 2)),
    ),
  );
  const bodies = {
    product: productLedger,
    scale: scaleLedger,
    mask: maskLedger,
    softmax: softmaxLedger,
    add: addLedger,
  };
  return el(
    "section",
    { class: "panel ledger", "data-row": cell.row, "data-column": cell.column, "aria-label": data.texts.ledger },
    head,
    bodies[data.operation](view, cell, total),
  );
}

function scaleLedger(view, cell, total) {
  const { texts, dK } = view.data;
  const score = matrixOf(view, "scores").at(cell.row, cell.column);
  return lines([
    [texts.matrix_scores, score, undefined, "before"],
    [`÷ √${dK}`, Math.sqrt(dK), number(Math.sqrt(dK), 4), "divisor"],
    [`= ${texts.matrix_scaled_scores}`, total, undefined, "after"],
  ]);
}

function maskLedger(view, cell, total) {
  const { texts } = view.data;
  const allowed = matrixOf(view, "mask").at(cell.row, cell.column);
  return lines([
    [texts.matrix_scaled_scores, matrixOf(view, "scaled_scores").at(cell.row, cell.column), undefined, "before"],
    [texts.matrix_mask, allowed, allowed ? texts.may_look : texts.may_not_look, "mask"],
    [`= ${texts.matrix_masked_scores}`, total, undefined, "after"],
  ]);
}

function addLedger(view, cell, total) {
  const { data } = view;
  const { texts } = data;
  const parts = data.above.map((name) => ({ name, value: matrixOf(view, name).at(cell.row, cell.column) }));
  const summed = data.slug === "add_norm" || data.above.includes("embeddings");
  const rows = parts.map(({ name, value }, n) => {
    const sign = !summed || n === 0 ? "" : n === 1 ? "+ " : "= ";
    return [`${sign}${texts[`matrix_${name}`]}`, value, undefined, name];
  });
  if (data.eps === null) {
    rows.push([
      summed ? `= ${texts[`matrix_${data.corner}`]}` : texts[`matrix_${data.corner}`],
      total,
      undefined,
      "after",
    ]);
    return lines(rows);
  }
  return lines([...rows, ...normLines(view, cell, parts.at(-1), total)]);
}

// LayerNorm of one row, written out.
function normLines(view, cell, { name, value }, total) {
  const { data } = view;
  const { texts } = data;
  const { mean, variance } = moments(matrixOf(view, name), cell.row);
  const gain = data.arrays.gain.data[cell.column];
  const shift = data.arrays.shift.data[cell.column];
  const standard = (value - mean) / Math.sqrt(variance + data.eps);
  return [
    [fillText(texts.norm_head, { count: data.dModel }), null, "", "divider"],
    [texts.norm_mean, mean, number(mean, 4), "mean"],
    [texts.norm_variance, variance, number(variance, 4), "variance"],
    [texts.norm_eps, data.eps, `1e−${Math.round(-Math.log10(data.eps))}`, "eps"],
    [texts.norm_standard, standard, number(standard, 4), "standard"],
    [texts.norm_gain, gain, number(gain, 4), "gain"],
    [texts.norm_bias, shift, number(shift, 4), "bias"],
    [`= ${texts[`matrix_${data.corner}`]}`, total, number(total, 4), "after"],
  ];
}

export function moments(matrix, row) {
  let mean = 0;
  for (let column = 0; column < matrix.columns; column++) mean += matrix.at(row, column) / matrix.columns;
  let variance = 0;
  for (let column = 0; column < matrix.columns; column++)
    variance += (matrix.at(row, column) - mean) ** 2 / matrix.columns;
  return { mean, variance };
}

function softmaxLedger(view, cell) {
  return softmaxTable(view, softmaxRow(view, "masked_scores", "weights", cell.row), cell.column);
}
