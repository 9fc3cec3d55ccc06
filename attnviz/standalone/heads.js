// All heads in a page without a server.

import view from "../components/heads/heads.js";
import { decoded } from "./coded.js";
import { start } from "./start.js";

const NOTHING = 0.005; // a weight below it is written as 0.00: there is no rank among such

// What the view draws when [layer, head, row, column] is chosen.
export function at(sent, place) {
  const [layer, head, row, column] = place;
  const { coarse, fine, masks } = sent.arrays;
  const [layers, heads, rows, columns] = coarse.shape;
  const weightsOf = (index) => decoded(coarse.data, fine.data, sent.units, index * rows * columns, rows * columns);
  const own = weightsOf(layer * heads + head);
  const links = Array.from({ length: layers * heads }, (_, index) => {
    const cell = (index * rows + row) * columns + column;
    return [Math.floor(index / heads), index % heads, decoded(coarse.data, fine.data, sent.units, cell, 1)[0]];
  }).sort((a, b) => b[2] - a[2]);
  const weight = own[row * columns + column];
  const line = own.subarray(row * columns, (row + 1) * columns);
  const mask = masks && { data: masks.data.subarray(layer * rows * columns, (layer + 1) * rows * columns) };
  const may = mask ? mask.data.subarray(row * columns, (row + 1) * columns).reduce((n, one) => n + one, 0) : columns;
  const arrays = { ...sent.arrays, chosen: { data: own }, trained: { data: links.map((link) => link[2]) } };
  if (sent.hiddenLabels.length) {
    const n = rows * sent.hiddenLabels.length;
    const { hidden_coarse, hidden_fine } = sent.arrays;
    arrays.hidden = { data: decoded(hidden_coarse.data, hidden_fine.data, sent.units, (layer * heads + head) * n, n) };
  }
  return {
    ...sent,
    place,
    arrays: { ...arrays, mask, colours: coarse },
    order: links.map(([l, h]) => [l, h]),
    standing: {
      rank_in_row: rank(line, weight),
      n_in_row: may,
      rank_among_heads: rank(arrays.trained.data, weight),
      n_heads: links.length,
    },
  };
}

// From 1; equals share the better rank.
function rank(weights, weight) {
  return weight < NOTHING ? null : 1 + weights.filter((other) => other > weight).length;
}

// The place that a pick names: tokens, from 1.
export function placeOf(sent, { layer, head, query, key }) {
  return [layer - 1, head - 1, sent.rowTokens.indexOf(query - 1), sent.columnTokens.indexOf(key - 1)];
}

export default (host, data) =>
  start(
    host,
    data,
    view,
    (sent) => at(sent, sent.place),
    (sent, pick) => at(sent, placeOf(sent, pick)),
  );
