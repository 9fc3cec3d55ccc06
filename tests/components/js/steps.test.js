import { labelOf, tokenOf } from "../../../attnviz/components/steps/axes.js";
import { cellMessage, moveByKey, pinCell, tell } from "../../../attnviz/components/steps/cell.js";
import { formula } from "../../../attnviz/components/steps/formula.js";
import { ledger } from "../../../attnviz/components/steps/ledger.js";
import { matrixOf } from "../../../attnviz/components/steps/matrix.js";
import { moments } from "../../../attnviz/components/steps/norm.js";
import { headSums, productTerms } from "../../../attnviz/components/steps/product.js";
import { pairOf } from "../../../attnviz/components/steps/rotate.js";
import { sharedHeads } from "../../../attnviz/components/steps/shared_heads.js";
import { softmaxRow, softmaxTable } from "../../../attnviz/components/steps/softmax.js";
import { rankIn } from "../../../attnviz/components/steps/story.js";
import { signOf } from "../../../attnviz/components/steps/terms.js";
import { switchCell } from "../../../attnviz/components/steps/what_if.js";
import { Pending } from "../../../attnviz/components/shared/interaction.js";
import { bytes, equal, float, near, ok, pressed, test, viewOf } from "./testing.js";

const TEXTS = new Proxy({}, { get: (_, name) => (typeof name === "string" ? name : undefined), has: () => true });

function stepsView(more, arrays) {
  const data = {
    frame: 1,
    slug: "scores",
    role: "",
    part: "encoder_self",
    sentence: "he is",
    operation: "product",
    left: ["query"],
    above: ["key"],
    corner: "scores",
    axes: { query: ["query", "d_k"], key: ["d_k", "key"], scores: ["query", "key"], weights: ["query", "key"] },
    labels: { query: ["he", "is"], key: ["a", "b", "c"] },
    reads: [],
    texts: TEXTS,
    dK: 2,
    dV: 2,
    dModel: 4,
    byRoot: true,
    sharedBy: 1,
    sink: null,
    rms: false,
    heads: 2,
    head: 1,
    eps: null,
    drawn: "",
    ...more,
    arrays: {
      query: float([2, 2], 1, -2, 3, 0.5),
      key: float([2, 3], 2, -1, 4, 5, 0.25, -3),
      scores: float([2, 3], -8, -1.5, 10, 8.5, -2.875, 10.5),
      ...arrays,
    },
  };
  const memory = {
    cell: { row: 0, column: 1 },
    hover: null,
    form: "wide",
    pending: new Pending(),
    turn: new Pending(),
    drawing: new Pending(),
  };
  return viewOf(data, memory);
}

function line(node, kind) {
  return node.querySelector(`[data-line="${kind}"]`);
}

test("terms of a product are the row times the column", () => {
  const terms = productTerms(stepsView(), { row: 1, column: 2 });
  equal(
    terms.map(({ a, b, product }) => [a, b, product]),
    [
      [3, 4, 12],
      [0.5, -3, -1.5],
    ],
  );
});

test("the ledger's terms come to its total", () => {
  const view = stepsView();
  for (const row of [0, 1])
    for (const column of [0, 1, 2]) {
      const node = ledger(view, { row, column });
      const terms = [...node.querySelectorAll("tr[data-term]")];
      const [left, right, product] = ["left", "right", "product"].map((name) =>
        terms.map((term) => Number(term.dataset[name])),
      );
      near(
        left.map((value, index) => value * right[index]),
        product,
      );
      near(
        product.reduce((sum, value) => sum + value, 0),
        Number(node.querySelector("[data-total]").dataset.total),
      );
    }
});

test("the ledger prints what it counts with", () => {
  const cells = [...ledger(stepsView(), { row: 0, column: 0 }).querySelectorAll("tbody tr")].map(
    (row) => row.textContent,
  );
  equal(cells, ["11.00 ×2.00 =2.00", "2−2.00 ×5.00 =−10.00"]);
});

