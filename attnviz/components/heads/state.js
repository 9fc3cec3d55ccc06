// All heads: what is chosen, and the weights to draw and to read.

import { fillText } from "../shared/elements.js";
import { Pending } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";

export function adopt(memory, data) {
  const sent = sentPlace(data);
  const frame = [data.part, data.model, data.text, data.target, data.rows.join(" "), data.columns.join(" ")].join("\n");
  memory.pending ??= new Pending();
  if (!memory.pending.overtakes(sent, frame)) memory.chosen = sent;
  memory.frame = frame;
  memory.hover = null;
}

// Shows a choice at once and tells Python; keys held down are told once, at the end.
export function choose(view, change, delay = 0) {
  const { memory } = view;
  memory.chosen = { ...memory.chosen, ...change };
  memory.pending.set(memory.chosen, memory.frame);
  view.draw();
  clearTimeout(memory.later);
  const tell = () => {
    const { rowTokens, columnTokens } = view.data;
    const { layer, head, row, column } = memory.chosen;
    view.send("pick", { layer: layer + 1, head: head + 1, query: rowTokens[row] + 1, key: columnTokens[column] + 1 });
  };
  if (delay) memory.later = setTimeout(tell, delay);
  else tell();
}

export function sameHead(a, b) {
  return a.layer === b.layer && a.head === b.head;
}

export function sentPlace(data) {
  const [layer, head, row, column] = data.place;
  return { layer, head, row, column };
}

// Whether each weight has the untrained twin's beside it; the untrained model is its own.
export function isCompared(data) {
  return data.model !== "untrained" && Boolean(data.arrays.untrained);
}

// The layers that travelled, from first on (all of them where one message can hold them), and what each is made of.
export function sizes(data) {
  const [layers, heads, rows, columns] = data.arrays.colours.shape;
  return { first: data.firstLayer ?? 0, layers, heads, rows, columns };
}

export function hasLayer(data, layer) {
  const { first, layers } = sizes(data);
  return layer >= first && layer < first + layers;
}

// The weights of a head to colour with: near enough for a picture, never for a number.
export function picture(data, { layer, head }) {
  const { first, heads, rows, columns } = sizes(data);
  const index = (layer - first) * heads + head;
  const bytes = data.arrays.colours.data.subarray(index * rows * columns, (index + 1) * rows * columns);
  return { bytes, limit: data.arrays.limits.data[index] };
}

// The weight of a cell of the chosen head as Python has it, or null while it is on its way.
export function weightOf(view, row, column) {
  const { data, memory } = view;
  if (!sameHead(memory.chosen, sentPlace(data))) return null;
  return data.arrays.chosen.data[row * data.columns.length + column];
}

export function weightOrPicture(view, row, column) {
  const exact = weightOf(view, row, column);
  if (exact !== null) return exact;
  const { bytes, limit } = picture(view.data, view.memory.chosen);
  return (bytes[row * view.data.columns.length + column] / view.data.levels) * limit;
}

// What a row of the chosen head gives to tokens that are not shown: [label, weight] of each.
export function hiddenOf({ data }, row) {
  const labels = data.hiddenLabels;
  return labels.map((label, i) => [label, data.arrays.hidden.data[row * labels.length + i]]);
}

// The same in words; "" where there is nothing to say, or the numbers are still on their way.
export function hiddenShare(view, row = view.memory.chosen.row) {
  if (!sameHead(view.memory.chosen, sentPlace(view.data))) return "";
  const shares = hiddenOf(view, row).filter(([, weight]) => weight >= 0.005);
  const template = view.data.texts.hidden_share;
  return shares.map(([label, weight]) => fillText(template, { token: label, weight: number(weight) })).join(" ");
}

export function isMasked(data, row, column) {
  return data.arrays.mask ? !data.arrays.mask.data[row * data.columns.length + column] : false;
}

export function scaleLimit(view) {
  return picture(view.data, view.memory.chosen).limit;
}

// What lies along the two sides of the picture, swapped or not.
export function sides(view) {
  const { data, memory } = view;
  const query = {
    names: data.rows,
    role: "query",
    word: data.part === "cross" ? data.texts.writes : data.texts.asks,
    kind: data.texts.query_role,
  };
  const key = { names: data.columns, role: "key", word: data.texts.answers, kind: data.texts.key_role };
  const at = { query: memory.chosen.row, key: memory.chosen.column };
  const lit = memory.hover ? { query: memory.hover.row, key: memory.hover.column } : at;
  return { down: data.transposed ? key : query, across: data.transposed ? query : key, at, lit };
}

export function cellAt(view, i, j) {
  return view.data.transposed ? { row: j, column: i } : { row: i, column: j };
}
