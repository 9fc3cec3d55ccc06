// How a cell of an equation is made: which cells of the other matrices it uses, and the calculation as text.

import { el, fill, fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";

const MOST_TERMS = 12;

export function matrixNamed(data, name) {
  const item = data.items.find((other) => other.name === name);
  return item ? { ...item, values: data.arrays[name].data } : null;
}

export function at(matrix, row, column) {
  return matrix.values[row * matrix.shape[1] + column];
}

// The cells that (row, column) of a matrix is made from: [{name, row, column}].
export function cellsUsed(data, matrix, row, column) {
  const how = matrix.how;
  if (!how) return [];
  const line = (name, count, cell) => Array.from({ length: count }, (_, index) => ({ name, ...cell(index) }));
  if (how.kind === "product") {
    const inner = matrixNamed(data, how.left).shape[1];
    return [
      ...line(how.left, inner, (index) => ({ row, column: index })),
      ...line(how.right, inner, (index) => ({ row: index, column })),
      ...(how.bias ? [{ name: how.bias, row: 0, column }] : []),
    ];
  }
  if (how.kind === "divide") return [{ name: how.of, row, column }];
  if (how.kind === "sum") return how.of.map((name) => ({ name, row, column }));
  if (how.kind === "where") return [how.of, how.mask].map((name) => ({ name, row, column }));
  const [rows, columns] = matrixNamed(data, how.of).shape;
  if (how.over === "row") return line(how.of, columns, (index) => ({ row, column: index }));
  if (how.over === "column") return line(how.of, rows, (index) => ({ row: index, column }));
  return line(how.of, rows * columns, (index) => ({ row: Math.floor(index / columns), column: index % columns }));
}

// Numbers as short as they are exact, at most four digits after the point.
export function exact(value) {
  if (!Number.isFinite(value)) return number(value);
  return number(value, Number.isInteger(value) ? 0 : 4)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

function bracketed(value) {
  return value < 0 ? `(${exact(value)})` : exact(value);
}

// The calculation of one cell, as a list for el().
export function calculation(data, matrix, row, column) {
  const how = matrix.how;
  const result = at(matrix, row, column);
  const value = (name) => at(matrixNamed(data, name), row, column);
  if (!how) return [];
  if (how.kind === "divide")
    return [`${exact(value(how.of))} ÷ ${how.symbol} = ${exact(value(how.of))} ÷ ${exact(how.by)} = `, bold(result)];
  if (how.kind === "sum") return [how.of.map((name) => bracketed(value(name))).join(" + "), " = ", bold(result)];
  if (how.kind === "where")
    return [
      ...fill(value(how.mask) ? data.texts.allowed : data.texts.forbidden, {
        score: exact(value(how.of)),
        value: bold(result),
      }),
    ];
  if (how.kind === "product") {
    const left = matrixNamed(data, how.left);
    const right = matrixNamed(data, how.right);
    const terms = Array.from({ length: left.shape[1] }, (_, index) => [at(left, row, index), at(right, index, column)]);
    const parts = terms.map(([a, b]) => ({
      size: Math.abs(a * b),
      worth: a * b,
      text: `${bracketed(a)} × ${bracketed(b)}`,
    }));
    const bias = how.bias ? at(matrixNamed(data, how.bias), 0, column) : null;
    const printed = terms.reduce(
      (sum, [a, b]) => sum + Number(a.toFixed(4)) * Number(b.toFixed(4)),
      Number((bias ?? 0).toFixed(4)),
    );
    return [...added(data, parts), ...(bias === null ? [] : [` + ${bracketed(bias)}`]), ...addsUp(printed, result)];
  }
  const source = matrixNamed(data, how.of);
  const scores = cellsUsed(data, matrix, row, column).map(
    (cell) => at(source, cell.row, cell.column) / how.temperature,
  );
  const largest = Math.max(...scores);
  const own = value(how.of) / how.temperature;
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const over = how.temperature === 1 ? "" : ` ÷ ${exact(how.temperature)}`;
  return [
    `exp(${exact(value(how.of))}${over} − ${bracketed(largest)}) = ${exact(Math.exp(own - largest))}; `,
    `${data.texts.sum_of_exponentials} `,
    ...added(
      data,
      powers.map((power) => ({ size: power, worth: power, text: exact(power) })),
    ),
    ` = ${exact(total)}; ${exact(Math.exp(own - largest))} ÷ ${exact(total)} = `,
    bold(result),
  ];
}

// Terms joined by plus signs; of very many only the largest, and what the others come to.
function added(data, parts) {
  const kept =
    parts.length > MOST_TERMS
      ? new Set([...parts].sort((a, b) => b.size - a.size).slice(0, MOST_TERMS))
      : new Set(parts);
  const shown = parts.filter((part) => kept.has(part));
  const rest = parts.filter((part) => !kept.has(part)).reduce((sum, part) => sum + part.worth, 0);
  const list = shown.flatMap((part, index) => [index ? " + " : "", el("span", { class: "term" }, part.text)]);
  if (parts.length > shown.length)
    list.push(` + ${fillText(data.texts.more, { count: String(parts.length - shown.length), value: exact(rest) })}`);
  return list;
}

// "= result" where the numbers as printed give it; else "≈" and as many digits as both agree in.
function addsUp(printed, result) {
  if (!Number.isFinite(printed) || !Number.isFinite(result)) return [" = ", bold(result)];
  if (Math.abs(printed - result) < 5e-8) return [" = ", bold(result)];
  const digits = [4, 3, 2, 1].find((count) => number(printed, count) === number(result, count)) ?? 0;
  return [" ≈ ", el("b", {}, number(result, digits))];
}

function bold(value) {
  return el("b", {}, exact(value));
}