test("a bias is a line of its own and part of the sum", () => {
  const view = stepsView({}, { bias: float([3], 0.5, 1.5, 2.5), scores: float([2, 3], -7.5, 0, 12.5, 9, -1.375, 13) });
  const node = ledger(view, { row: 0, column: 1 });
  equal(node.querySelector("[data-bias]").dataset.bias, "1.5");
  const terms = [...node.querySelectorAll("tr[data-term]")].map((term) => Number(term.dataset.product));
  near(
    terms.reduce((sum, value) => sum + value, 1.5),
    Number(node.querySelector("[data-total]").dataset.total),
  );
});

test("of very many terms the largest are shown, and the rest as one number", () => {
  const size = 80;
  const values = Array.from({ length: size }, (_, index) => (index % 2 ? -1 : 1) * (index + 1));
  const view = stepsView(
    { labels: { query: ["x"], key: ["y"] } },
    { query: float([1, size], ...values), key: float([size, 1], ...values.map(() => 0.5)), scores: float([1, 1], -20) },
  );
  const node = ledger(view, { row: 0, column: 0 });
  const shown = [...node.querySelectorAll("tr[data-term]")];
  equal(shown.length, 12);
  equal(
    shown.map((row) => Number(row.dataset.term)),
    Array.from({ length: 12 }, (_, index) => size - 1 - index),
  );
  const rest = Number(node.querySelector("[data-rest]").dataset.rest);
  near(
    shown.reduce((sum, row) => sum + Number(row.dataset.product), rest),
    -20,
  );
});

test("what each head adds is the terms of its own rows", () => {
  const terms = [1, 2, 30, 40].map((product) => ({ product }));
  equal(headSums(stepsView(), terms), [3, 70]);
});

test("scaling divides by the root of d_k", () => {
  const view = stepsView(
    { operation: "scale", slug: "scale", corner: "scaled_scores", axes: { scaled_scores: ["query", "key"] }, dK: 4 },
    { scaled_scores: float([2, 3], -4, -0.75, 5, 4.25, -1.4375, 5.25) },
  );
  const node = ledger(view, { row: 0, column: 2 });
  const [before, divisor, after] = ["before", "divisor", "after"].map((kind) => Number(line(node, kind).dataset.value));
  equal([before, divisor, after], [10, 2, 5]);
});

test("the mask's line says whether a query may look", () => {
  const arrays = {
    scaled_scores: float([1, 2], 3, 4),
    mask: bytes([1, 2], 1, 0),
    masked_scores: float([1, 2], 3, -Infinity),
  };
  const view = stepsView(
    {
      operation: "mask",
      slug: "mask",
      left: ["scaled_scores", "mask"],
      corner: "masked_scores",
      axes: { masked_scores: ["query", "key"] },
    },
    arrays,
  );
  equal(line(ledger(view, { row: 0, column: 0 }), "mask").textContent, "may_look");
  const hidden = ledger(view, { row: 0, column: 1 });
  equal(
    [line(hidden, "mask").textContent, line(hidden, "before").textContent, line(hidden, "after").textContent],
    ["may_not_look", "4.00", "−∞"],
  );
});

const SOFTMAX = {
  masked_scores: float([2, 3], 1, 3, -Infinity, 900, 901, 902),
  weights: float([2, 3], 0.1192029, 0.8807971, 0, 0.0900306, 0.2447285, 0.6652409),
};

test("softmax of a row: less its maximum, over its own sum", () => {
  const { max, sum, keys } = softmaxRow(stepsView({}, SOFTMAX), "masked_scores", "weights", 0);
  equal(max, 3);
  near(sum, 1 + Math.exp(-2));
  near(
    keys.map(({ exponent }) => exponent),
    [Math.exp(-2), 1, 0],
  );
  near(
    keys.map(({ exponent, weight }) => exponent / sum - weight),
    [0, 0, 0],
  );
});

test("softmax of large scores does not overflow", () => {
  const { max, sum, keys } = softmaxRow(stepsView({}, SOFTMAX), "masked_scores", "weights", 1);
  equal(max, 902);
  near(
    keys.map(({ exponent }) => exponent / sum),
    [0.0900306, 0.2447285, 0.6652409],
  );
});

