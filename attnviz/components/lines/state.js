// Lines: what is chosen, and the weights.

export function at(size, index) {
  return size.top + (index + 0.5) * size.pitch;
}

export function adopt(memory, data) {
  const [layer, head, row, column] = data.place;
  const frame = [data.part, data.model, data.text, data.rows.join(" "), data.columns.join(" ")].join("\n");
  const waiting = memory.pending;
  const overtaken =
    waiting &&
    frame === memory.frame &&
    performance.now() < waiting.until &&
    (waiting.layer !== layer || waiting.head !== head || waiting.row !== row);
  if (!overtaken) {
    Object.assign(memory, { layer, head, row, column, pending: null });
  }
  if (data.heads) memory.on = new Set(data.heads);
  else if (frame !== memory.frame || !memory.on) memory.on = new Set([memory.head, secondHead(data, memory)]);
  else memory.on.add(memory.head);
  memory.frame = frame;
  memory.hover = null;
  if (memory.all === undefined) memory.all = false;
}

// The head that gives this word's row its strongest other line.
function secondHead(data, { layer, head, row }) {
  let best = head;
  let most = -1;
  for (let other = 0; other < data.nHeads; other++) {
    if (other === head || !hasLayer(data, layer)) continue;
    const largest = Math.max(...rowOf(data, layer, other, row));
    if (largest > most) [best, most] = [other, largest];
  }
  return best;
}

export function hasLayer(data, layer) {
  return layer >= data.firstLayer && layer < data.firstLayer + data.arrays.weights.shape[0];
}

export function rowOf(data, layer, head, row) {
  const [, nHeads, nRows, nColumns] = data.arrays.weights.shape;
  const place = data.heads ? data.heads.indexOf(head) : head;
  const start = (((layer - data.firstLayer) * nHeads + place) * nRows + row) * nColumns;
  return data.arrays.weights.data.subarray(start, start + nColumns);
}

export function pick(view, change, sent) {
  const { memory } = view;
  Object.assign(memory, change, { hover: null });
  memory.pending = { layer: memory.layer, head: memory.head, row: memory.row, until: performance.now() + 5000 };
  view.draw();
  const tokens = view.data.rowTokens;
  view.send("pick", { layer: memory.layer + 1, head: memory.head + 1, query: tokens[memory.row] + 1, key: 0, ...sent });
}

export function heads(memory) {
  return [...memory.on].sort((a, b) => a - b);
}

export function strongest(view, row) {
  const { memory, data } = view;
  const weights = rowOf(data, memory.layer, memory.on.has(memory.head) ? memory.head : heads(memory)[0], row);
  return weights.indexOf(Math.max(...weights));
}
