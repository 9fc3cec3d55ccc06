import { rangeOf } from "../../../attnviz/components/follow/layout.js";
import {
  momentAt,
  msAt,
  progress,
  shown,
  STOP_MS,
  STOPS,
  WHOLE_MS,
} from "../../../attnviz/components/follow/motion.js";
import { columnsOf, recordOf, stackOf, sum } from "../../../attnviz/components/follow/record.js";
import { equal, float, near, test } from "./testing.js";

// A query of two numbers, three keys of which the last is hidden, two heads, a model of three numbers.
function record(part = "decoder_self") {
  return recordOf({
    record: { order: [1, 0, 2], part, query_token: 0, key_labels: ["a", "b", "c"] },
    arrays: {
      query: float([2], 1, -2),
      masked_scores: float([3], -1, 4, -Infinity),
      products: float([3, 2], 1, -2, 3, 1, 0, 0),
      vectors: float([2, 2], 9, 0, 1, -5),
      head_output: float([2], 0.5, 2),
      concat: float([2, 2], 1, 2, 3, 4),
      output: float([3], 1, -7, 3),
    },
  });
}

test("a record's matrices are cut into rows, its sizes are those of the arrays", () => {
  const found = record();
  equal(
    found.products.map((row) => [...row]),
    [
      [1, -2],
      [3, 1],
      [0, 0],
    ],
  );
  equal([found.d_k, found.d_model, found.n_heads], [2, 3, 2]);
});

test("the number that is shown of a vector is its largest, whatever its sign", () => {
  equal(record().dims, { vectors: 1, meeting: 0, value: 1, output: 1 });
});

test("a mask is told where a score is minus infinity, and nowhere else", () => {
  equal(record().masks, true);
  const open = { order: [0], part: "encoder_self", query_token: 0, key_labels: ["a"] };
  const arrays = { query: float([1], 1), masked_scores: float([1], 3), products: float([1, 1], 3) };
  const more = { vectors: float([1, 1], 1), head_output: float([1], 1), concat: float([1, 1], 1) };
  equal(recordOf({ record: open, arrays: { ...arrays, ...more, output: float([1], 1) } }).masks, false);
});

test("a word's own key is its place, in a cross part the one that gets most", () => {
  equal([record().own, record("cross").own, record().best], [0, 1, 1]);
});

test("the heaviest keys get columns, in the order of the sentence; one key alone is no rest", () => {
  const order = [4, 0, 2, 1, 3];
  equal(columnsOf({ order }, 3), { shown: [0, 2, 4], rest: [1, 3] });
  equal(columnsOf({ order }, 4), { shown: [0, 1, 2, 3, 4], rest: [] });
});

test("a stack has the positive products above the line and the negative ones below", () => {
  equal(stackOf([3, -2, 0, 1, -5]), { up: 4, down: 7 });
  equal(sum([1, 10, 100], [0, 2]), 101);
});

test("the bar of the other keys runs from the smallest score to the largest, without hidden ones", () => {
  const found = record();
  equal(rangeOf(found.masked_scores, [1, 0, 2], found), [-1, 4]);
  equal(rangeOf([0.25, 0.75, 0], [0, 1, 2], found), [0, 0.75]); // shares: a hidden key's is 0
  equal(rangeOf(found.masked_scores, [2], found), [0, 0]);
});

test("a stop is first read, then moved to, then rests", () => {
  equal([momentAt(0), momentAt(499), momentAt(500)], [0, 0, 0]);
  near([momentAt(950), momentAt(1400), momentAt(2799)], [0.5, 1, 1]);
  near(momentAt(STOP_MS + 950), 1.5);
  equal([momentAt(WHOLE_MS), momentAt(2 * WHOLE_MS)], [STOPS, STOPS]);
});

test("with cuts there are the stops alone", () => {
  equal([momentAt(499, true), momentAt(500, true), momentAt(STOP_MS, true)], [0, 1, 1]);
});

test("playing goes on from where it was", () => {
  for (const moment of [0, 0.25, 1, 3.5, 8.75, STOPS]) near(momentAt(msAt(moment)), moment);
});

test("a move begins and ends at rest, and is half-way in the middle", () => {
  near([progress(2, 2, 4), progress(3, 2, 4), progress(4, 2, 4)], [0, 0.5, 1]);
  near([progress(2.5, 2, 4), progress(3.5, 2, 4)], [4 / 64, 1 - 4 / 64]);
  equal([progress(0, 2, 4), progress(9, 2, 4)], [0, 1]);
});

test("what comes is whole at its moment, and gone shortly after the last", () => {
  near([shown(1.9, 2), shown(1.95, 2), shown(2, 2), shown(9, 2)], [0, 0.5, 1, 1]);
  near([shown(3, 2, 3), shown(3.05, 2, 3), shown(3.1, 2, 3)], [1, 0.5, 0]);
});