test("softmax of the whole matrix takes maximum and sum from everywhere", () => {
  const { max, sum, keys } = softmaxRow(stepsView({}, SOFTMAX), "masked_scores", "weights", 0, { whole: true });
  equal(max, 902);
  near(sum, 1 + Math.exp(-1) + Math.exp(-2));
  equal(keys.length, 3);
});

test("the softmax ledger marks the chosen key, and hidden ones", () => {
  const view = stepsView({ operation: "softmax", slug: "softmax", corner: "weights" }, SOFTMAX);
  const rows = [...ledger(view, { row: 0, column: 1 }).querySelectorAll(".key-row")];
  equal(
    rows.map((row) => row.classList.contains("chosen")),
    [false, true, false],
  );
  equal(
    rows.map((row) => row.classList.contains("hidden-key")),
    [false, false, true],
  );
  equal(
    rows.map((row) => row.querySelector("th").textContent),
    ["a", "b", "c"],
  );
  equal(
    rows.map((row) => row.querySelector(".result").textContent),
    ["0.119", "0.881", "0.000"],
  );
});

test("mean and variance are those of LayerNorm", () => {
  const matrix = matrixOf(stepsView({}, { x: float([1, 4], 1, 2, 3, 6) }), "x");
  const { mean, variance } = moments(matrix, 0);
  near([mean, variance], [3, 3.5]);
});

test("LayerNorm's lines lead to its number", () => {
  const standard = (6 - 3) / Math.sqrt(3.5 + 1e-5);
  const view = stepsView(
    {
      operation: "add",
      slug: "add_norm",
      corner: "normed",
      above: ["inputs", "output", "sum"],
      left: [],
      eps: 1e-5,
      axes: { normed: ["query", "d_model"] },
    },
    {
      inputs: float([1, 4], 1, 1, 1, 2),
      output: float([1, 4], 0, 1, 2, 4),
      sum: float([1, 4], 1, 2, 3, 6),
      gain: float([4], 1, 1, 1, 2),
      shift: float([4], 0, 0, 0, 0.5),
      normed: float([1, 4], 0, 0, 0, standard * 2 + 0.5),
    },
  );
  const node = ledger(view, { row: 0, column: 3 });
  const [found, gain, bias, after] = ["standard", "gain", "bias", "after"].map((kind) =>
    Number(line(node, kind).dataset.value),
  );
  near([found, gain, bias], [standard, 2, 0.5]);
  near(found * gain + bias, after, 1e-5);
  equal(line(node, "eps").textContent, "1e−5");
});

test("RMSNorm takes no mean away", () => {
  const view = stepsView(
    {
      operation: "add",
      slug: "add_norm",
      corner: "normed",
      above: ["x", "normed_output", "sum"],
      left: [],
      eps: 1e-6,
      rms: true,
      axes: { normed: ["query", "d_model"] },
    },
    {
      x: float([1, 2], 1, 2),
      normed_output: float([1, 2], 2, 2),
      sum: float([1, 2], 3, 4),
      gain: float([2], 1, 3),
      shift: float([2], 0, 0),
      normed: float([1, 2], 0, 12 / Math.sqrt(12.5 + 1e-6)),
    },
  );
  const node = ledger(view, { row: 0, column: 1 });
  equal(line(node, "mean"), null);
  equal(line(node, "bias"), null);
  near(Number(line(node, "variance").dataset.value), 12.5);
  near(Number(line(node, "standard").dataset.value) * 3, Number(line(node, "after").dataset.value), 1e-5);
});

// Four numbers, of which the first two pairs turn: 0 with 2 and 1 with 3, or side by side.
function rotation(neighbours, more = {}) {
  const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
  return stepsView(
    {
      operation: "rotate",
      slug: "rotate",
      left: ["query_projected"],
      above: [],
      corner: "query",
      axes: { query: ["query", "d_k"] },
      meeting: { factor: 1, normFirst: true, norm: null, rotation: { neighbours, start: 0 }, ...more },
    },
    {
      query_projected: float([1, 5], 1, 2, 3, 4, 7),
      query: float([1, 5], 0, 0, 0, 0, 7),
      cos: float([1, 2], cos, 1),
      sin: float([1, 2], sin, 0),
      gain: float([5], 2, 2, 2, 2, 2),
      shift: float([5], 0, 0, 0, 0, 0),
      mean: float([1], 0),
      variance: float([1], 4),
    },
  );
}

