// The paper's figure in a page without a server.

import view from "../components/lines/lines.js";
import { decoded } from "./coded.js";
import { start } from "./start.js";

export function first(sent) {
  const { coarse, fine, rest_coarse, rest_fine } = sent.arrays;
  const weights = { data: decoded(coarse.data, fine.data, sent.units), shape: coarse.shape };
  return { ...sent, arrays: { weights, rest: { data: decoded(rest_coarse.data, rest_fine.data, sent.units) } } };
}

// The lines are all here; only what is chosen moves. Key 0 is the strongest of the row.
export function answer(_, { layer, head, query, key }, shown) {
  const row = shown.rowTokens.indexOf(query - 1);
  const { data, shape } = shown.arrays.weights;
  const begin = (((layer - 1) * shape[1] + head - 1) * shape[2] + row) * shape[3];
  const weights = data.subarray(begin, begin + shape[3]);
  const column = key ? shown.columnTokens.indexOf(key - 1) : weights.indexOf(Math.max(...weights));
  return { ...shown, place: [layer - 1, head - 1, row, column] };
}

export default (host, data) => start(host, data, view, first, answer);
