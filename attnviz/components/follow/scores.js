// Steps 3 to 7: a column a key, from score to value; the same bar on the same line, one change at a time.

import { fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { cut, rangeOf, textWidth } from "./layout.js";
import { between, progress, shown } from "./motion.js";
import { isMasked, largest, stackOf, sum } from "./record.js";
import { mixed, strip } from "./vectors.js";

const GONE = 7.2;

export function scores(stage) {
  const { t, layout: l } = stage;
  if (t <= 2 || t >= GONE) return;
  stage.leaving = 1 - progress(t, 7, GONE);
  ground(stage);
  for (const key of l.shown) column(stage, key);
  if (l.rest.length) others(stage);
  flows(stage);
  names(stage);
}

// The line that bars stand on, and after exp the height of 1.
function ground({ t, layout: l, texts, leaving, add, record }) {
  const here = progress(t, 2.1, 2.3) * leaving;
  const [x0, x1] = [
    Math.min(...l.x.values()) - l.column / 2,
    (l.rest.length ? l.xRest : Math.max(...l.x.values())) + l.column / 2,
  ];
  add({
    kind: "path",
    id: "base",
    points: [
      [x0, l.base],
      [x1, l.base],
    ],
    stroke: "lineStrong",
    line: 1.5 * l.s,
    part: 1,
    opacity: here,
  });
  const one = shown(t, 5.5) * leaving;
  const y = l.base - l.up;
  add({
    kind: "path",
    id: "one",
    points: [
      [x0, y],
      [x1, y],
    ],
    stroke: "lineStrong",
    line: 1.5 * l.s,
    dash: true,
    part: 1,
    opacity: one,
  });
  add({
    kind: "text",
    id: "one-text",
    x: l.narrow ? x1 : x0 - 8 * l.s,
    y: l.narrow ? y - 9 * l.s : y,
    size: 15 * l.s,
    text: "1",
    fill: "muted",
    anchor: "end",
    opacity: one,
  });
  // what is done to every bar
  const done = (id, from, to, text, more) =>
    add({
      kind: "text",
      id,
      x: l.right,
      y: (l.narrow ? 78 : 39) * l.s,
      size: (l.narrow ? 17 : 22) * l.s,
      text,
      fill: "ink",
      bold: true,
      anchor: "end",
      opacity: shown(t, from, to),
      ...more,
    });
  const root = 1 / record.scale;
  done("scale", 3.3, 4, fillText(texts.by_root, { d_k: String(record.d_k), root: number(root, 4) }), {
    value: root,
    of: ["root", -1, -1],
    digits: 4,
  });
  done("exp", 5.2, 5.5, "exp(s − max)", {});
  done("sum", 5.6, 6, fillText(texts.by_sum, { sum: number(record.sum_of_exponentials, 3) }), {
    value: record.sum_of_exponentials,
    of: ["sum_of_exponentials", -1, -1],
    digits: 3,
  });
}

function column(stage, key) {
  const { record, t, layout: l, leaving, add } = stage;
  const x = l.x.get(key);
  const here = (key === record.own ? shown(t, 2.35, Infinity, 0.05) : progress(t, 2.08, 2.28)) * leaving;
  const coming = progress(t, 2.08, 2.28) * leaving;
  const left = x - l.strip / 2;
  const size = (l.narrow ? 15 : 18) * l.s;
  add({
    kind: "text",
    id: `key-${key}`,
    x,
    y: l.keyWordY,
    size,
    text: cut(record.key_labels[key], size, l.column - 4 * l.s),
    fill: "key",
    bold: true,
    anchor: "middle",
    opacity: coming,
  });
  const keyBox = { x: left, y: l.keyY, width: l.strip, height: l.thin };
  strip(stage, { id: `key-strip-${key}`, values: record.key[key], box: keyBox, role: "key", opacity: here });
  meeting(stage, key, keyBox);

  const hidden = isMasked(record, key);
  const out = hidden ? progress(t, 4.45, 4.9) : 0;
  if (hidden)
    add({
      kind: "mark",
      id: `mask-${key}`,
      x: left,
      y: l.top,
      width: l.strip,
      height: l.numberY - l.top - 18 * l.s,
      fill: "hatch",
      opacity: progress(t, 4.1, 4.45) * leaving,
      round: 4 * l.s,
    });
  const [height, ghost] = hidden && t >= 4.9 ? [0, 0] : heights(stage, key);
  bar(stage, `ghost-${key}`, x, 0, ghost, {
    stroke: "faint",
    dash: true,
    line: 1.5 * l.s,
    opacity: (ghost ? 1 : 0) * leaving * (1 - out),
  });
  bar(stage, `bar-${key}`, x, 0, height * (1 - out), {
    tone: tone(t),
    signed: Math.sign(record.scores[key]),
    opacity: shown(t, 2.97, Infinity, 0.04) * leaving * (out === 1 ? 0 : 1),
    of: ["bar", key],
  });
  numbers(stage, `${key}`, x, (name) => record[name][key], key);

  const open = between(0.5, 1, progress(t, 6, 6.2));
  strip(stage, {
    id: `value-strip-${key}`,
    values: record.value[key],
    box: { ...keyBox, y: l.valueY },
    role: "value",
    opacity: here * open,
  });
}

// The height of a bar, and of what it was before the change.
function heights({ record, t, layout: l }, key) {
  const before = l.unit * record.scores[key];
  const scaled = l.unit * record.scaled_scores[key];
  const last = isMasked(record, key) ? scaled : l.unit * record.masked_scores[key];
  const stretched = l.up * record.exponentials[key];
  const share = l.up * record.weights[key];
  if (t <= 3) return [before, 0];
  if (t <= 4) return [between(before, scaled, progress(t, 3.25, 4)), before];
  if (t <= 5) return [between(scaled, last, progress(t, 4.45, 4.9)), t < 4.15 ? before : 0];
  if (t <= 5.5) return [between(last, stretched, progress(t, 5.02, 5.45)), last];
  return [between(stretched, share, progress(t, 5.55, 5.98)), t < 6.12 ? stretched : 0];
}

// Scores have a sign, shares have none: the colour says which of the two a bar is.
function tone(t) {
  return progress(t, 5.02, 5.45);
}

function bar({ layout: l, add }, id, x, from, to, more) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  add({
    kind: "bar",
    id,
    x: x - l.bar / 2,
    y: l.base - high,
    width: l.bar,
    height: Math.max(high - low, more.stroke ? 0 : 1),
    ...more,
  });
}

