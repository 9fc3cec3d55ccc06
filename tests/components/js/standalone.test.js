import { decoded } from "../../../attnviz/standalone/coded.js";
import { at, placeOf } from "../../../attnviz/standalone/heads.js";
import { answer, first } from "../../../attnviz/standalone/lines.js";
import { answer as answerStep, first as firstStep } from "../../../attnviz/standalone/steps.js";
import { opaque, start } from "../../../attnviz/standalone/start.js";
import { bytes, equal, float, near, packed, test } from "./testing.js";

// Two layers of three heads, two queries, three keys, one key that is not shown; weights in thousandths.
const STEPS = Array.from({ length: 36 }, (_, index) => (index * 271) % 1000);
const two = (steps) => [steps.map((step) => Math.floor(step / 4)), steps.map((step) => step % 4)];

function sentHeads(more = {}) {
  const [coarse, fine] = two(STEPS);
  const [hiddenCoarse, hiddenFine] = two(STEPS.slice(0, 12));
  return {
    units: 1000,
    rowTokens: [1, 3],
    columnTokens: [1, 2, 5],
    hiddenLabels: ["[CLS]"],
    arrays: {
      coarse: bytes([2, 3, 2, 3], ...coarse),
      fine: bytes([2, 3, 2, 3], ...fine),
      hidden_coarse: bytes([2, 3, 2, 1], ...hiddenCoarse),
      hidden_fine: bytes([2, 3, 2, 1], ...hiddenFine),
      ...more,
    },
  };
}

const weight = (step) => step && (step + 0.5) / 1000;

test("a weight is the middle of its step, and nothing is nothing", () => {
  near([...decoded(Uint8Array.of(0, 120, 249), Uint8Array.of(0, 3, 3), 1000)], [0, 0.4835, 0.9995]);
  near([...decoded(Uint8Array.of(1, 120), Uint8Array.of(7, 39), 10000, 1)], [0.48395]);
});

test("two decimals of a decoded weight are those of the weight itself", () => {
  for (let i = 0; i <= 5000; i++) {
    const exact = Math.fround(i / 5000);
    const step = Math.min(999, Math.floor(exact * 1000));
    const [found] = decoded(Uint8Array.of(Math.floor(step / 4)), Uint8Array.of(step % 4), 1000);
    equal(found.toFixed(2), exact.toFixed(2));
  }
});

test("each head has its numbers, its rank and what it hides", () => {
  const data = at(sentHeads(), [1, 2, 1, 2]);
  const own = STEPS.slice(30, 36);
  near([...data.arrays.chosen.data], own.map(weight));
  near([...data.arrays.hidden.data], STEPS.slice(10, 12).map(weight));
  const pair = [0, 1, 2, 3, 4, 5].map((index) => STEPS[index * 6 + 5]);
  const row = own.slice(3);
  equal(data.standing, {
    rank_in_row: 1 + row.filter((step) => step > row[2]).length,
    n_in_row: 3,
    rank_among_heads: 1 + pair.filter((step) => step > pair[5]).length,
    n_heads: 6,
  });
});

test("heads are ranked by the weight of the chosen pair", () => {
  const data = at(sentHeads(), [0, 0, 0, 1]);
  const pair = [0, 1, 2, 3, 4, 5].map((index) => STEPS[index * 6 + 1]);
  const best = pair.indexOf(Math.max(...pair));
  equal(data.order[0], [Math.floor(best / 3), best % 3]);
  near([...data.arrays.trained.data], [...pair].sort((a, b) => b - a).map(weight));
  const worst = pair.indexOf(Math.min(...pair));
  equal(data.order[5], [Math.floor(worst / 3), worst % 3]);
});

test("what is written as 0.00 has no rank, and a masked cell is no rival", () => {
  const masks = bytes([2, 2, 3], 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0);
  const data = at(sentHeads({ masks }), [0, 0, 0, 0]); // the step there is 0
  equal([data.standing.rank_in_row, data.standing.rank_among_heads, data.standing.n_in_row], [null, null, 1]);
  equal([...data.arrays.mask.data], [1, 0, 0, 1, 1, 0]);
  equal(at(sentHeads({ masks }), [0, 0, 1, 0]).standing.n_in_row, 2);
  equal(at(sentHeads({ masks }), [1, 0, 0, 0]).standing.n_in_row, 3); // windows differ from layer to layer
});

