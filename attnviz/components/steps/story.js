// Step by step: the sentences that depend on the cell.

import { el, fill } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { cornerAxes } from "./axes.js";
import { matrixOf } from "./matrix.js";
import { headSums, productTerms, projectionName } from "./product.js";
import { named } from "./terms.js";

export function sentences(view, cell) {
  const { data } = view;
  const [rowAxis, columnAxis] = cornerAxes(data);
  const corner = matrixOf(view, data.corner);
  const value = corner.at(cell.row, cell.column);
  const digits = corner.weights ? 3 : 2;
  const words = {
    row: named(view, rowAxis, cell.row),
    column: named(view, columnAxis, cell.column),
    number: cell.column + 1,
    value: el("b", {}, number(value, digits)),
    d_k: data.dK,
    d_model: data.dModel,
    root: number(Math.sqrt(data.dK), 2),
    W_O: projectionName("W_O"),
    root_model: number(Math.sqrt(data.dModel), 2),
    head: data.head + 1,
    heads: data.heads,
    layer: data.layer + 1,
    ...wordsOf[data.operation]?.(view, cell, corner),
  };
  // a node can stand in one place only
  const fresh = () =>
    Object.fromEntries(
      Object.entries(words).map(([name, word]) => [name, word instanceof Node ? word.cloneNode(true) : word]),
    );
  return storyOf[data.slug](view, cell, corner, value)
    .filter(Boolean)
    .map((name) => fill(data.texts[`say_${name}`], fresh()));
}

export function rankIn(matrix, row, column) {
  const value = matrix.at(row, column);
  let rank = 1;
  for (let other = 0; other < matrix.columns; other++) if (matrix.at(row, other) > value) rank += 1;
  return rank;
}

const wordsOf = {
  scale: (view, cell) => ({ before: number(matrixOf(view, "scores").at(cell.row, cell.column)) }),
  mask: (view, cell) => ({ before: number(matrixOf(view, "scaled_scores").at(cell.row, cell.column)) }),
  softmax: (view, cell, corner) => ({
    rank: rankIn(corner, cell.row, cell.column),
    count: corner.columns,
    percent: number(100 * corner.at(cell.row, cell.column), 0),
  }),
  product: (view, cell, corner) => ({
    rank: rankIn(corner, cell.row, cell.column),
    count: corner.columns,
    ...largestTerm(view, cell),
  }),
  add: (view, cell) => ({
    times: view.data.labels[cornerAxes(view.data)[0]].filter((label, _, all) => label === all[cell.row]).length,
    ...Object.fromEntries(
      view.data.above.map((name) => [name, summand(name, matrixOf(view, name).at(cell.row, cell.column))]),
    ),
  }),
};

// A number after a plus sign: in brackets when it is negative.
function summand(name, value) {
  const second = name === "positions" || name === "output";
  return second && number(value).startsWith("−") ? `(${number(value)})` : number(value);
}

function largestTerm(view, cell) {
  const { data } = view;
  const terms = productTerms(view, cell);
  if (data.slug === "join") {
    const sums = headSums(view, terms);
    const best = sums.reduce((a, sum, head) => (Math.abs(sum) > Math.abs(sums[a]) ? head : a), 0);
    return { best_head: best + 1, best: number(sums[best]), own: number(sums[data.head]) };
  }
  if (data.slug !== "mix") return {};
  const best = terms.reduce((a, term) => (term.a > a.a ? term : a));
  return { best_word: named(view, "key", best.term), weight: number(best.a, 3), percent: number(100 * best.a, 0) };
}

const storyOf = {
  vectors: ({ data }, cell) => {
    const labels = data.labels[cornerAxes(data)[0]];
    const again = labels.filter((label) => label === labels[cell.row]).length > 1;
    const before = data.normFirst ? "norm_first_inputs" : "norm_last_inputs";
    if (data.corner === "memory") return ["memory", data.eps === null ? null : "memory_norm", "cross_roles"];
    if (!data.above.includes("embeddings")) return [data.part === "cross" ? "from_self" : "from_below", before];
    return ["embedding", again ? "again" : null, before];
  },
  project: ({ data }) => [`project_${data.role}`, "project_number", "project_head"],
  scores: (view, cell, corner, value) => [
    "scores",
    rankIn(corner, cell.row, cell.column) === 1 ? "score_best" : value < 0 ? "score_negative" : "score_rank",
  ],
  scale: () => ["scale", "scale_why", "scale_order"],
  mask: ({ data }, cell, corner, value) => [
    data.part === "cross"
      ? "mask_cross"
      : data.masksNothing
        ? "mask_none"
        : value === -Infinity
          ? "mask_hidden"
          : "mask_seen",
    data.masksNothing ? "mask_stays" : "mask_why",
  ],
  softmax: (view, cell, corner, value) => {
    const hidden = matrixOf(view, "masked_scores").at(cell.row, cell.column) === -Infinity;
    return ["softmax", hidden ? "softmax_hidden" : value < 0.005 ? "softmax_little" : "softmax_share", "softmax_row"];
  },
  mix: () => ["mix", "mix_best", "mix_number"],
  join: () => ["join", "join_best", "join_sum"],
  add_norm: ({ data }) => ["add", "norm", data.normFirst ? "norm_first_next" : "norm_last_next"],
};