// A copy of the query falls on the key; their products are piled up, the negative ones taken off.
function meeting(stage, key, keyBox) {
  const { record, t, layout: l, add } = stage;
  if (t >= 3.05) return;
  const fall = progress(t, 2.28, 2.5);
  const products = record.products[key];
  const merged = progress(t, 2.48, 2.56);
  strip(stage, {
    id: `copy-${key}`,
    values: record.query,
    box: mixed(l.query, keyBox, fall),
    role: "query",
    line: 1.5,
    opacity: t > 2.28 ? 1 - merged : 0,
  });
  const grow = progress(t, 2.55, 2.76);
  strip(stage, {
    id: `products-${key}`,
    values: products,
    box: { ...keyBox, y: keyBox.y + 6 * l.s * grow },
    role: "ink",
    opacity: merged * (1 - grow),
  });
  const { up } = stackOf(products);
  const fold = progress(t, 2.78, 2.94);
  const over = 1 - shown(t, 3, Infinity, 0.04);
  const pile = {
    kind: "stack",
    x: l.x.get(key) - l.bar / 2,
    width: l.bar,
    base: l.base,
    unit: l.unit,
    grow,
    products,
    opacity: grow > 0 ? over : 0,
  };
  add({ ...pile, id: `up-${key}`, sign: 1, lift: 0 });
  add({ ...pile, id: `down-${key}`, sign: -1, lift: up * l.unit * fold });
}

// The number of each step under its bar; one that is the same at the next step stays.
function numbers({ t, layout: l, leaving, add }, id, x, at, key) {
  const size = (l.narrow ? 15 : 18) * l.s;
  const put = (name, from, to, digits, more = {}) => {
    const value = at(name);
    add({
      kind: "text",
      id: `${name}-${id}`,
      x,
      y: l.numberY,
      size,
      text: number(value, digits),
      fill: "ink",
      bold: true,
      anchor: "middle",
      opacity: shown(t, from, to, 0.06) * leaving,
      value,
      of: [name, key, -1],
      digits,
      ...more,
    });
  };
  put("scores", 3, 3, 2);
  put("scaled_scores", 4, 4, 2);
  put("masked_scores", 5, 5, 2);
  put("exponentials", 5.5, 5.5, 3);
  put("weights", 6, Infinity, 3);
  if (t > 5.9)
    put("exponentials", 6, 6, 3, {
      id: `exp-${id}`,
      y: l.numberY + 19 * l.s,
      size: Math.max(14 * l.s, size * 0.85),
      fill: "muted",
      bold: false,
    });
}

