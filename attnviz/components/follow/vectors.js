// Steps 1, 2, 8 and 9: vectors as rows of stripes, from the word to the query, and from the heads to the end.

import { fillText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { cut, textWidth } from "./layout.js";
import { between, progress, shown } from "./motion.js";

const JOINED = 0.6; // the row of the heads side by side

export function vectors(stage) {
  chip(stage);
  made(stage);
  split(stage);
  joined(stage);
  added(stage);
}

// The word itself: large at first, then at the top left of every picture.
function chip({ record, t, layout: l, add }) {
  const gone = progress(t, 0.02, 0.4);
  const size = between((l.narrow ? 40 : 60) * l.s, 20 * l.s, gone);
  const wide = Math.min(textWidth(record.label, size) + 1.2 * size, l.inner);
  const width = between(wide, l.chip, gone);
  const height = between(size * 1.7, 34 * l.s, gone);
  const x = between(l.width / 2 - width / 2, l.left, gone);
  const middle = between(l.height * 0.42, 39 * l.s, gone);
  add({
    kind: "mark",
    id: "word",
    x,
    y: middle - height / 2,
    width,
    height,
    fill: "query",
    opacity: 1,
    round: 9 * l.s,
  });
  add({
    kind: "text",
    id: "word-text",
    x: x + width / 2,
    y: middle,
    size,
    text: cut(record.label, size, width - size * 0.6),
    fill: "onRole",
    bold: true,
    anchor: "middle",
    opacity: 1,
  });
}

// How the vector came about that attention reads.
function made(stage) {
  const { record, t } = stage;
  const first = (4 - record.made_of.length) / 2; // rows above
  record.made_of.forEach((name, i) => {
    const start = 0.3 + (i * 0.55) / record.made_of.length;
    const here = progress(t, start, start + 0.25);
    const last = i === record.made_of.length - 1;
    const away = last ? progress(t, 1.02, 1.3) : 0;
    const opacity = here * (last ? 1 - progress(t, 2, 2.2) : 1 - progress(t, 1, 1.2));
    row(stage, {
      id: `vector-${name}`,
      of: ["vectors", i],
      values: record.vectors[i],
      at: between(first + i - (i ? 0.7 * (1 - here) : 0), 0, away),
      grow: i ? 1 : here,
      name: label(stage, name),
      opacity,
      named: shown(t, last ? 0.9 : start + 0.25, last ? 2 : 1),
      dim: record.dims.vectors,
      number: Math.max(shown(t, 1, 1), last ? shown(t, 2, 2) : 0),
    });
  });
}

// Query, key and value: the key and the value are the word's own, or in cross-attention those of the word that gets most.
function split(stage) {
  const { record, t, layout: l } = stage;
  const cross = record.part === "cross";
  const places = cross ? { query: 1, key: 3, value: 4 } : { query: 1, key: 2, value: 3 };
  if (cross) {
    const here = progress(t, 1.3, 1.55);
    row(stage, {
      id: "memory",
      of: ["memory", record.own],
      values: record.memory[record.own],
      at: 2,
      name: label(stage, "memory"),
      opacity: here * (1 - progress(t, 2, 2.2)),
      named: shown(t, 1.55, 2),
      number: shown(t, 2, 2),
    });
  }
  for (const [role, place] of Object.entries(places)) {
    const from = cross && role !== "query" ? 2 : 0;
    const out = progress(t, cross && role !== "query" ? 1.55 : 1.3, 1.9);
    const on = progress(t, 2.02, 2.3);
    const values = role === "query" ? record.query : record[role][record.own];
    const home = homeOf(role, record, l);
    const start = {
      x: l.rowX,
      y: l.rowY(between(from, place, out)),
      width: between(l.rowWidth, l.headWidth, out),
      height: l.rowHeight,
    };
    const stays = role === "query" ? 1 - progress(t, 7, 7.2) : 1 - shown(t, 2.35, Infinity, 0.05);
    const opacity = out * stays;
    strip(stage, { id: `own-${role}`, values, box: mixed(start, home, on), role, opacity });
    if (t < 2.3) {
      named(stage, `own-${role}`, place, label(stage, role), shown(t, 1.9, 2), role);
      numberUnder(
        stage,
        `own-${role}`,
        start,
        values,
        role === "value" ? record.dims.value : record.dims.meeting,
        shown(t, 2, 2),
        [role, role === "query" ? -1 : record.own],
      );
    }
  }
}

function homeOf(role, record, l) {
  if (role === "query") return l.query;
  const x = l.x.get(record.own) ?? l.xRest;
  return { x: x - l.strip / 2, y: role === "key" ? l.keyY : l.valueY, width: l.strip, height: l.thin };
}

// The heads side by side, then one vector of them all.
function joined(stage) {
  const { record, t, layout: l, add } = stage;
  if (t < 7) return;
  const out = 1 - progress(t, 8, 8.15);
  const wide = l.rowWidth / record.n_heads;
  const gap = record.n_heads > 1 ? Math.min(3 * l.s, wide * 0.08) : 0;
  record.concat.forEach((values, head) => {
    const own = head === record.head;
    const here = own ? progress(t, 7.1, 7.45) : progress(t, 7.42, 7.68);
    const place = { x: l.rowX + head * wide, y: l.rowY(JOINED), width: wide - gap, height: l.rowHeight };
    const from = own ? l.result : { ...place, y: place.y - 26 * l.s };
    const box = mixed(from, place, here);
    strip(stage, {
      id: `head-${head}`,
      values,
      box,
      role: "value",
      opacity: out * (own ? 1 : here),
      limit: limitOf(record.concat.map((v) => limitOf(v))),
    });
    const chips = out * shown(t, own ? 7.45 : 7.68);
    const size = Math.min(24 * l.s, wide - gap);
    const middle = place.x + (wide - gap) / 2;
    const y = place.y + l.rowHeight + 20 * l.s;
    add({
      kind: "mark",
      id: `head-chip-${head}`,
      x: middle - size / 2,
      y: y - size / 2,
      width: size,
      height: size,
      head,
      opacity: chips,
      round: 5 * l.s,
    });
    if (own)
      add({
        kind: "mark",
        id: "head-frame",
        x: place.x - 3 * l.s,
        y: place.y - 3 * l.s,
        width: wide - gap + 6 * l.s,
        height: l.rowHeight + 6 * l.s,
        stroke: "ink",
        line: 2.5 * l.s,
        opacity: chips,
        round: 4 * l.s,
      });
    add({
      kind: "text",
      id: `head-text-${head}`,
      x: middle,
      y,
      size: Math.min(15 * l.s, size * 0.7),
      text: String(head + 1),
      head,
      bold: true,
      anchor: "middle",
      opacity: chips,
    });
  });
  named(stage, "concat", JOINED, label(stage, "concat"), shown(t, 7.68, 8));
}

// What attention found is added to what the word was.
function added(stage) {
  const { record, t, layout: l } = stage;
  if (t < 7.5) return;
  const { dims } = record;
  const here = progress(t, 7.7, 7.95);
  const arrived = (name, values, at, from, start, text, to = Infinity) => {
    const come = progress(t, start, start + 0.25);
    const up = name === "output" ? (JOINED + 1.2 - at) * (1 - progress(t, 8.1, 8.35)) : 0;
    row(stage, {
      id: `end-${name}`,
      of: [name],
      values,
      at: between(from, at, come) + up,
      name: text,
      opacity: come * (to === Infinity ? 1 : 1 - progress(t, to, to + 0.15)),
      named: shown(t, start + 0.25, to),
      dim: dims.output,
      number: shown(t, name === "output" ? 8 : 9, to === Infinity ? Infinity : to),
    });
  };
  const normed = record.added.some((value, i) => value !== record.output[i]);
  arrived("output", record.output, 1, 0, 7.7, label(stage, t < 8.2 ? "output" : "plus"), normed ? 8.35 : Infinity);
  if (normed) arrived("added", record.added, 1, 1, 8.35, label(stage, "plus"));
  if (here < 1) return;
  arrived(
    "x",
    record.x,
    0,
    -0.3,
    8.2,
    fillText(stage.texts.row_before, { word: cut(record.label, 16 * l.s, 84 * l.s) }),
  );
  arrived("total", record.total, 2, 1, 8.42, label(stage, "total"));
  arrived("normalised", record.normalised, 3, 2, 8.7, label(stage, "normalised"));
}

function label({ texts }, name) {
  return texts[`row_${name}`];
}

// A row across the stage, with its name and the number that is followed.
function row(stage, { id, of, values, at, grow = 1, name, opacity, named: isNamed, dim, number: visible }) {
  const { layout: l } = stage;
  const box = { x: l.rowX, y: l.rowY(at), width: l.rowWidth * grow, height: l.rowHeight };
  strip(stage, { id, values, box, opacity });
  named(stage, id, at, name, isNamed * (opacity > 0 ? 1 : 0));
  numberUnder(stage, id, { ...box, width: l.rowWidth }, values, dim ?? 0, visible, of);
}

function named({ layout: l, add }, id, at, text, opacity, role) {
  const y = l.rowY(at);
  const place = l.narrow
    ? { x: l.left, y: y - 14 * l.s, anchor: "start" }
    : { x: l.rowX - 16 * l.s, y: y + l.rowHeight / 2, anchor: "end" };
  add({
    kind: "text",
    id: `${id}-name`,
    ...place,
    text,
    size: 16 * l.s,
    fill: role ?? "muted",
    bold: Boolean(role),
    opacity,
  });
}

// One number of a vector, under its stripe.
function numberUnder({ layout: l, add }, id, box, values, dim, opacity, [name, index]) {
  const x = box.x + ((dim + 0.5) / values.length) * box.width;
  const bottom = box.y + box.height;
  const text = number(values[dim]);
  const half = textWidth(text, 16 * l.s) / 2;
  const at = Math.max(box.x + half, Math.min(l.right - half, x));
  add({
    kind: "path",
    id: `${id}-tick`,
    points: [
      [x, bottom + 1],
      [x, bottom + 8 * l.s],
    ],
    stroke: "ink",
    line: 2 * l.s,
    part: 1,
    opacity,
  });
  add({
    kind: "text",
    id: `${id}-number`,
    x: at,
    y: bottom + 19 * l.s,
    text,
    size: 16 * l.s,
    fill: "ink",
    bold: true,
    anchor: "middle",
    opacity,
    value: values[dim],
    of: [name, index ?? -1, dim],
  });
}

export function strip({ add }, { id, values, box, role, opacity, limit, line }) {
  add({ kind: "strip", id, ...box, values, limit: limit ?? limitOf(values), stroke: role, line: line ?? 2, opacity });
}

export function limitOf(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

export function mixed(from, to, share) {
  return {
    x: between(from.x, to.x, share),
    y: between(from.y, to.y, share),
    width: between(from.width, to.width, share),
    height: between(from.height, to.height, share),
  };
}
