// Where things stand on the stage, in pixels, for one width and one size of type. No element is asked.

import { columnsOf, isMasked, stackOf } from "./record.js";

export function layoutOf(record, width, scale) {
  const s = scale;
  const narrow = width < 640 * s;
  const left = (narrow ? 14 : 28) * s;
  const inner = width - 2 * left;
  const names = narrow ? 0 : 150 * s; // the names of rows stand beside them, or above
  const { shown, rest } = columnsOf(record, narrow ? 5 : 7);
  const count = shown.length + (rest.length > 0);
  const room = inner - names;
  const column = Math.min(room / count, 150 * s);
  const first = left + names + (room - column * count) / 2;
  const x = new Map(shown.map((key, i) => [key, first + (i + 0.5) * column]));
  const chip = Math.min(textWidth(record.label, 20 * s) + 24 * s, inner * 0.4);
  const query = left + chip + 16 * s;
  const top = (narrow ? 152 : 144) * s;
  const area = 206 * s;
  const bars = barsOf(record, shown, area);
  const value = top + area + 54 * s;
  return {
    width,
    height: 552 * s,
    s,
    narrow,
    left,
    right: left + inner,
    inner,
    names,
    shown,
    rest,
    column,
    bar: Math.min(column * 0.56, 64 * s),
    strip: column - (narrow ? 8 : 20) * s,
    x,
    xRest: first + (shown.length + 0.5) * column,
    chip,
    rowX: left + names,
    rowWidth: room,
    rowY: (row) => (narrow ? 96 : 84) * s + row * 88 * s,
    rowHeight: (narrow ? 32 : 38) * s,
    headWidth: Math.min(room, Math.max(record.d_k * 15 * s, 220 * s)), // of one head's vector in a row of its own
    query: { x: query, y: 26 * s, width: Math.min(left + inner - query, 300 * s), height: 26 * s },
    keyWordY: top - 40 * s,
    keyY: top - 28 * s,
    thin: 14 * s,
    top,
    base: top + bars.up,
    ...bars,
    numberY: top + area + 18 * s,
    valueY: value,
    result: { x: left + inner / 2 - 150 * s, y: value + 72 * s, width: 300 * s, height: 26 * s },
  };
}

// One unit of a score is as long in every column and at every step up to softmax.
function barsOf(record, shown, area) {
  let [most, least] = [1e-9, 1e-9];
  for (const key of shown) {
    const { up, down } = stackOf(record.products[key]);
    most = Math.max(most, up);
    least = Math.max(least, down);
  }
  const up = area * Math.max(0.55, Math.min(0.8, most / (most + least)));
  return { up, down: area - up, unit: Math.min(up / most, (area - up) / least) };
}

// The ends of the bar that stands for all other keys: their range while they are scores, their sum once they are shares.
export function rangeOf(values, keys, record) {
  const seen = keys.filter((key) => !isMasked(record, key) || values !== record.masked_scores);
  if (!seen.length) return [0, 0];
  const found = seen.map((key) => values[key]);
  return [Math.min(...found), Math.max(...found)];
}

// A guess that needs no element: letters are half as wide as high, Korean ones as wide.
export function textWidth(text, size) {
  let width = 0;
  for (const letter of text)
    width += /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60]/.test(letter) ? 0.96 : 0.54;
  return width * size;
}

export function cut(text, size, width) {
  if (textWidth(text, size) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && textWidth(`${letters.join("")}…`, size) > width) letters.pop();
  return `${letters.join("")}…`;
}