function turnedOf(view, column) {
  return Number(line(ledger(view, { row: 0, column }), "turned").dataset.value);
}

test("a rotation turns each number with the other of its pair", () => {
  const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
  const halves = rotation(false);
  near([turnedOf(halves, 0), turnedOf(halves, 2)], [cos - 3 * sin, 3 * cos + sin]);
  near([turnedOf(halves, 1), turnedOf(halves, 3)], [2, 4]);
  const neighbours = rotation(true);
  near([turnedOf(neighbours, 0), turnedOf(neighbours, 1)], [cos - 2 * sin, 2 * cos + sin]);
  equal(pairOf(halves.data, 4), null);
  equal(line(ledger(halves, { row: 0, column: 4 }), "turned"), null);
});

test("the norm of queries stands before the rotation or after it", () => {
  const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
  const norm = { eps: 0, rms: true, across: false };
  near(turnedOf(rotation(false, { norm }), 0), cos - 3 * sin);
  const after = ledger(rotation(false, { norm, normFirst: false }), { row: 0, column: 0 });
  near(Number(line(after, "standard").dataset.value), (cos - 3 * sin) / 2);
  near(Number(line(ledger(rotation(false, { norm, factor: 3 }), { row: 0, column: 0 }), "own").dataset.value), 3);
});

test("a cap bends a score", () => {
  const view = stepsView(
    {
      operation: "softcap",
      slug: "softcap",
      left: ["scaled_scores"],
      corner: "capped_scores",
      axes: { capped_scores: ["query", "key"] },
      softcap: 50,
    },
    { scaled_scores: float([1, 1], 25), capped_scores: float([1, 1], 50 * Math.tanh(0.5)) },
  );
  const node = ledger(view, { row: 0, column: 0 });
  near(50 * Number(line(node, "tanh").dataset.value), Number(line(node, "after").dataset.value), 1e-5);
});

test("of a very long row the heaviest keys are shown, and the weight of the others as one number", () => {
  const n = 80;
  const exponents = Array.from({ length: n }, (_, key) => Math.exp(key / 10));
  const total = exponents.reduce((sum, exponent) => sum + exponent, 0);
  const arrays = {
    masked_scores: float([1, n], ...exponents.map(Math.log)),
    weights: float([1, n], ...exponents.map((exponent) => exponent / total)),
  };
  const axes = { masked_scores: ["query", "key"], weights: ["query", "key"] };
  const view = stepsView({ axes, labels: { query: ["a"], key: exponents.map(String) } }, arrays);
  const node = softmaxTable(view, softmaxRow(view, "masked_scores", "weights", 0), n - 1);
  const shown = [...node.querySelectorAll("[data-weight]")].map((row) => Number(row.dataset.weight));
  ok(shown.length < n, "all are shown");
  near(shown.reduce((sum, weight) => sum + weight, 0) + Number(node.querySelector(".rest").dataset.rest), 1, 1e-5);
});

test("a sink takes its share of the sum", () => {
  const scores = { masked_scores: float([1, 2], 0, 1), weights: float([1, 2], 0.0900306, 0.2447285) };
  const { max, sum } = softmaxRow(stepsView({}, scores), "masked_scores", "weights", 0, { sink: 2 });
  equal(max, 2);
  near(Math.exp(1 - max) / sum, 0.2447285);
});

test("heads that share a key stand together", () => {
  const view = stepsView({ slug: "project", role: "key", heads: 6, head: 4, sharedBy: 2 });
  const groups = [...sharedHeads(view).children];
  equal(
    groups.map((group) => [...group.querySelectorAll(".chip")].map((chip) => chip.textContent).join()),
    ["1,2", "3,4", "5,6"],
  );
  equal(
    groups.map((group) => group.classList.contains("own")),
    [false, false, true],
  );
  equal(sharedHeads(stepsView({ slug: "project", role: "query", heads: 6, sharedBy: 2 })), null);
});

