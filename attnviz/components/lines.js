// The paper's figure: query words at the left, key words at the right, lines coloured by head, opacity = weight.
// Hover or focus follows one word; a click, Enter or Space pins it (Python writes it to the URL); Escape frees it.

const STRONG = 0.1; // from here a number is printed
const STRONG_PHONE = 0.3;
const LEAST = { one: 0.005, all: 0.02 }; // weights below are not drawn

function render(view) {
  const { memory, data } = view;
  if (memory.seen !== data) {
    adopt(memory, data);
    memory.seen = data;
  }
  if (!hasLayer(data, memory.layer)) return; // old figure stays until Python has sent the layer
  memory.shown = { layer: memory.layer, head: memory.head };
  keepingFocus(view.root, () => {
    view.root.replaceChildren(
      ...(data.heads ? [] : [controls(view)]),
      figure(view),
      el("p", { class: "caption muted", "data-part": "caption" }),
      el("p", { class: "visually-hidden", role: "status", "data-part": "status" }),
      table(view),
    );
  });
  light(view);
}

// ---- what is chosen

function adopt(memory, data) {
  const [layer, head, row, column] = data.place;
  const frame = [data.part, data.model, data.text, data.rows.join(" "), data.columns.join(" ")].join("\n");
  const waiting = memory.pending;
  const overtaken =
    waiting && frame === memory.frame && performance.now() < waiting.until &&
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
    const strongest = Math.max(...rowOf(data, layer, other, row));
    if (strongest > most) [best, most] = [other, strongest];
  }
  return best;
}

function hasLayer(data, layer) {
  return layer >= data.firstLayer && layer < data.firstLayer + data.arrays.weights.shape[0];
}

function rowOf(data, layer, head, row) {
  const [, nHeads, nRows, nColumns] = data.arrays.weights.shape;
  const place = data.heads ? data.heads.indexOf(head) : head;
  const start = (((layer - data.firstLayer) * nHeads + place) * nRows + row) * nColumns;
  return data.arrays.weights.data.subarray(start, start + nColumns);
}

function pick(view, change, sent) {
  const { memory } = view;
  Object.assign(memory, change, { hover: null });
  memory.pending = { layer: memory.layer, head: memory.head, row: memory.row, until: performance.now() + 5000 };
  view.draw();
  const tokens = view.data.rowTokens;
  view.send("pick", { layer: memory.layer + 1, head: memory.head + 1, query: tokens[memory.row] + 1, key: 0, ...sent });
}

function heads(memory) {
  return [...memory.on].sort((a, b) => a - b);
}

function keepingFocus(root, draw) {
  const id = root.getRootNode().activeElement?.dataset?.id;
  draw();
  if (id) root.querySelector(`[data-id="${id}"]`)?.focus({ preventScroll: true });
}

// ---- buttons above the figure

function controls(view) {
  const { memory, data, theme } = view;
  const { texts } = data;
  const layers = Array.from({ length: data.nLayers }, (_, layer) =>
    el("button", {
      type: "button", "data-id": `layer${layer}`, "aria-pressed": String(layer === memory.layer),
      "aria-label": `${texts.layer} ${layer + 1}`, onclick: () => pick(view, { layer }),
    }, String(layer + 1)));
  const chips = Array.from({ length: data.nHeads }, (_, head) => {
    const on = memory.on.has(head);
    const colour = theme.heads[head % theme.heads.length];
    const paint = `border-color:${colour};` + (on ? `background:${colour};color:${textOn(colour)}` : "");
    return el("button", {
      type: "button", class: "head", style: paint, "data-id": `head${head}`, "aria-pressed": String(on),
      "aria-label": `${texts.head} ${head + 1}`, onclick: () => toggle(view, head),
    }, String(head + 1));
  });
  const ways = [["one", false], ["all", true]].map(([name, all]) =>
    el("button", {
      type: "button", "data-id": name, "aria-pressed": String(memory.all === all),
      onclick: () => { memory.all = all; memory.hover = null; view.draw(); },
    }, texts[`${name}_words`]));
  return el("div", { class: "controls" },
    el("div", { class: "group", role: "group", "aria-label": texts.layer },
      el("span", { class: "muted", "aria-hidden": "true" }, texts.layer), el("div", { class: "joined" }, layers)),
    el("div", { class: "group", role: "group", "aria-label": texts.heads },
      el("span", { class: "muted", "aria-hidden": "true" }, texts.heads), el("div", { class: "chips" }, chips)),
    el("div", { class: "group ways", role: "group", "aria-label": texts.ways }, el("div", { class: "joined" }, ways)));
}

