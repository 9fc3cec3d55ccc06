// Lines: what changes while a word is followed: lines, squares, numbers, caption.

import { colourOfHead } from "../shared/colour.js";
import { el, fillText } from "../shared/elements.js";
import { tellFollowed } from "../shared/followed.js";
import { number } from "../shared/numbers.js";
import { fillTable } from "./numbers.js";
import { isAsking } from "./bet.js";
import { at, heads, restOf, rowOf } from "./state.js";
import { isStill, rowNow } from "./twin.js";

const STRONG = 0.1; // from here a number is printed

const STRONG_PHONE = 0.3;

const LEAST = { one: 0.005, all: 0.02 }; // weights below are not drawn

export function follow(view, hover) {
  view.memory.hover = hover;
  light(view);
}

export function light(view) {
  const { memory, data, theme } = view;
  if (!memory.layers) return;
  const { size, shown } = memory;
  const asking = isAsking(view);
  const hover = asking ? null : memory.hover;
  const row = hover ? (hover.side === "row" ? hover.index : null) : memory.all ? null : memory.row;
  const into = hover && hover.side === "column" ? hover.index : null;
  const everything = row === null && into === null;
  const least = LEAST[everything ? "all" : "one"];
  const drawn = [];
  const strongest = { row: new Float32Array(data.rows.length), column: new Float32Array(data.columns.length) };
  for (const head of asking ? [] : heads(memory)) {
    for (let r = 0; r < data.rows.length; r++) {
      if (row !== null && r !== row) continue;
      const weights = rowNow(view, shown.layer, head, r);
      for (let c = 0; c < weights.length; c++) {
        if (into !== null && c !== into) continue;
        if (weights[c] >= least) drawn.push([weights[c], head, r, c]);
        strongest.row[r] = Math.max(strongest.row[r], weights[c]);
        strongest.column[c] = Math.max(strongest.column[c], weights[c]);
      }
    }
  }
  drawn.sort((a, b) => a[0] - b[0]);
  const { x0, x1, scale } = size;
  const bend = (x1 - x0) / 2;
  memory.layers.lines.replaceChildren(
    ...drawn.map(([weight, head, r, c]) => {
      const [y, z] = [at(size, r), at(size, c)];
      return el("svg:path", {
        d: `M${x0} ${y}C${x0 + bend} ${y} ${x1 - bend} ${z} ${x1} ${z}`,
        stroke: colourOfHead(theme, head),
        "stroke-opacity": Math.min(1, weight),
        "stroke-width": 8 * scale,
        fill: "none",
        pathLength: 1,
        "data-head": head + 1,
        "data-row": r,
        "data-column": c,
        "data-weight": weight,
      });
    }),
  );
  for (const word of view.root.querySelectorAll(".word")) {
    const index = Number(word.dataset.index);
    const isRow = word.classList.contains("row");
    word.classList.toggle("active", isRow ? index === row : index === into);
    word.classList.toggle("strong", !everything && strongest[isRow ? "row" : "column"][index] >= STRONG);
  }
  memory.layers.lines.classList.toggle("draws", Boolean(memory.draws));
  memory.layers.side.replaceChildren(...(row === null || asking ? [] : side(view, row)));
  caption(view, row, into, everything);
  if (!memory.twin) tellFollowed(hover && brightest(view, drawn.at(-1))); // the cards beside speak of the model
}

// The brightest line of those drawn, as other views tell it.
function brightest({ data, memory }, line) {
  if (!line) return null;
  const [weight, head, row, column] = line;
  return { layer: memory.shown.layer, head, query: data.rows[row], key: data.columns[column], weight };
}

// Squares per head, and the numbers of the stronger links of one row.
export function side(view, row) {
  const { memory, data, theme } = view;
  const { size, shown } = memory;
  const { font, scale, width, numbers, squares, pitch } = size;
  const square = Math.min(16 * scale, pitch - 2);
  const on = heads(memory);
  const rows = on.map((head) => rowNow(view, shown.layer, head, row));
  const largest = Math.max(...rows.map((weights) => Math.max(...weights)));
  const nodes = [];
  data.columns.forEach((_, c) => {
    const y = at(size, c);
    if (squares) {
      on.forEach((head, i) => {
        const box = {
          x: width - numbers - squares + (9 + i * 17) * scale,
          y: y - square / 2,
          width: square,
          height: square,
          rx: 3 * scale,
        };
        nodes.push(
          el("svg:rect", { ...box, class: "square" }),
          el("svg:rect", { ...box, fill: colourOfHead(theme, head), "fill-opacity": Math.min(1, rows[i][c]) }),
        );
      });
    }
    const place = rows.reduce((best, weights, i) => (weights[c] > rows[best][c] ? i : best), 0);
    const weight = rows[place][c];
    if (weight < (size.phone ? STRONG_PHONE : STRONG) || !isStill(view)) return;
    nodes.push(
      el(
        "svg:text",
        { x: width, y, "text-anchor": "end", "dominant-baseline": "central", class: weight === largest ? "bold" : "" },
        number(weight),
      ),
    );
    if (!size.phone)
      nodes.push(
        el("svg:circle", { cx: width - 2.7 * font, cy: y, r: 5 * scale, fill: colourOfHead(theme, on[place]) }),
      );
  });
  return nodes;
}

export function caption(view, row, into, everything) {
  const { memory, data } = view;
  const { texts } = data;
  const { layer } = memory.shown;
  const on = heads(memory);
  const parts = [
    fillText(on.length > 1 ? texts.computed_heads : texts.computed_head, {
      text: data.text,
      part: data.partName,
      layer: layer + 1,
      heads: on.map((head) => head + 1).join(", "),
    }),
  ];
  if (everything) parts.push(fillText(texts.faint, { least: number(LEAST.all) }));
  const spoken = [];
  if (row !== null && !isAsking(view) && !memory.twin) {
    const rest = on.map((head) => restOf(data, layer, head, row));
    const named_rest = on
      .map((head, i) => [head, rest[i]])
      .filter(([, share]) => share >= 0.005)
      .map(([head, share]) => fillText(texts.share, { head: head + 1, weight: number(share) }));
    if (named_rest.length) parts.push(fillText(texts.rest, { shares: named_rest.join(", ") }));
    for (const head of on) {
      const weights = rowOf(data, layer, head, row);
      const best = weights.indexOf(Math.max(...weights));
      spoken.push(
        fillText(texts.spoken, {
          query: data.rows[row],
          key: data.columns[best],
          weight: number(weights[best]),
          head: head + 1,
        }),
      );
    }
  }
  memory.leftOut = parts.slice(1).join(" ");
  view.root.querySelector('[data-part="caption"]').textContent = memory.twin ? texts.is_twin : parts.join(" ");
  view.root.querySelector('[data-part="status"]').textContent =
    memory.twin === 1 ? texts.is_twin : memory.hover ? spoken.join(" ") : "";
  const open = view.root.querySelector("details[open]");
  if (open && row !== null && open.dataset.row !== String(row)) fillTable(view, open, row);
}
