// All heads: what is chosen, and the weights to draw and to read.

function adopt(memory, data) {
  const [layer, head, row, column] = data.place;
  const sent = { layer, head, row, column };
  const frame = [data.part, data.model, data.text, data.target, data.rows.join(" "), data.columns.join(" ")].join("\n");
  const waiting = memory.pending;
  // an answer to an earlier click must not undo a later one
  const overtaken =
    waiting && frame === memory.frame && performance.now() < waiting.until && !sameCell(waiting.place, sent);
  if (!overtaken) {
    memory.chosen = sent;
    memory.pending = null;
  }
  memory.frame = frame;
  memory.hover = null;
}

function sameCell(a, b) {
  return sameHead(a, b) && a.row === b.row && a.column === b.column;
}

function sameHead(a, b) {
  return a.layer === b.layer && a.head === b.head;
}

function sentPlace(data) {
  const [layer, head, row, column] = data.place;
  return { layer, head, row, column };
}

// Shows a choice at once and tells Python; keys held down are told once, at the end.
function choose(view, change, delay = 0) {
  const { memory } = view;
  memory.chosen = { ...memory.chosen, ...change };
  memory.pending = { place: memory.chosen, until: performance.now() + 5000 };
  drawAll(view);
  clearTimeout(memory.later);
  const tell = () => {
    const { rowTokens, columnTokens } = view.data;
    const { layer, head, row, column } = memory.chosen;
    view.send("pick", { layer: layer + 1, head: head + 1, query: rowTokens[row] + 1, key: columnTokens[column] + 1 });
  };
  if (delay) memory.later = setTimeout(tell, delay);
  else tell();
}

// ---- weights

function sizes(data) {
  const [layers, heads, rows, columns] = data.arrays.colours.shape;
  return { layers, heads, rows, columns };
}

// The weights of a head to colour with: near enough for a picture, never for a number.
function picture(data, { layer, head }) {
  const { heads, rows, columns } = sizes(data);
  const index = layer * heads + head;
  const bytes = data.arrays.colours.data.subarray(index * rows * columns, (index + 1) * rows * columns);
  return { bytes, limit: data.arrays.limits.data[index] };
}

// The weight of a cell of the chosen head as Python has it, or null while it is on its way.
function weightOf(view, row, column) {
  const { data, memory } = view;
  if (!sameHead(memory.chosen, sentPlace(data))) return null;
  return data.arrays.chosen.data[row * data.columns.length + column];
}

function weightOrPicture(view, row, column) {
  const exact = weightOf(view, row, column);
  if (exact !== null) return exact;
  const { bytes, limit } = picture(view.data, view.memory.chosen);
  return (bytes[row * view.data.columns.length + column] / view.data.levels) * limit;
}

function isMasked(data, row, column) {
  return data.arrays.mask ? !data.arrays.mask.data[row * data.columns.length + column] : false;
}

function scaleLimit(view) {
  return picture(view.data, view.memory.chosen).limit;
}