// All other keys in one bar: from their lowest to their highest score, then the sum of their shares.
function others(stage) {
  const { record, t, layout: l, texts, leaving, add } = stage;
  const coming = progress(t, 2.08, 2.28) * leaving;
  const size = (l.narrow ? 14 : 17) * l.s;
  const called = fillText(texts.others, { n: String(l.rest.length) });
  add({
    kind: "text",
    id: "others",
    x: l.xRest,
    y: l.keyWordY,
    size,
    text: textWidth(called, size) < l.column - 8 * l.s ? called : `+${l.rest.length}`,
    fill: "muted",
    bold: true,
    anchor: "middle",
    opacity: coming,
  });
  // what would stick out ends in an arrow; the numbers say how far it goes
  const inside = (height) => Math.max(-l.down, Math.min(l.up, height));
  const range = (name) => rangeOf(record[name], l.rest, record).map((value) => inside(value * l.unit));
  const total = (name) => [0, l.up * sum(record[name], l.rest)];
  const between2 = ([a, b], [c, d], share) => [between(a, c, share), between(b, d, share)];
  const all = l.rest.every((key) => isMasked(record, key));
  let [now, ghost] = [range("scores"), null];
  if (t > 3) [now, ghost] = [between2(range("scores"), range("scaled_scores"), progress(t, 3.25, 4)), range("scores")];
  if (t > 4)
    [now, ghost] = [
      between2(range("scaled_scores"), range("masked_scores"), progress(t, 4.45, 4.9)),
      t < 4.15 ? range("scores") : null,
    ];
  // the sum of exponentials may be higher than 1: its bar ends at the top, its number says how much it is
  const stretched = [0, Math.min(l.up, total("exponentials")[1])];
  if (t > 5)
    [now, ghost] = [between2(range("masked_scores"), stretched, progress(t, 5.02, 5.45)), range("masked_scores")];
  if (t > 5.5)
    [now, ghost] = [between2(stretched, total("weights"), progress(t, 5.55, 5.98)), t < 6.12 ? stretched : null];
  if (ghost)
    bar(stage, "ghost-others", l.xRest, ...ghost, { stroke: "faint", dash: true, line: 1.5 * l.s, opacity: leaving });
  bar(stage, "bar-others", l.xRest, ...now, {
    tone: tone(t),
    signed: 0,
    opacity: shown(t, 2.97, Infinity, 0.04) * leaving,
    of: ["bar", "others"],
  });
  const arrow = (id, end, y, text) => {
    const opacity = Math.abs(now[end] - (end ? l.up : -l.down)) < 0.5 && t < 5.02 ? shown(t, 3) * leaving : 0;
    add({ kind: "text", id, x: l.xRest, y, size: 14 * l.s, text, fill: "muted", anchor: "middle", opacity });
  };
  arrow("others-below", 0, l.base + l.down + 1 * l.s, "▾");
  arrow("others-above", 1, l.base - l.up - 2 * l.s, "▴");
  const put = (name, from, to, low) => {
    const [least, most] = rangeOf(record[name], l.rest, record);
    const one = (value, y, which) =>
      add({
        kind: "text",
        id: `${name}-others-${which}`,
        x: l.xRest,
        y,
        size: Math.max(14 * l.s, size * 0.85),
        text: number(value),
        fill: "muted",
        anchor: "middle",
        opacity: shown(t, from, to, 0.06) * leaving,
        value,
        of: [name, which, -1],
        digits: 2,
      });
    if (low && all) return one(-Infinity, l.numberY, "others_least");
    one(most, l.numberY, "others_most");
    one(least, l.numberY + 19 * l.s, "others_least");
  };
  put("scores", 3, 3);
  put("scaled_scores", 4, 4);
  put("masked_scores", 5, 5, true);
  const added = (name, from, to, more) =>
    add({
      kind: "text",
      id: `${name}-others`,
      x: l.xRest,
      y: l.numberY,
      size,
      text: number(sum(record[name], l.rest), 3),
      fill: "ink",
      bold: true,
      anchor: "middle",
      opacity: shown(t, from, to, 0.06) * leaving,
      value: sum(record[name], l.rest),
      of: [name, "others", -1],
      digits: 3,
      ...more,
    });
  added("exponentials", 5.5, 5.5, {});
  added("weights", 6, Infinity, {});
  if (t > 5.9)
    added("exponentials", 6, 6, {
      id: "exp-others",
      y: l.numberY + 19 * l.s,
      size: Math.max(14 * l.s, size * 0.85),
      fill: "muted",
      bold: false,
    });
}

