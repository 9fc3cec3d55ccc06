// Step by step: the sentences that depend on the cell.

import { el, fill } from "../shared/elements.js";
import { number, short } from "../shared/numbers.js";
import { cornerAxes, tokenOf } from "./axes.js";
import { matrixOf, rowSum } from "./matrix.js";
import { headSums, productTerms, projectionName } from "./product.js";
import { pairOf } from "./rotate.js";
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
    d_k: data.slug === "join" || data.role === "value" ? data.dV : data.dK,
    d_model: data.dModel,
    root: number(Math.sqrt(data.dK), 2),
    W_O: projectionName("W_O"),
    root_model: number(Math.sqrt(data.dModel), 2),
    head: data.head + 1,
    heads: data.heads,
    layer: data.layer + 1,
    norm: data.rms ? "RMSNorm" : "LayerNorm",
    width: data.heads * data.dV,
    ...sharing(data),
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

// Which heads share one key and value projection with the chosen one.
function sharing({ heads, head, sharedBy }) {
  const first = Math.floor(head / sharedBy) * sharedBy + 1;
  return { groups: heads / sharedBy, first, last: first + sharedBy - 1 };
}

export function rankIn(matrix, row, column) {
  const value = matrix.at(row, column);
  let rank = 1;
  for (let other = 0; other < matrix.columns; other++) if (matrix.at(row, other) > value) rank += 1;
  return rank;
}

const wordsOf = {
  scale: (view, cell) => ({
    before: number(matrixOf(view, "scores").at(cell.row, cell.column)),
    scale: short(view.data.scale),
  }),
  rotate: ({ data }, cell) => ({
    place: cell.row + 1,
    partner: (pairOf(data, cell.column)?.partner ?? 0) + 1,
    turned: data.meeting.rotation ? 2 * data.arrays.cos.shape[1] : 0,
    factor: short(data.meeting.factor),
    norm: data.meeting.norm?.rms ? "RMSNorm" : "LayerNorm",
  }),
  softcap: (view, cell) => ({
    before: number(matrixOf(view, "scaled_scores").at(cell.row, cell.column)),
    cap: short(view.data.softcap),
  }),
  mask: (view, cell) => ({ before: number(matrixOf(view, view.data.left[0]).at(cell.row, cell.column)) }),
  softmax: (view, cell, corner) => ({
    ...shareIn(corner, cell),
    sink: number(view.data.sink ?? 0),
    rest: number(1 - rowSum(corner, cell.row), 3),
  }),
  given: (view, cell, corner) => shareIn(corner, cell),
  product: (view, cell, corner) => ({
    rank: rankIn(corner, cell.row, cell.column),
    count: corner.columns,
    ...largestTerm(view, cell),
  }),
  add: (view, cell) => ({
    times: timesOf(view, cell),
    ...Object.fromEntries(
      view.data.above.map((name) => [
        name === "normed_output" ? "output" : name, // what is added to the stream, whatever was done to it before
        summand(name, matrixOf(view, name).at(cell.row, cell.column)),
      ]),
    ),
    before: view.data.slug === "bias" ? number(matrixOf(view, view.data.above[0]).at(cell.row, cell.column)) : "",
  }),
};

// How often the token of the chosen row stands in the text.
function timesOf({ data }, cell) {
  const tokens = data.labels[cornerAxes(data)[0]].map(tokenOf);
  return tokens.filter((token) => token === tokens[cell.row]).length;
}

function shareIn(corner, cell) {
  return {
    rank: rankIn(corner, cell.row, cell.column),
    count: corner.columns,
    percent: number(100 * corner.at(cell.row, cell.column), 0),
  };
}

// A number after a plus sign: in brackets when it is negative.
function summand(name, value) {
  const second = ["positions", "output", "normed_output", "bias"].includes(name);
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
    const again = timesOf({ data }, cell) > 1;
    const before = data.normFirst ? "norm_first_inputs" : "norm_last_inputs";
    // how the first layer's vectors of a model of others were made isn't taken apart
    if (!data.isOurs && data.part !== "cross") return [data.layer ? "from_lower" : "from_embedding", before];
    if (data.corner === "memory") return ["memory", data.eps === null ? null : "memory_norm", "cross_roles"];
    if (!data.above.includes("embeddings")) return [data.part === "cross" ? "from_self" : "from_below", before];
    return ["embedding", again ? "again" : null, before];
  },
  project: ({ data }) => [
    `project_${data.role}`,
    data.arrays.bias ? "project_number" : "project_number_plain",
    data.sharedBy > 1 && data.role !== "query" ? "project_shared" : "project_head",
  ],
  rotate: ({ data }, cell) => {
    const { norm, rotation, factor } = data.meeting;
    const turns = pairOf(data, cell.column) ? "rotate" : "not_turned";
    return [
      factor === 1 ? null : "meeting_factor",
      norm ? "meeting_norm" : null,
      rotation ? turns : null,
      rotation ? "rotate_why" : null,
    ];
  },
  scores: (view, cell, corner, value) => [
    "scores",
    rankIn(corner, cell.row, cell.column) === 1 ? "score_best" : value < 0 ? "score_negative" : "score_rank",
  ],
  scale: ({ data }) =>
    data.byRoot ? ["scale", "scale_why", "scale_order"] : [data.scale === 1 ? "scale_one" : "scale_by", "scale_order"],
  softcap: () => ["softcap", "softcap_why"],
  bias: () => ["bias", "bias_why"],
  mask: ({ data }, cell, corner, value) => [
    data.part === "cross"
      ? "mask_cross"
      : data.masksNothing
        ? "mask_none"
        : value !== -Infinity
          ? "mask_seen"
          : cell.column > cell.row
            ? "mask_hidden"
            : "mask_window",
    data.masksNothing ? "mask_stays" : "mask_why",
  ],
  softmax: (view, cell, corner, value) => {
    if (view.data.operation === "given") return ["given", value < 0.005 ? null : "softmax_share"];
    const hidden = matrixOf(view, "masked_scores").at(cell.row, cell.column) === -Infinity;
    const share = hidden ? "softmax_hidden" : value < 0.005 ? "softmax_little" : "softmax_share";
    return ["softmax", share, view.data.sink === null ? "softmax_row" : "softmax_sink"];
  },
  mix: () => ["mix", "mix_best", "mix_number"],
  join: ({ data }) => [
    data.heads * data.dV === data.dModel ? "join" : "join_wide",
    "join_best",
    data.arrays.bias ? "join_sum" : "join_sum_plain",
  ],
  add_norm: ({ data }) => [
    "add",
    data.above.includes("normed_output") ? "add_normed" : null,
    data.rms ? "rms" : "norm",
    data.normFirst ? "norm_first_next" : "norm_last_next",
  ],
};
