// The ledger: how the number in the chosen cell comes about, total first, then term by term.

import { el, fillText } from "../shared/elements.js";
import { number, short } from "../shared/numbers.js";
import { cornerAxes } from "./axes.js";
import { matrixOf } from "./matrix.js";
import { moments, standardLines } from "./norm.js";
import { productLedger } from "./product.js";
import { rotateLedger } from "./rotate.js";
import { softmaxRow, softmaxTable } from "./softmax.js";
import { isSum, lines, named, signOf } from "./terms.js";

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
    rotate: rotateLedger,
    scale: scaleLedger,
    softcap: softcapLedger,
    given: givenLedger,
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
  const { texts, dK, byRoot, scale } = view.data;
  const score = matrixOf(view, "scores").at(cell.row, cell.column);
  return lines([
    [texts.matrix_scores, score, undefined, "before"],
    byRoot
      ? [`÷ √${dK}`, Math.sqrt(dK), number(Math.sqrt(dK), 4), "divisor"]
      : [texts.factor, scale, short(scale), "factor"],
    [`= ${texts.matrix_scaled_scores}`, total, undefined, "after"],
  ]);
}

// c tanh(s / c): no score leaves the range from -c to c.
function softcapLedger(view, cell, total) {
  const { texts, softcap } = view.data;
  const score = matrixOf(view, "scaled_scores").at(cell.row, cell.column);
  const bent = Math.tanh(score / softcap);
  return lines([
    [texts.matrix_scaled_scores, score, undefined, "before"],
    [`÷ ${short(softcap)}`, score / softcap, number(score / softcap, 4), "quotient"],
    ["tanh", bent, number(bent, 4), "tanh"],
    [`× ${short(softcap)} = ${texts.matrix_capped_scores}`, total, undefined, "after"],
  ]);
}

function givenLedger(view, cell, total) {
  return lines([[view.data.texts.matrix_weights, total, number(total, 4), "after"]]);
}

function maskLedger(view, cell, total) {
  const { texts, left } = view.data;
  const allowed = matrixOf(view, "mask").at(cell.row, cell.column);
  return lines([
    [texts[`matrix_${left[0]}`], matrixOf(view, left[0]).at(cell.row, cell.column), undefined, "before"],
    [texts.matrix_mask, allowed, allowed ? texts.may_look : texts.may_not_look, "mask"],
    [`= ${texts.matrix_masked_scores}`, total, undefined, "after"],
  ]);
}

function addLedger(view, cell, total) {
  const { data } = view;
  const { texts } = data;
  const parts = data.above.map((name) => ({ name, value: matrixOf(view, name).at(cell.row, cell.column) }));
  const rows = parts.map(({ name, value }, n) => [
    `${signOf(data, n)}${texts[`matrix_${name}`]}`,
    value,
    undefined,
    name,
  ]);
  if (data.eps === null) {
    rows.push([
      isSum(data) ? `= ${texts[`matrix_${data.corner}`]}` : texts[`matrix_${data.corner}`],
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
  const matrix = matrixOf(view, name);
  const found = moments(matrix, cell.row, data.rms);
  const head = fillText(data.rms ? texts.rms_head : texts.norm_head, { count: matrix.columns });
  return [
    ...standardLines(view, cell.column, value, { ...found, eps: data.eps, rms: data.rms }, head),
    [`= ${texts[`matrix_${data.corner}`]}`, total, number(total, 4), "after"],
  ];
}

function softmaxLedger(view, cell) {
  const row = softmaxRow(view, "masked_scores", "weights", cell.row, { sink: view.data.sink });
  return softmaxTable(view, row, cell.column);
}