// Values flow down in proportion to their weights and add up.
function flows(stage) {
  const { record, t, layout: l, texts, leaving, add } = stage;
  if (t < 6) return;
  const end = { x: l.result.x + l.result.width / 2, y: l.result.y };
  const start = l.valueY + l.thin;
  const drawn = progress(t, 6.12, 6.55);
  const columns = l.shown.map((key) => [key, l.x.get(key), record.weights[key]]);
  if (l.rest.length) columns.push(["others", l.xRest, sum(record.weights, l.rest)]);
  let at = end.x - 46 * l.s; // lines arrive side by side, together as wide as the whole
  for (const [key, x, weight] of columns) {
    const wide = 92 * l.s * weight;
    const to = [at + wide / 2, end.y];
    at += wide;
    const middle = (start + end.y) / 2;
    add({
      kind: "path",
      id: `flow-${key}`,
      points: [[x, start], [x, middle], [to[0], middle], to],
      stroke: "value",
      line: Math.max(wide, 0.6),
      part: drawn,
      opacity: (0.3 + 0.7 * weight) * leaving * (drawn > 0 ? 1 : 0),
    });
    if (key === "others") continue;
    const fall = progress(t, 6.4, 6.85);
    const box = { x: x - l.strip / 2, y: l.valueY, width: l.strip, height: l.thin };
    strip(stage, {
      id: `mixing-${key}`,
      values: record.value[key],
      box: mixed(box, { ...l.result, height: Math.max(1, l.result.height * weight) }, fall),
      role: null,
      opacity: t > 6.4 ? weight * (1 - progress(t, 6.84, 6.95)) : 0,
    });
  }
  const values = record.head_output;
  const whole = progress(t, 6.78, 6.95);
  if (t <= 7.1) strip(stage, { id: "result", values, box: l.result, role: "value", opacity: whole });
  const dim = largest(values);
  const x = l.result.x + ((dim + 0.5) / values.length) * l.result.width;
  const visible = shown(t, 7, 7, 0.06);
  add({
    kind: "path",
    id: "result-tick",
    points: [
      [x, l.result.y + l.result.height],
      [x, l.result.y + l.result.height + 7 * l.s],
    ],
    stroke: "ink",
    line: 2 * l.s,
    part: 1,
    opacity: visible,
  });
  add({
    kind: "text",
    id: "result-number",
    x,
    y: l.result.y + l.result.height + 18 * l.s,
    text: number(values[dim]),
    size: 16 * l.s,
    fill: "ink",
    bold: true,
    anchor: "middle",
    opacity: visible,
    value: values[dim],
    of: ["head_output", -1, dim],
  });
  if (!l.narrow)
    add({
      kind: "text",
      id: "result-name",
      x: l.result.x - 14 * l.s,
      y: l.result.y + l.result.height / 2,
      text: texts.row_head_output,
      size: 16 * l.s,
      fill: "value",
      bold: true,
      anchor: "end",
      opacity: shown(t, 7, 7.05),
    });
}

// What each line of the columns holds; on a phone the words under the picture say so.
function names({ t, layout: l, texts, leaving, add }) {
  add({
    kind: "text",
    id: "query-name",
    x: l.query.x + l.query.width + 12 * l.s,
    y: l.query.y + l.query.height / 2,
    size: 16 * l.s,
    text: texts.row_query,
    fill: "query",
    bold: true,
    anchor: "start",
    opacity: l.narrow ? 0 : shown(t, 2.35, 7),
  });
  if (l.narrow) return;
  const x = Math.min(...l.x.values()) - l.column / 2 - 12 * l.s;
  const put = (id, y, text, fill, opacity) =>
    add({
      kind: "text",
      id,
      x,
      y,
      size: 16 * l.s,
      text,
      fill,
      bold: fill !== "muted",
      anchor: "end",
      opacity: opacity * leaving,
    });
  put("names-key", l.keyY + l.thin / 2, texts.row_key, "key", shown(t, 2.35));
  put("names-score", l.numberY, texts.row_score, "ink", shown(t, 3, 3));
  put("names-scaled", l.numberY, texts.row_scaled, "ink", shown(t, 4, 4));
  put("names-masked", l.numberY, texts.row_masked, "ink", shown(t, 5, 5));
  put("names-weight", l.numberY, texts.row_weight, "ink", shown(t, 6));
  put("names-exp", l.numberY + 19 * l.s, texts.row_exp, "muted", shown(t, 6, 6));
  put("names-value", l.valueY + l.thin / 2, texts.row_value, "value", shown(t, 2.35));
}