function toggle(view, head) {
  const { memory } = view;
  if (!memory.on.has(head)) {
    memory.on.add(head);
    view.draw();
    return;
  }
  if (memory.on.size === 1) return; // a figure without a head shows nothing
  memory.on.delete(head);
  if (head === memory.head) pick(view, { head: heads(memory)[0] });
  else view.draw();
}

// ---- the figure

function sizes(view) {
  const { data, memory } = view;
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 18;
  const width = Math.max(view.width, 240);
  const phone = width < 560 * scale;
  const context = el("canvas").getContext("2d");
  context.font = `600 ${17 * scale}px ${getComputedStyle(view.root).fontFamily}`;
  const measure = (text) => context.measureText(text).width;
  const column = (words) => Math.min(Math.max(70 * scale, ...words.map(measure)) + 18 * scale, width * (phone ? 0.34 : 0.24));
  const left = column(data.rows);
  const keys = column(data.columns);
  const numbers = (phone ? 44 : 66) * scale;
  let squares = phone ? 0 : memory.on.size * 17 * scale + 18 * scale;
  if (width - left - keys - numbers - squares < 90 * scale) squares = 0;
  const x0 = left + 4 * scale;
  const x1 = width - numbers - squares - keys - 6 * scale;
  const top = 34 * scale;
  const pitch = (phone ? 25 : 22.5) * scale;
  return { scale, width, phone, measure, left, keys, numbers, squares, x0, x1, top, pitch };
}

function figure(view) {
  const { data, memory } = view;
  const { texts } = data;
  const size = sizes(view);
  const { scale, width, left, x0, x1, top, pitch } = size;
  const height = top + Math.max(data.rows.length, data.columns.length) * pitch + 8 * scale;
  const svg = el("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": texts.figure, "font-size": 17 * scale });
  const middle = 14 * scale;
  const head = (x, anchor, bold, plain, role) =>
    el("svg:text", { x, y: middle, "text-anchor": anchor, "dominant-baseline": "central", class: role },
      el("svg:tspan", { class: "bold" }, bold), el("svg:tspan", {}, ` ${plain}`));
  svg.append(
    head(left - 8 * scale, "end", texts.asks, texts.query, "asks"),
    head(x1 + 12 * scale, "start", texts.answers, texts.key, "answers"),
    el("svg:path", { class: "arrow", d: `M${x0 + 16 * scale} ${middle}H${x1 - 8 * scale}m${-8 * scale} ${-4 * scale}l${8 * scale} ${4 * scale}l${-8 * scale} ${4 * scale}` }),
  );
  if (!size.phone) {
    svg.append(el("svg:text", { x: width, y: middle, "text-anchor": "end", "dominant-baseline": "central", class: "plain small" }, texts.weight));
  }
  memory.size = size;
  memory.layers = { lines: el("svg:g", { class: "lines", "aria-hidden": "true" }), side: el("svg:g", { "aria-hidden": "true" }) };
  svg.append(memory.layers.lines, column(view, "row"), column(view, "column"), memory.layers.side);
  svg.addEventListener("pointerleave", () => follow(view, null));
  return svg;
}

function at(size, index) {
  return size.top + (index + 0.5) * size.pitch;
}

// One column of words: a list box in which arrow keys follow and Enter pins.
function column(view, side) {
  const { data, memory } = view;
  const size = memory.size;
  const { scale, pitch } = size;
  const isRow = side === "row";
  const words = isRow ? data.rows : data.columns;
  const x = isRow ? 0 : size.x1 + 4 * scale;
  const width = isRow ? size.left : size.keys;
  const options = words.map((word, index) => {
    const chosen = index === memory[side];
    const y = at(size, index);
    const text = el("svg:text", {
      x: isRow ? width - 8 * scale : x + 8 * scale, y, "text-anchor": isRow ? "end" : "start", "dominant-baseline": "central",
    }, cut(word, width - 16 * scale, size.measure));
    text.setAttribute("direction", "ltr");
    return el("svg:g", {
      class: `word ${side}`, role: "option", "aria-selected": String(chosen), "aria-label": word,
      tabindex: index === memory[side] ? "0" : "-1", "data-id": `${side}${index}`, "data-index": index,
      onpointerenter: (event) => { if (event.pointerType === "mouse") follow(view, { side, index }); },
      onfocus: () => { if (memory.keyboard) follow(view, { side, index }); },
      onclick: () => pinned(view, side, index),
      onkeydown: (event) => keyDown(view, event, side, index),
    }, el("svg:title", {}, word), el("svg:rect", { x, y: y - pitch / 2, width, height: pitch, rx: 5 * scale }), text);
  });
  const label = isRow ? `${data.texts.asks} ${data.texts.query}` : `${data.texts.answers} ${data.texts.key}`;
  return el("svg:g", { role: "listbox", "aria-label": label }, options);
}