test("a rank counts what is larger", () => {
  const matrix = matrixOf(stepsView({}, { x: float([1, 4], 0.2, 0.5, 0.2, 0.1) }), "x");
  equal(
    [0, 1, 2, 3].map((column) => rankIn(matrix, 0, column)),
    [2, 1, 2, 4],
  );
});

test("a matrix is read row by row, its limit is its largest finite number", () => {
  const matrix = matrixOf(stepsView({}, { x: float([2, 3], 1, 2, 3, 4, -7, -Infinity) }), "x");
  equal([matrix.at(0, 2), matrix.at(1, 0), matrix.limit, matrix.weights], [3, 4, 7, false]);
  equal(matrixOf(stepsView({}, SOFTMAX), "weights").limit, 1);
});

test("a decoder's row tells what it reads", () => {
  const view = stepsView({ reads: ["‹start›", "er"] });
  equal([labelOf(view, "query", 1), labelOf(view, "key", 1), labelOf(view, "d_k", 1)], ["is (er)", "b", "2"]);
});

test("what is added has its signs, and nothing else has", () => {
  const signs = (operation, slug, above) => above.map((_, n) => signOf({ operation, slug, above }, n));
  equal(signs("add", "add_norm", ["x", "output", "total"]), ["", "+ ", "= "]);
  equal(signs("add", "vectors", ["embeddings", "positions", "x"]), ["", "+ ", "= "]);
  equal(signs("add", "vectors", ["x"]), [""]);
  equal(signs("product", "join", ["W_O", "W_O"]), ["", ""]);
});

test("a label without its points is the token", () => {
  equal(["sn·", "·ake", "·a·", "·", "a·b", ""].map(tokenOf), ["sn", "ake", "a", "·", "a·b", ""]);
});

test("a cell is told from 1, by the names of its axes", () => {
  equal(cellMessage(stepsView(), { row: 1, column: 2 }), { query: 2, key: 3 });
  equal(cellMessage(stepsView({ corner: "query" }), { row: 0, column: 1 }), { query: 1, dim: 2 });
});

test("arrow keys move the cell within the result, and keep it", () => {
  const view = stepsView();
  moveByKey(view, pressed("ArrowRight"));
  equal([view.memory.cell, view.memory.pinned], [{ row: 0, column: 2 }, true]);
  moveByKey(view, pressed("ArrowRight"));
  moveByKey(view, pressed("ArrowDown"));
  moveByKey(view, pressed("ArrowDown"));
  equal(view.memory.cell, { row: 1, column: 2 });
  moveByKey(view, pressed("Escape"));
  equal(view.memory.pinned, false);
  clearTimeout(view.memory.later);
});

test("what is told carries the cell that the page may not know yet", () => {
  const view = stepsView();
  pinCell(view, { row: 1, column: 0 }, 400);
  tell(view, { step: 4 });
  equal(view.sent, [["choose", { query: 2, key: 1, step: 4 }]]);
  equal(stepsView().memory.pending.choice, null);
});

test("a drawn mask is told as a whole, and a second click takes a cell back", () => {
  const view = stepsView({ drawn: "1-2" });
  switchCell(view, { row: 1, column: 0 });
  switchCell(view, { row: 0, column: 1 });
  equal(
    view.sent.map(([, { drawn }]) => drawn),
    ["1-2_2-1", "2-1"],
  );
});

test("a formula has its fractions, roots and heights", () => {
  const node = formula("\\live{\\frac{QK^T}{\\sqrt{d_k}}} = \\left(x_1\\right)", "read aloud");
  equal(node.getAttribute("aria-label"), "read aloud");
  equal(node.querySelector(".fraction").children.length, 2);
  equal(node.querySelector(".radicand").innerHTML, "<i>d</i><sub><i>k</i></sub>");
  equal(node.querySelector(".live sup").textContent, "T");
  equal(node.querySelector(".bracket").textContent, "(x1)");
  ok(node.classList.contains("long") === node.textContent.length > 24);
});
