// Matrices on canvas: values, colours, hatched masks, the marks of forced zeros.

import { colourOf, css, rgb, textOn } from "../shared/colour.js";
import { el, sharpContext } from "../shared/elements.js";
import { hatch } from "../shared/hatch.js";
import { number, weightText } from "../shared/numbers.js";

export const LABEL = 0.89; // size of word labels, in rem: 16 of 18 px
const WEIGHTS = new Set(["weights", "right_weights", "wrong_weights"]); // from 0 to 1; all others are signed

// A matrix of the message, with its limit for colours.
export function matrixOf(view, name) {
  const { memory, data } = view;
  if (memory.matricesOf !== data.frame) {
    memory.matricesOf = data.frame;
    memory.matrices = {};
  }
  if (!memory.matrices[name]) {
    const { data: values, shape } = data.arrays[name];
    const [rows, columns] = shape;
    let limit = 0;
    for (const value of values) if (Number.isFinite(value)) limit = Math.max(limit, Math.abs(value));
    memory.matrices[name] = {
      name,
      rows,
      columns,
      values,
      at: (row, column) => values[row * columns + column],
      weights: WEIGHTS.has(name),
      boolean: values instanceof Uint8Array,
      limit: WEIGHTS.has(name) ? 1 : limit,
    };
  }
  return memory.matrices[name];
}

export function rowSum(matrix, row) {
  let sum = 0;
  for (let column = 0; column < matrix.columns; column++) sum += matrix.at(row, column);
  return sum;
}

// Draw rows (indices) of a matrix in cells of width x height; mask and forced are matrices or null.
export function paint(view, canvas, matrix, rows, width, height, { mask = null, forced = null } = {}) {
  const { theme } = view;
  const context = sharpContext(canvas, matrix.columns * width, rows.length * height);
  const gap = Math.min(width, height) >= 9 ? 1 : 0;
  const colours = (matrix.weights ? theme.weightRamp : theme.signedRamp).map(css);
  const numbers = width >= 34 && height >= 20;
  const masked = [];
  const dots = [];
  rows.forEach((row, i) => {
    for (let column = 0; column < matrix.columns; column++) {
      const value = matrix.at(row, column);
      const place = [column * width, i * height, width - gap, height - gap];
      const hidden = mask ? !mask.at(row, column) : value === -Infinity;
      if (Number.isNaN(value) || (hidden && !(forced && forced.at(row, column)))) masked.push(place);
      else if (matrix.boolean && !value) masked.push(place);
      else if (matrix.boolean) paintAllowed(context, theme, place);
      else {
        context.fillStyle = colourOf(colours, value, matrix.limit, !matrix.weights);
        context.fillRect(...place);
        if (numbers) paintNumber(view, context, place, value, matrix, context.fillStyle);
      }
      if (forced && forced.at(row, column)) dots.push(place);
    }
  });
  hatch(context, theme, masked);
  for (const place of dots) paintForced(context, theme, place);
}

function paintAllowed(context, theme, place) {
  context.fillStyle = theme.accentSoft;
  context.fillRect(...place);
}

function paintForced(context, theme, [x, y, width, height]) {
  context.fillStyle = theme.whatIf;
  context.beginPath();
  context.arc(x + width / 2, y + height / 2, Math.max(0.8, Math.min(2.5, width / 7)), 0, 2 * Math.PI);
  context.fill();
}

function paintNumber(view, context, [x, y, width, height], value, matrix, ground) {
  const text = matrix.weights ? weightText(value) : number(value, Math.abs(value) >= 10 ? 0 : 1);
  const channels = ground.startsWith("#") ? rgb(ground) : ground.match(/\d+/g).map(Number);
  const bold = matrix.weights && value >= 0.1;
  context.font = `${bold ? 700 : 400} ${Math.round(view.typeSize * 0.78)}px ${view.memory.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const ink = context.fillStyle;
  context.fillStyle = textOn(channels);
  context.fillText(text, x + width / 2, y + height / 2 + 1);
  context.fillStyle = ink;
}

// The colour scale with its limits.
export function legend(view, matrix, name) {
  const signed = !matrix.weights;
  const colours = signed ? view.theme.signed : view.theme.weights;
  const digits = matrix.limit >= 10 ? 0 : matrix.limit >= 1 ? 1 : 2;
  const ends = signed ? [number(-matrix.limit, digits), "0", number(matrix.limit, digits)] : ["0", "1"];
  return el(
    "div",
    { class: "legend" },
    el("b", {}, name),
    el("div", { class: "ramp", style: `background:linear-gradient(90deg,${colours.join(",")})` }),
    el(
      "div",
      { class: "ends" },
      ends.map((end) => el("span", {}, end)),
    ),
  );
}

// Width of a text in pixels at a share of the type size.
export function textWidth(view, text, share = 1, weight = 400) {
  const context = (view.memory.ruler ??= document.createElement("canvas").getContext("2d"));
  context.font = `${weight} ${view.typeSize * share}px ${view.memory.font}`;
  return context.measureText(text).width;
}
