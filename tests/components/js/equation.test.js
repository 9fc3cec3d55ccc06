import { calculation, cellsUsed, exact, matrixNamed } from "../../../attnviz/components/equation/how.js";
import { equal, float, near, test, textOf, texts } from "./testing.js";

const NUMBER = /[−]?\d+(?:\.\d+)?/g;

function numbers(text) {
  return text.match(NUMBER).map((found) => Number(found.replace("−", "-")));
}

function equation(how, more = {}) {
  const arrays = {
    A: float([2, 3], 1, -2, 3, 0.5, 0, 4),
    B: float([3, 2], 2, 1, -1, 5, 0, 0.25),
    bias: float([1, 2], 10, -20),
    mask: float([2, 2], 1, 0, 1, 1),
    C: float([2, 2], 0, 0, 0, 0),
    ...more,
  };
  const items = Object.entries(arrays).map(([name, { shape }]) => ({
    name,
    shape,
    how: name === "C" ? how : null,
    symbol: name,
    title: "",
    rows: [],
    columns: [],
  }));
  return {
    items,
    arrays,
    texts: {
      ...texts("sum_of_exponentials"),
      allowed: "allowed {score} → {value}",
      forbidden: "forbidden {score} → {value}",
      more: "{count} more: {value}",
    },
  };
}

function written(data, row, column) {
  return textOf(calculation(data, matrixNamed(data, "C"), row, column));
}

test("a product uses its row and its column, and the bias of its column", () => {
  const data = equation({ kind: "product", left: "A", right: "B", bias: "bias" });
  equal(cellsUsed(data, matrixNamed(data, "C"), 1, 0), [
    { name: "A", row: 1, column: 0 },
    { name: "A", row: 1, column: 1 },
    { name: "A", row: 1, column: 2 },
    { name: "B", row: 0, column: 0 },
    { name: "B", row: 1, column: 0 },
    { name: "B", row: 2, column: 0 },
    { name: "bias", row: 0, column: 0 },
  ]);
});

test("the written product comes to the cell", () => {
  // 1·1 − 2·5 + 3·0.25 − 20 = −28.25
  const data = equation(
    { kind: "product", left: "A", right: "B", bias: "bias" },
    { C: float([2, 2], 0, -28.25, 0, 0) },
  );
  const line = written(data, 0, 1);
  equal(line, "1 × 1 + (−2) × 5 + 3 × 0.25 + (−20) = −28.25");
  const [a, b, c, d, e, f, bias, result] = numbers(line);
  near(a * b + c * d + e * f + bias, result);
});

test("where the printed numbers don't come to the result, as many digits are written as both agree in", () => {
  const weights = [0.0900306, 0.665241, 0.2447285]; // printed 0.27 + 0.6652 + 0.4894 = 1.4246, in truth 1.4248
  const data = equation(
    { kind: "product", left: "L", right: "R", bias: "" },
    { L: float([1, 3], ...weights), R: float([3, 1], 3, 1, 2), C: float([1, 1], 1.4247898) },
  );
  equal(written(data, 0, 0), "0.09 × 3 + 0.6652 × 1 + 0.2447 × 2 ≈ 1.425");
});

test("a quotient is written with its number", () => {
  const data = equation({ kind: "divide", of: "A", by: 2, symbol: "√d" }, { C: float([2, 3], 0, 0, 1.5, 0, 0, 0) });
  equal(written(data, 0, 2), "3 ÷ √d = 3 ÷ 2 = 1.5");
});

test("a sum adds the same cell of each matrix", () => {
  const data = equation(
    { kind: "sum", of: ["mask", "C2"] },
    { C2: float([2, 2], -3, 1, 1, 1), C: float([2, 2], -2, 0, 0, 0) },
  );
  equal(written(data, 0, 0), "1 + (−3) = −2");
});