test("a pick names tokens, and leads to their row and column", () => {
  equal(placeOf(sentHeads(), { layer: 2, head: 3, query: 4, key: 6 }), [1, 2, 1, 2]);
});

test("a pick in the lines leads to the strongest key of that head", () => {
  const [coarse, fine] = two(STEPS);
  const sent = {
    units: 1000,
    rowTokens: [1, 3],
    columnTokens: [1, 2, 5],
    arrays: {
      coarse: bytes([2, 3, 2, 3], ...coarse),
      fine: bytes([2, 3, 2, 3], ...fine),
      rest_coarse: bytes([2, 3, 2], ...coarse.slice(0, 12)),
      rest_fine: bytes([2, 3, 2], ...fine.slice(0, 12)),
    },
  };
  const shown = first(sent);
  near([...shown.arrays.weights.data], STEPS.map(weight));
  near([...shown.arrays.rest.data], STEPS.slice(0, 12).map(weight));
  const row = STEPS.slice(27, 30); // layer 2, head 2, row 2
  const strongest = row.indexOf(Math.max(...row));
  equal(answer(sent, { layer: 2, head: 2, query: 4, key: 0 }, shown).place, [1, 1, 1, strongest]);
  equal(answer(sent, { layer: 1, head: 1, query: 2, key: 6 }, shown).place, [0, 0, 0, 2]);
});

function sentSteps() {
  const frame = (step, role, more) => ({ step, role, arrays: { inputs: "x", W: `w ${role}` }, ...more });
  return {
    frames: [frame(1, "query"), frame(2, "query"), frame(2, "key"), frame(12, "query")],
    texts: { hint: "hint" },
    cell: { query: 3, key: 1, dim: -1 },
    arrays: { x: float([1, 1], 7), "w query": float([1, 1], 8), "w key": float([1, 1], 9) },
  };
}

test("a step has its matrices, each of which is there once", () => {
  const sent = sentSteps();
  const shown = firstStep(sent);
  equal([shown.step, shown.view, shown.texts.hint, shown.cell], [1, "sentence", "hint", sent.cell]);
  const key = answerStep(sent, { step: 2, role: "key" }, shown);
  equal([key.role, key.arrays.W.data[0], key.arrays.inputs === shown.arrays.inputs], ["key", 9, true]);
  equal(answerStep(sent, { dim: 2 }, key).role, "key");
  equal(answerStep(sent, { step: 12 }, key).step, 12);
  equal(answerStep(sent, { step: 12 }, key).role, "query"); // it has no other
});

test("a picked cell counts from 1, and what was not picked stays", () => {
  const sent = sentSteps();
  const shown = answerStep(sent, { query: 1, dim: 5 }, firstStep(sent));
  equal(shown.cell, { query: 0, key: 1, dim: 4 });
  equal(answerStep(sent, { view: "word" }, shown).cell, shown.cell);
  equal(answerStep(sent, { view: "word" }, shown).step, 1);
});

test("the same step with another cell is the same frame, another step or view is not", () => {
  const sent = sentSteps();
  const shown = firstStep(sent);
  equal(answerStep(sent, { query: 2 }, shown).frame, shown.frame);
  const others = [{ step: 2 }, { step: 2, role: "key" }, { view: "word" }].map((pick) => answerStep(sent, pick, shown));
  equal(new Set([shown, ...others].map(({ frame }) => frame)).size, 4);
});

test("a ground is a colour, and what is see-through is none", () => {
  equal([opaque("rgb(17, 17, 200)"), opaque("rgba(0, 0, 0, 0)"), opaque("")], ["#1111c8", null, null]);
});

test("a view starts once over its picture, and answers its own picks", async () => {
  const host = document.createElement("div");
  host.textContent = "still";
  document.body.append(host);
  const bytesOf = await packed({ number: 1 }, {});
  const data = btoa(String.fromCharCode(...bytesOf));
  const drawn = [];
  const view = ({ data: shown, setTriggerValue }) => drawn.push([shown.number, setTriggerValue]);
  const begin = () =>
    start(
      host,
      data,
      view,
      (sent) => sent,
      (sent, pick, shown) => ({ ...shown, number: sent.number + pick }),
    );
  await Promise.all([begin(), begin()]);
  equal([drawn.length, host.textContent, host.shadowRoot.children.length], [1, "still", 1]);
  drawn[0][1]("pick", 4);
  equal(
    drawn.map(([number]) => number),
    [1, 5],
  );
  host.remove();
});