function cut(word, width, measure) {
  if (measure(word) <= width) return word;
  const letters = [...word];
  while (letters.length > 1 && measure(`${letters.join("")}…`) > width) letters.pop();
  return `${letters.join("")}…`;
}

function pinned(view, side, index) {
  const { memory, data } = view;
  if (side === "row") pick(view, { row: index, column: strongest(view, index) });
  else pick(view, { column: index }, { key: data.columnTokens[index] + 1 });
}

function strongest(view, row) {
  const { memory, data } = view;
  const weights = rowOf(data, memory.layer, memory.on.has(memory.head) ? memory.head : heads(memory)[0], row);
  return weights.indexOf(Math.max(...weights));
}

function keyDown(view, event, side, index) {
  const { memory, data } = view;
  const last = (side === "row" ? data.rows : data.columns).length - 1;
  const steps = { ArrowDown: Math.min(index + 1, last), ArrowUp: Math.max(index - 1, 0), Home: 0, End: last };
  const across = { ArrowLeft: ["row", memory.row], ArrowRight: ["column", memory.column] };
  memory.keyboard = true;
  if (event.key in steps) focus(view, side, steps[event.key]);
  else if (event.key in across) focus(view, ...across[event.key]);
  else if (event.key === "Enter" || event.key === " ") pinned(view, side, index);
  else if (event.key === "Escape") {
    follow(view, null);
    focus(view, side, memory[side], false);
  } else {
    memory.keyboard = false;
    return;
  }
  memory.keyboard = false;
  event.preventDefault();
}

function focus(view, side, index, following = true) {
  view.root.querySelector(`[data-id="${side}${index}"]`)?.focus({ preventScroll: false });
  follow(view, following ? { side, index } : null);
}

function follow(view, hover) {
  view.memory.hover = hover;
  light(view);
}

// ---- what changes while a word is followed: lines, squares, numbers, caption