test("a mask lets a score stand or takes it away", () => {
  const data = equation(
    { kind: "where", of: "S", mask: "mask" },
    { S: float([2, 2], 5, 6, 7, 8), C: float([2, 2], 5, -Infinity, 7, 8) },
  );
  equal(written(data, 0, 0), "allowed 5 → 5");
  equal(written(data, 0, 1), "forbidden 6 → −∞");
  equal(cellsUsed(data, matrixNamed(data, "C"), 0, 1), [
    { name: "S", row: 0, column: 1 },
    { name: "mask", row: 0, column: 1 },
  ]);
});

const SCORES = float([2, 2], 1, 3, 0, 2);
const SHARE = {
  row: 1 / (1 + Math.exp(2)),
  column: 1 / (1 + Math.exp(-1)),
  all: 1 / (1 + Math.exp(2) + Math.exp(-1) + Math.exp(1)),
};

for (const over of ["row", "column", "all"])
  test(`softmax over ${over} takes its maximum away, and comes to the cell`, () => {
    const data = equation(
      { kind: "softmax", of: "S", over, temperature: 1 },
      { S: SCORES, C: float([2, 2], SHARE[over], 0, 0, 0) },
    );
    const line = written(data, 0, 0);
    const largest = over === "column" ? 1 : 3;
    equal(line.startsWith(`exp(1 − ${largest}) = ${exact(Math.exp(1 - largest))}; `), true);
    const [power, total, result] = numbers(line).slice(-3);
    near(power / total, result, 1e-4);
    near(result, SHARE[over], 1e-4);
    equal(cellsUsed(data, matrixNamed(data, "C"), 0, 0).length, over === "all" ? 4 : 2);
  });

test("a softmax over columns uses the cells of its column", () => {
  const data = equation({ kind: "softmax", of: "S", over: "column", temperature: 1 }, { S: SCORES });
  equal(cellsUsed(data, matrixNamed(data, "C"), 0, 1), [
    { name: "S", row: 0, column: 1 },
    { name: "S", row: 1, column: 1 },
  ]);
});

test("a softmax over all uses every cell once, whatever the shape", () => {
  const data = equation(
    { kind: "softmax", of: "S", over: "all", temperature: 1 },
    { S: float([2, 3], 0, 1, 2, 3, 4, 5), C: float([2, 3], 0, 0, 0, 0, 0, 0) },
  );
  const places = cellsUsed(data, matrixNamed(data, "C"), 0, 0).map(({ row, column }) => [row, column]);
  equal(places, [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
});

test("temperature divides before the exponential", () => {
  const wanted = 1 / (1 + Math.exp(1));
  const data = equation(
    { kind: "softmax", of: "S", over: "row", temperature: 2 },
    { S: SCORES, C: float([2, 2], wanted, 0, 0, 0) },
  );
  const line = written(data, 0, 0);
  equal(line.startsWith("exp(1 ÷ 2 − 1.5) = "), true);
  const [power, total, result] = numbers(line).slice(-3);
  near(power / total, result, 1e-4);
});

test("very large scores do not overflow the written softmax", () => {
  const data = equation(
    { kind: "softmax", of: "S", over: "row", temperature: 1 },
    { S: float([1, 2], 1000, 1000), C: float([1, 2], 0.5, 0.5) },
  );
  equal(written(data, 0, 0).endsWith("1 ÷ 2 = 0.5"), true);
});

test("of many terms the largest are written, and what the others come to", () => {
  const values = Array.from({ length: 20 }, (_, index) => index + 1);
  const data = equation(
    { kind: "product", left: "L", right: "R", bias: "" },
    { L: float([1, 20], ...values), R: float([20, 1], ...values.map(() => -1)), C: float([1, 1], -210) },
  );
  const line = written(data, 0, 0);
  equal(line.split(" × ").length - 1, 12);
  equal(line.includes("8 more: −36"), true); // 1 + ... + 8
  equal(line.includes("9 × (−1)"), true);
  equal(line.includes("+ 8 × (−1)"), false);
});

test("numbers are as short as they are exact", () => {
  equal([2, 0.5, 1 / 3, -0.25, 100, -Infinity].map(exact), ["2", "0.5", "0.3333", "−0.25", "100", "−∞"]);
});
