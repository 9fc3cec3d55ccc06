// Lines: what is chosen, and the weights.

import { Pending } from "../shared/interaction.js";

export function at(size, index) {
  return size.top + (index + 0.5) * size.pitch;
}

export function adopt(memory, data) {
  const [layer, head, row, column] = data.place;
  const frame = [data.part, data.model, data.text, data.rows.join(" "), data.columns.join(" ")].join("\n");
  memory.pending ??= new Pending();
  if (!memory.pending.overtakes({ layer, head, row }, frame)) Object.assign(memory, { layer, head, row, column });
  if (data.heads) memory.on = new Set(data.heads);
  else if (frame !== memory.frame || !memory.on) memory.on = new Set([memory.head]);
  else memory.on.add(memory.head);
  memory.frame = frame;
  memory.hover = null;
  memory.all ??= false;
}

// Shows a choice at once and tells Python.
export function pick(view, change, sent) {
  const { memory } = view;
  Object.assign(memory, change, { hover: null });
  const { layer, head, row } = memory;
  memory.pending.set({ layer, head, row }, memory.frame);
  view.draw();
  view.send("pick", { layer: layer + 1, head: head + 1, query: view.data.rowTokens[row] + 1, key: 0, ...sent });
}

export function hasLayer(data, layer) {
  return layer >= data.firstLayer && layer < data.firstLayer + data.arrays.weights.shape[0];
}

export function rowOf(data, layer, head, row, weights = data.arrays.weights) {
  const [, nHeads, nRows, nColumns] = weights.shape;
  const place = data.heads ? data.heads.indexOf(head) : head;
  const start = (((layer - data.firstLayer) * nHeads + place) * nRows + row) * nColumns;
  return weights.data.subarray(start, start + nColumns);
}

// What of a row goes to no column: the message says it, or it is what the columns leave over.
export function restOf(data, layer, head, row) {
  const { rest } = data.arrays;
  if (rest) return rest.data[(layer * data.nHeads + head) * data.rows.length + row];
  return 1 - rowOf(data, layer, head, row).reduce((sum, weight) => sum + weight, 0);
}

export function heads(memory) {
  return [...memory.on].sort((a, b) => a - b);
}

export function strongest(view, row) {
  const { memory, data } = view;
  const weights = rowOf(data, memory.layer, memory.on.has(memory.head) ? memory.head : heads(memory)[0], row);
  return weights.indexOf(Math.max(...weights));
}
