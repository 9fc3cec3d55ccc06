// What the rows and columns of a matrix are, and how they are called.

// What the rows or columns of the corner are: "query", "key" (words) or "d_k", "d_model" (numbers).
export function cornerAxes(data) {
  return data.axes[data.corner];
}

export function isWords(axis) {
  return axis === "query" || axis === "key";
}

// Colour role of a row or column: numbers take the role of what they belong to.
export function roleOf(axis) {
  return isWords(axis) ? axis : "value";
}

// The label of a row or column; a decoder row also tells what it reads.
export function labelOf(view, axis, index) {
  const { data } = view;
  if (!isWords(axis)) return String(index + 1);
  const word = data.labels[axis][index];
  return axis === "query" && data.reads.length ? `${word} (${data.reads[index]})` : word;
}

// The token of a label: without the points that say on which side its word goes on.
export function tokenOf(label) {
  return label.replace(/^·(?=.)/, "").replace(/(?<=.)·$/, "");
}

// What stands above the row labels.
export function rowsHead(data, axis) {
  return data.texts[axis === "query" && data.reads.length ? "axis_writes" : `axis_${axis}_down`];
}

// Rows and columns mean the same as long as this does.
export function scopeOf(data) {
  return JSON.stringify([data.slug, data.role, data.part, data.sentence, data.labels]);
}