function light(view) {
  const { memory, data, theme } = view;
  if (!memory.layers) return;
  const { size, shown } = memory;
  const hover = memory.hover;
  const row = hover ? (hover.side === "row" ? hover.index : null) : memory.all ? null : memory.row;
  const into = hover && hover.side === "column" ? hover.index : null;
  const everything = row === null && into === null;
  const least = LEAST[everything ? "all" : "one"];
  const drawn = [];
  const strongest = { row: new Float32Array(data.rows.length), column: new Float32Array(data.columns.length) };
  for (const head of heads(memory)) {
    for (let r = 0; r < data.rows.length; r++) {
      if (row !== null && r !== row) continue;
      const weights = rowOf(data, shown.layer, head, r);
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
  memory.layers.lines.replaceChildren(...drawn.map(([weight, head, r, c]) => {
    const [y, z] = [at(size, r), at(size, c)];
    return el("svg:path", {
      d: `M${x0} ${y}C${x0 + bend} ${y} ${x1 - bend} ${z} ${x1} ${z}`, stroke: theme.heads[head % theme.heads.length],
      "stroke-opacity": Math.min(1, weight), "stroke-width": 8 * scale, fill: "none",
      "data-head": head + 1, "data-row": r, "data-column": c, "data-weight": weight,
    });
  }));
  for (const word of view.root.querySelectorAll(".word")) {
    const index = Number(word.dataset.index);
    const isRow = word.classList.contains("row");
    word.classList.toggle("active", isRow ? index === row : index === into);
    word.classList.toggle("strong", !everything && strongest[isRow ? "row" : "column"][index] >= STRONG);
  }
  memory.layers.side.replaceChildren(...(row === null ? [] : side(view, row)));
  caption(view, row, into, everything);
}

// Squares per head, and the numbers of the stronger links of one row.
function side(view, row) {
  const { memory, data, theme } = view;
  const { size, shown } = memory;
  const { scale, width, numbers, squares } = size;
  const on = heads(memory);
  const rows = on.map((head) => rowOf(data, shown.layer, head, row));
  const largest = Math.max(...rows.map((weights) => Math.max(...weights)));
  const nodes = [];
  data.columns.forEach((_, c) => {
    const y = at(size, c);
    if (squares) {
      on.forEach((head, i) => {
        const box = { x: width - numbers - squares + (9 + i * 17) * scale, y: y - 8 * scale, width: 16 * scale, height: 16 * scale, rx: 3 * scale };
        nodes.push(el("svg:rect", { ...box, class: "square" }),
          el("svg:rect", { ...box, fill: theme.heads[head % theme.heads.length], "fill-opacity": Math.min(1, rows[i][c]) }));
      });
    }
    const place = rows.reduce((best, weights, i) => (weights[c] > rows[best][c] ? i : best), 0);
    const weight = rows[place][c];
    if (weight < (size.phone ? STRONG_PHONE : STRONG)) return;
    nodes.push(el("svg:text", { x: width, y, "text-anchor": "end", "dominant-baseline": "central", class: weight === largest ? "bold" : "" }, number(weight)));
    if (!size.phone) nodes.push(el("svg:circle", { cx: width - 46 * scale, cy: y, r: 5 * scale, fill: theme.heads[on[place] % theme.heads.length] }));
  });
  return nodes;
}

function caption(view, row, into, everything) {
  const { memory, data } = view;
  const { texts } = data;
  const { layer } = memory.shown;
  const on = heads(memory);
  const named = (template, values) => fill(template, values).join("");
  const parts = [named(on.length > 1 ? texts.computed_heads : texts.computed_head, {
    text: data.text, part: data.partName, layer: layer + 1, heads: on.map((head) => head + 1).join(", "),
  })];
  if (everything) parts.push(named(texts.faint, { least: number(LEAST.all) }));
  const spoken = [];
  if (row !== null) {
    const rest = on.map((head) => 1 - rowOf(data, layer, head, row).reduce((sum, weight) => sum + weight, 0));
    const named_rest = on.map((head, i) => [head, rest[i]]).filter(([, share]) => share >= 0.005)
      .map(([head, share]) => named(texts.share, { head: head + 1, weight: number(share) }));
    if (named_rest.length) parts.push(named(texts.rest, { shares: named_rest.join(", ") }));
    for (const head of on) {
      const weights = rowOf(data, layer, head, row);
      const best = weights.indexOf(Math.max(...weights));
      spoken.push(named(texts.spoken, { query: data.rows[row], key: data.columns[best], weight: number(weights[best]), head: head + 1 }));
    }
  }
  view.root.querySelector('[data-part="caption"]').textContent = parts.join(" ");
  view.root.querySelector('[data-part="status"]').textContent = memory.hover ? spoken.join(" ") : "";
  const open = view.root.querySelector("details[open]");
  if (open && row !== null && open.dataset.row !== String(row)) fillTable(view, open, row);
}

// ---- the same numbers as a table

function table(view) {
  const { memory, data } = view;
  const details = el("details", { ontoggle: () => {
    memory.open = details.open;
    if (details.open) fillTable(view, details, memory.row);
  } }, el("summary", { "data-id": "table" }, data.texts.table));
  details.open = Boolean(memory.open);
  if (details.open) fillTable(view, details, memory.row);
  return details;
}

function fillTable(view, details, row) {
  const { memory, data } = view;
  const { texts } = data;
  const on = heads(memory);
  const rows = on.map((head) => rowOf(data, memory.shown.layer, head, row));
  const cells = (tag, values, attributes = {}) => values.map((value) => el(tag, attributes, value));
  details.dataset.row = row;
  details.querySelector("table")?.remove();
  details.append(el("table", {},
    el("caption", {}, fill(texts.table_caption, { query: data.rows[row], layer: memory.shown.layer + 1 }).join("")),
    el("thead", {}, el("tr", {}, cells("th", [texts.answers, ...on.map((head) => `${texts.head} ${head + 1}`)], { scope: "col" }))),
    el("tbody", {}, data.columns.map((word, c) =>
      el("tr", {}, el("th", { scope: "row" }, word), cells("td", rows.map((weights) => number(weights[c], 3))))))));
}
