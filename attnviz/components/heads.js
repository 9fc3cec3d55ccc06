// All heads of one part as small squares, and the chosen one large.
// The picture is drawn from bytes as soon as a head is chosen; numbers appear when Python has
// sent that head's own float32 weights. A cell is (row, column) = (query, key) whatever is swapped.

function render(view) {
  const { memory, data } = view;
  if (!memory.page) memory.page = build(view);
  if (memory.seen !== data) {
    adopt(memory, data);
    memory.seen = data;
  }
  drawAll(view);
}

// ---- what is chosen

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

// ---- the page, made once

function build(view) {
  const page = {};
  page.count = el("h2");
  page.hint = el("p", { class: "muted small" });
  page.grid = el("div", { class: "grid", role: "group", onkeydown: (event) => gridKey(view, event) });
  page.which = el("h3", { class: "which" });
  page.query = el("select", { class: "query", onchange: () => choose(view, { row: Number(page.query.value) }) });
  page.key = el("select", { class: "key", onchange: () => choose(view, { column: Number(page.key.value) }) });
  page.ranking = el("table", { class: "ranking" });
  page.more = el("button", { class: "more", onclick: () => ((view.memory.all = !view.memory.all), drawAll(view)) });
  page.bars = el("p", { class: "muted small" });
  page.chip = el("span", { class: "chip big", "aria-hidden": "true" });
  page.title = el("h2");
  page.legend = el("div", { class: "legend" });
  page.download = el("details", { class: "download" });
  page.finding = el("p", { class: "finding", "aria-live": "polite" });
  page.rank = el("p", { class: "muted small rank" });
  page.tap = el("p", { class: "small tap" });
  page.corner = el("div", { class: "corner" });
  page.top = el("canvas", { class: "top", "aria-hidden": "true" });
  page.left = el("canvas", { class: "left", "aria-hidden": "true" });
  page.body = el("canvas", { "aria-hidden": "true" });
  page.over = el("canvas", { class: "over", tabindex: "0", role: "application" });
  page.barsName = el("div", { class: "bars-name" });
  page.barsCanvas = el("canvas", { class: "bars", "aria-hidden": "true" });
  page.map = el(
    "div",
    { class: "map" },
    page.corner,
    page.top,
    page.left,
    el("div", { class: "cells" }, page.body, page.over),
    page.barsName,
    page.barsCanvas,
  );
  page.scroll = el("div", { class: "scroll" }, page.map);
  page.tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  page.who = el("div", { class: "who" });
  page.from = el("p", { class: "muted small from" });
  page.spoken = el("div", { class: "visually-hidden", "aria-live": "polite" });
  page.overview = el(
    "div",
    { class: "overview" },
    el("section", {}, page.count, page.hint, page.grid),
    el("section", { class: "panel" }, page.which, page.ranking, page.more, page.bars),
  );
  page.large = el(
    "section",
    { class: "large" },
    el("div", { class: "head-line" }, page.chip, page.title, page.legend, page.download),
    page.finding,
    page.rank,
    page.tap,
    page.scroll,
    page.tip,
    page.who,
    page.from,
    page.spoken,
  );
  page.layout = el("div", { class: "heads" }, page.overview, page.large);
  view.root.append(page.layout);
  listenToMap(view, page);
  document.addEventListener("pointerdown", function close(event) {
    if (!page.download.isConnected) document.removeEventListener("pointerdown", close);
    else if (!event.composedPath().includes(page.download)) page.download.open = false;
  });
  return page;
}

// ---- drawing everything

function drawAll(view) {
  const { memory, data } = view;
  const { page } = memory;
  memory.scale = typeSize() / 18 || 1;
  const width = view.root.clientWidth;
  const form = width < 640 * Math.sqrt(memory.scale) ? "phone" : width < 1080 ? "stacked" : "wide";
  page.layout.dataset.form = form;
  memory.form = form;
  memory.font = getComputedStyle(view.root).fontFamily;
  drawGrid(view);
  drawLarge(view);
  drawSearch(view);
  page.from.replaceChildren(
    `${data.texts.from}: “${data.text}” ${data.target && `→ “${data.target}” `}· ${data.texts[data.part]} · ${data.texts[data.model]} · `,
    fillText(data.texts.head, { layer: memory.chosen.layer + 1, head: memory.chosen.head + 1 }),
  );
  view.root.dataset.drawn = `${memory.chosen.layer + 1}-${memory.chosen.head + 1}`;
  view.root.dataset.numbers = sameCell(memory.chosen, sentPlace(data)) ? "exact" : "waiting";
  performance.mark("attnviz-heads-drawn", { detail: view.root.dataset.drawn });
}

function fillText(template, values) {
  return fill(template, values).join("");
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function chipStyle(theme, head) {
  const colour = theme.heads[head % theme.heads.length];
  return `background:${colour};color:${textOn(colour)}`;
}

// ---- the squares of all heads

function drawGrid(view) {
  const { memory, data, theme } = view;
  const { page, chosen, form } = memory;
  const { layers, heads, rows, columns } = sizes(data);
  setText(page.count, fillText(data.texts.count, { heads: layers * heads }));
  setText(page.hint, theme.dark ? data.texts.brighter : data.texts.darker);
  page.grid.setAttribute("aria-label", data.texts.heads);
  if (memory.gridSize !== `${layers}x${heads}`) {
    memory.gridSize = `${layers}x${heads}`;
    memory.buttons = [];
    page.grid.style.setProperty("--heads", heads);
    const chips = Array.from({ length: heads }, (_, head) =>
      el("span", { class: "column-chip", "aria-hidden": "true" }, el("span", { class: "chip" }, String(head + 1))),
    );
    const lines = Array.from({ length: layers }, (_, layer) => [
      el("span", { class: "row-name", "aria-hidden": "true" }),
      ...Array.from({ length: heads }, (_, head) => {
        const canvas = el("canvas", { "aria-hidden": "true" });
        const button = el("button", { class: "square", onclick: () => choose(view, { layer, head }) }, canvas);
        memory.buttons.push({ button, canvas, layer, head });
        return button;
      }),
    ]);
    page.grid.replaceChildren(el("span"), ...chips, ...lines.flat());
  }
  page.grid.querySelectorAll(".chip").forEach((chip, head) => (chip.style.cssText = chipStyle(theme, head)));
  page.grid.querySelectorAll(".row-name").forEach((name, layer) => {
    setText(name, form === "phone" ? String(layer + 1) : fillText(data.texts.layer, { layer: layer + 1 }));
  });
  const longer = Math.max(rows, columns);
  const room = Math.min((page.grid.clientWidth - (form === "phone" ? 20 : 68 * memory.scale)) / heads - 7, 64 * memory.scale);
  const ratio = window.devicePixelRatio || 1;
  const whole = Math.floor((room * ratio) / longer) / ratio;
  const cell = whole * longer >= 0.82 * room ? whole : room / longer; // whole pixels per weight where they fill the square
  const stamp = [theme.dark, data.perHead, data.transposed, cell, window.devicePixelRatio].join();
  const redraw = memory.thumbs !== data || memory.thumbStamp !== stamp;
  for (const { button, canvas, layer, head } of memory.buttons) {
    const isChosen = sameHead(chosen, { layer, head });
    button.setAttribute("aria-pressed", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
    if (!redraw) continue;
    button.setAttribute("aria-label", fillText(data.texts.head, { layer: layer + 1, head: head + 1 }));
    drawSquare(view, canvas, { layer, head }, cell);
  }
  memory.thumbs = data;
  memory.thumbStamp = stamp;
}

function drawSquare(view, canvas, place, cell) {
  const { data, theme } = view;
  const { rows, columns } = sizes(data);
  const { bytes } = picture(data, place);
  const down = data.transposed ? columns : rows;
  const across = data.transposed ? rows : columns;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(across * cell * ratio));
  const height = Math.max(1, Math.round(down * cell * ratio));
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${width / ratio}px`;
  canvas.style.height = `${height / ratio}px`;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const share = 255 / data.levels;
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.floor((y * down) / height), Math.max(Math.ceil(((y + 1) * down) / height), 1)];
    for (let x = 0; x < width; x++) {
      const [start, end] = [Math.floor((x * across) / width), Math.max(Math.ceil(((x + 1) * across) / width), 1)];
      let most = 0; // more weights than pixels: the largest shows, so that no strong link is lost
      const last = down > height ? bottom : top + 1;
      const lastAcross = across > width ? end : start + 1;
      for (let i = top; i < last; i++) {
        for (let j = start; j < lastAcross; j++) {
          const value = data.transposed ? bytes[j * columns + i] : bytes[i * columns + j];
          if (value > most) most = value;
        }
      }
      image.data.set([...theme.weightRamp[Math.round(most * share)], 255], (y * width + x) * 4);
    }
  }
  context.putImageData(image, 0, 0);
}

function gridKey(view, event) {
  const { layers, heads } = sizes(view.data);
  const { layer, head } = view.memory.chosen;
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  let next;
  if (event.key in steps) next = { layer: layer + steps[event.key][0], head: head + steps[event.key][1] };
  else if (event.key === "Home") next = { layer, head: 0 };
  else if (event.key === "End") next = { layer, head: heads - 1 };
  else return;
  event.preventDefault();
  if (next.layer < 0 || next.head < 0 || next.layer >= layers || next.head >= heads) return;
  choose(view, next, 200);
  view.memory.buttons.find((square) => sameHead(square, next)).button.focus();
}

// ---- which head makes this link

function drawSearch(view) {
  const { memory, data, theme } = view;
  const { page, chosen } = memory;
  const { texts } = data;
  if (memory.options !== data) {
    memory.options = data;
    setOptions(page.query, data.rows);
    setOptions(page.key, data.columns);
    page.query.setAttribute("aria-label", texts.query);
    page.key.setAttribute("aria-label", texts.key);
    if (memory.which !== texts.which) page.which.replaceChildren(...fill(texts.which, { query: page.query, key: page.key }));
    memory.which = texts.which;
  }
  page.query.value = String(chosen.row);
  page.key.value = String(chosen.column);
  const links = ranking(view);
  const shown = memory.all ? links : links.slice(0, 7);
  const header = [
    ["rank", ""],
    ["", texts.col_head],
    ["bar", texts.col_bar],
    ["number", texts.col_trained],
    ["number control", texts.col_untrained],
  ];
  const own = data.model === "untrained";
  if (own) header.pop();
  header[3][1] = own ? texts.col_untrained : texts.col_trained;
  const rows = shown.map((link, index) => {
    const label = el("span", {}, ...fill(texts.layer, { layer: String(link.layer + 1) }));
    const button = el(
      "button",
      { class: "plain", onclick: (event) => (event.stopPropagation(), choose(view, { layer: link.layer, head: link.head })) },
      el("span", { class: "chip", style: chipStyle(theme, link.head) }, String(link.head + 1)),
      label,
    );
    button.setAttribute("aria-label", fillText(texts.head, { layer: link.layer + 1, head: link.head + 1 }));
    const bar = el(
      "span",
      { class: "track" },
      el("span", { class: "fill", style: `width:${100 * link.weight}%;background:${theme.heads[link.head % 8]}` }),
      link.untrained === null || own ? null : el("span", { class: "mark", style: `left:${100 * link.untrained}%` }),
    );
    const row = el(
      "tr",
      { class: sameHead(link, chosen) ? "on" : "", onclick: () => choose(view, { layer: link.layer, head: link.head }) },
      el("td", { class: "rank muted" }, String(index + 1)),
      el("th", { scope: "row" }, button),
      el("td", { class: "bar" }, bar),
      el("td", { class: "number" }, el("strong", {}, link.exact ? number(link.weight) : "…")),
    );
    if (!own) row.append(el("td", { class: "number control muted" }, link.untrained === null ? "…" : number(link.untrained)));
    return row;
  });
  const focused = view.root.getRootNode().activeElement;
  const at = page.ranking.contains(focused) ? [...page.ranking.querySelectorAll("button")].indexOf(focused) : -1;
  page.ranking.replaceChildren(
    el("thead", {}, el("tr", {}, header.map(([name, text]) =>
      name === "rank" ? el("td") : el("th", { scope: "col", class: name }, name === "bar" ? el("span", { class: "visually-hidden" }, text) : text)))),
    el("tbody", {}, rows),
  );
  if (at >= 0) page.ranking.querySelectorAll("button")[at]?.focus();
  page.more.hidden = links.length <= 7;
  setText(page.more, memory.all ? texts.few : fillText(texts.all, { n: links.length }));
  setText(page.bars, own ? texts.bars_untrained : texts.bars);
}

// All heads by the weight of the chosen pair: Python's numbers, or the picture's order until they are here.
function ranking(view) {
  const { data, memory } = view;
  const { row, column } = memory.chosen;
  const sent = sentPlace(data);
  if (row === sent.row && column === sent.column) {
    const { trained, untrained } = data.arrays;
    return data.order.map(([layer, head], i) => ({ layer, head, weight: trained.data[i], untrained: untrained.data[i], exact: true }));
  }
  const { layers, heads, columns } = sizes(data);
  const links = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const { bytes, limit } = picture(data, { layer, head });
      links.push({ layer, head, weight: (bytes[row * columns + column] / data.levels) * limit, untrained: null, exact: false });
    }
  }
  return links.sort((a, b) => b.weight - a.weight);
}

function setOptions(select, words) {
  const seen = new Map();
  for (const word of words) seen.set(word, (seen.get(word) || 0) + 1);
  select.replaceChildren(
    ...words.map((word, index) => el("option", { value: String(index) }, seen.get(word) > 1 ? `${word} · ${index + 1}` : word)),
  );
}

// ---- the chosen head, large

function drawLarge(view) {
  const { memory, data, theme } = view;
  const { page, chosen, form } = memory;
  const { texts } = data;
  page.chip.textContent = String(chosen.head + 1);
  page.chip.style.cssText = chipStyle(theme, chosen.head);
  setText(page.title, fillText(texts.head, { layer: chosen.layer + 1, head: chosen.head + 1 }));
  drawLegend(view);
  drawDownloads(view);
  drawFinding(view);
  page.tap.hidden = form !== "phone";
  setText(page.tap, texts.tap);
  page.over.setAttribute("aria-label", `${page.title.textContent}. ${texts.map}`);
  measureMap(view);
  drawCells(view);
  drawMarks(view);
  reveal(view, chosen);
}

// Scrolls a long sentence's picture, and only it, to where the cell is.
function reveal(view, { row, column }) {
  const { page, size } = view.memory;
  const [i, j] = view.data.transposed ? [column, row] : [row, column];
  const box = page.scroll;
  const header = page.top.offsetHeight;
  const [x, y] = [j * size.cell, i * size.cell];
  const [width, height] = [box.clientWidth - size.gutter, box.clientHeight - header - size.bars];
  if (x < box.scrollLeft || x + size.cell > box.scrollLeft + width) box.scrollLeft = x - width / 2;
  if (y < box.scrollTop || y + size.cell > box.scrollTop + height) box.scrollTop = y - height / 2;
}

function drawLegend(view) {
  const { page } = view.memory;
  const limit = scaleLimit(view);
  page.legend.replaceChildren(
    el("span", {}, "0"),
    el("span", { class: "ramp", style: `background:linear-gradient(90deg,${view.theme.weights.join(",")})` }),
    el("span", {}, limit === 1 ? "1" : number(limit)),
  );
}

function drawFinding(view) {
  const { memory, data } = view;
  const { page, chosen } = memory;
  const { texts, standing } = data;
  const query = el("span", { class: "query" }, data.rows[chosen.row]);
  const key = el("span", { class: "key" }, data.columns[chosen.column]);
  const weight = weightOf(view, chosen.row, chosen.column);
  const masked = isMasked(data, chosen.row, chosen.column);
  const template = masked ? texts.finding_masked : data.part === "cross" ? texts.finding_cross : texts.finding;
  page.finding.replaceChildren(...fill(template, { query, key, weight: el("strong", {}, weight === null ? "…" : number(weight)) }));
  const known = sameCell(chosen, sentPlace(data)) && !masked;
  const ranks = { row: standing.rank_in_row, cells: standing.n_in_row, among: standing.rank_among_heads, heads: standing.n_heads };
  const control = { same: number(standing.untrained), best: number(standing.untrained_best) };
  const line = known
    ? fillText(texts.rank, ranks) + (data.model === "untrained" ? "" : ` ${fillText(texts.control, control)}`)
    : "\u00a0";
  setText(page.rank, line);
}

// What lies along the two sides of the picture, swapped or not.
function sides(view) {
  const { data, memory } = view;
  const query = { names: data.rows, role: "query", word: data.part === "cross" ? data.texts.writes : data.texts.asks, kind: data.texts.query_role };
  const key = { names: data.columns, role: "key", word: data.texts.answers, kind: data.texts.key_role };
  const at = { query: memory.chosen.row, key: memory.chosen.column };
  const lit = memory.hover ? { query: memory.hover.row, key: memory.hover.column } : at;
  return { down: data.transposed ? key : query, across: data.transposed ? query : key, at, lit };
}

function cellAt(view, i, j) {
  return view.data.transposed ? { row: j, column: i } : { row: i, column: j };
}

function measureMap(view) {
  const { memory, data } = view;
  const { page, scale, form } = memory;
  const { down, across } = sides(view);
  const context = page.body.getContext("2d");
  context.font = font(view, 15 * scale);
  const longest = (names) => Math.max(0, ...names.map((name) => context.measureText(name).width));
  const room = page.scroll.clientWidth || page.large.clientWidth;
  const cap = (form === "phone" ? 84 : 130) * scale;
  const gutter = Math.max(Math.min(longest(down.names), cap) + 10, 84 * scale);
  const readable = 18 * scale;
  const most = 46 * scale;
  const size = {};
  size.cell = Math.floor((room - gutter - 3) / across.names.length);
  size.map = form === "phone" && size.cell < readable;
  if (size.map) {
    size.gutter = 26 * scale;
    size.cell = Math.max(5, Math.min(Math.floor((room - size.gutter - 3) / across.names.length), 20 * scale));
    size.header = 6;
  } else {
    size.gutter = gutter;
    size.cell = Math.round(Math.max(readable, Math.min(size.cell, most)));
    size.header = Math.min(longest(across.names), 130 * scale) + 12;
  }
  size.width = size.cell * across.names.length;
  size.height = size.cell * down.names.length;
  size.bars = !size.map && !data.transposed ? 112 * scale : 0;
  size.edge = 3; // room for the frames around the outer cells
  memory.size = size;
  page.scroll.classList.toggle("tall", !size.map && size.height > 1000 * scale);
  page.map.style.gridTemplateColumns = `${size.gutter}px ${size.width + size.edge}px`;
}

function font(view, size, weight = 400) {
  return `${weight} ${size}px ${view.memory.font}`;
}

function shorten(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  while (letters.length && context.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}

function drawCells(view) {
  const { memory, data, theme } = view;
  const { page, size } = memory;
  const { down, across } = sides(view);
  const context = sharpContext(page.body, size.width + size.edge, size.height + size.edge);
  const { bytes } = picture(data, memory.chosen);
  const share = 255 / data.levels;
  const gap = size.cell >= 9 ? 1 : 0;
  const colourAt = (row, column) => theme.weightRamp[Math.round(bytes[row * data.columns.length + column] * share)];
  const tile = el("canvas", { width: across.names.length, height: down.names.length }); // one pixel per weight, then enlarged
  const pixels = tile.getContext("2d").createImageData(tile.width, tile.height);
  for (let i = 0, at = 0; i < tile.height; i++) {
    for (let j = 0; j < tile.width; j++, at += 4) {
      const colour = data.transposed ? colourAt(j, i) : colourAt(i, j);
      for (let channel = 0; channel < 3; channel++) pixels.data[at + channel] = colour[channel];
      pixels.data[at + 3] = 255;
    }
  }
  tile.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(tile, 0, 0, size.width, size.height);
  if (data.arrays.mask) drawMask(view, context);
  if (gap) {
    for (let j = 1; j <= tile.width; j++) context.clearRect(j * size.cell - gap, 0, gap, size.height);
    for (let i = 1; i <= tile.height; i++) context.clearRect(0, i * size.cell - gap, size.width, gap);
  }
  if (size.cell >= 34 && weightOf(view, 0, 0) !== null) drawNumbers(view, context, colourAt);
}

function drawMask(view, context) {
  const { data, memory, theme } = view;
  const { cell } = memory.size;
  context.fillStyle = hatching(context, theme);
  data.arrays.mask.data.forEach((allowed, at) => {
    const [row, column] = [Math.floor(at / data.columns.length), at % data.columns.length];
    const [i, j] = data.transposed ? [column, row] : [row, column];
    if (!allowed) context.fillRect(j * cell, i * cell, cell, cell);
  });
}

function drawNumbers(view, context, colourAt) {
  const { data, memory, theme } = view;
  const { size, scale } = memory;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < data.rows.length; row++) {
    for (let column = 0; column < data.columns.length; column++) {
      const weight = weightOf(view, row, column);
      const text = isMasked(data, row, column) ? "" : weightText(weight);
      if (!text) continue;
      const [i, j] = data.transposed ? [column, row] : [row, column];
      const colour = colourAt(row, column);
      const quiet = weight < 0.05 && contrast(colour, theme.muted) >= 4.5;
      context.font = font(view, Math.min(15 * scale, size.cell * 0.42), weight >= 0.1 ? 700 : 400);
      context.fillStyle = quiet ? theme.muted : textOn(colour);
      context.fillText(text, (j + 0.5) * size.cell - 0.5, (i + 0.5) * size.cell + 0.5);
    }
  }
}

function contrast(colour, hex) {
  const [a, b] = [luminance(colour), luminance(rgb(hex))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function hatching(context, theme) {
  const tile = el("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = theme.mask;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = theme.hatch;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// All that follows the pointer: words, frames, bars, the phone's list.
function drawMarks(view) {
  drawNames(view);
  drawFrames(view);
  drawBars(view);
  drawWho(view);
}

function drawNames(view) {
  const { memory, theme } = view;
  const { page, size, scale } = memory;
  const { down, across, at, lit } = sides(view);
  const head = (side) => el("span", { class: side.role }, `${side.word} ${side === down ? "↓" : "→"}`);
  const kind = (side) => el("span", { class: `kind ${side.role}` }, side.kind);
  page.corner.replaceChildren(
    ...(size.map ? [] : [el("div", { class: "above" }, head(across), kind(across)), el("div", { class: "beside" }, kind(down), head(down))]),
  );
  page.corner.style.setProperty("--gutter", `${size.gutter}px`);
  const top = sharpContext(page.top, size.width + size.edge, size.map ? 28 * scale : size.header + 22 * scale);
  const left = sharpContext(page.left, size.gutter, size.height + size.edge);
  if (size.map) {
    drawMapNames(view, top, left);
    return;
  }
  const style = (side, index) => {
    const chosen = index === lit[side.role] || index === at[side.role];
    return [font(view, 15 * scale, chosen ? 700 : 400), chosen ? theme[side.role] : theme.ink];
  };
  top.textBaseline = "middle";
  across.names.forEach((name, j) => {
    [top.font, top.fillStyle] = style(across, j);
    top.save();
    top.translate(j * size.cell + size.cell / 2, size.header + 22 * scale - 7);
    top.rotate(-Math.PI / 2);
    top.fillText(shorten(top, name, size.header - 8), 0, 0);
    top.restore();
  });
  left.textBaseline = "middle";
  left.textAlign = "right";
  down.names.forEach((name, i) => {
    [left.font, left.fillStyle] = style(down, i);
    left.fillText(shorten(left, name, size.gutter - 9), size.gutter - 8, i * size.cell + size.cell / 2);
  });
}

// The phone's map names the chosen row and column only.
function drawMapNames(view, top, left) {
  const { memory, theme } = view;
  const { size, scale } = memory;
  const { down, across, lit } = sides(view);
  const [i, j] = [lit[down.role], lit[across.role]];
  top.font = left.font = font(view, 15 * scale, 700);
  top.fillStyle = theme[across.role];
  const text = shorten(top, `${across.word}: ${across.names[j]}`, size.width - 20);
  const width = top.measureText(`${text} ↓`).width;
  const middle = j * size.cell + size.cell / 2;
  const flip = middle < size.width / 2;
  top.textAlign = flip ? "left" : "right";
  top.fillText(flip ? `↓ ${text}` : `${text} ↓`, Math.max(flip ? 0 : width, middle + (flip ? -5 : 5)), 18 * scale);
  left.fillStyle = theme[down.role];
  const name = shorten(left, `${down.word}: ${down.names[i]}`, size.height - 4);
  const half = left.measureText(name).width / 2;
  const y = Math.max(half, Math.min(size.height - half, (i + 0.5) * size.cell));
  left.save();
  left.translate(14 * scale, y);
  left.rotate(-Math.PI / 2);
  left.textAlign = "center";
  left.fillText(name, 0, 0);
  left.restore();
}

function drawFrames(view) {
  const { memory, theme } = view;
  const { page, size } = memory;
  const { down, across, at } = sides(view);
  const context = sharpContext(page.over, size.width + size.edge, size.height + size.edge);
  const frame = (side, index, width) => {
    const along = side === down;
    context.strokeStyle = theme[side.role];
    context.lineWidth = width;
    if (along) context.strokeRect(1, index * size.cell + 0.5, size.width - 1, size.cell);
    else context.strokeRect(index * size.cell + 0.5, 1, size.cell, size.height - 1);
  };
  frame(down, at[down.role], 2);
  frame(across, at[across.role], 2);
  if (memory.hover) {
    const { row, column } = memory.hover;
    const [i, j] = view.data.transposed ? [column, row] : [row, column];
    frame(down, i, 1);
    frame(across, j, 1);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.strokeRect(j * size.cell + 0.5, i * size.cell + 0.5, size.cell - 1, size.cell - 1);
  }
}

function drawBars(view) {
  const { memory, data, theme } = view;
  const { page, size, scale } = memory;
  page.barsName.hidden = page.barsCanvas.hidden = !size.bars;
  if (!size.bars) return;
  const row = memory.hover ? memory.hover.row : memory.chosen.row;
  page.barsName.replaceChildren(
    el("span", { class: "query" }, data.rows[row]),
    el("span", { class: "muted" }, data.texts.its_row),
  );
  const context = sharpContext(page.barsCanvas, size.width + size.edge, size.bars);
  const [base, full] = [size.bars - 3, size.bars - 24 * scale];
  const taken = [];
  const order = data.columns.map((_, column) => column).sort((a, b) => weightOrPicture(view, row, b) - weightOrPicture(view, row, a));
  context.textAlign = "center";
  context.fillStyle = theme.lineStrong;
  context.fillRect(0, base, size.width, 1);
  for (const column of order) {
    if (isMasked(data, row, column)) continue;
    const weight = weightOrPicture(view, row, column);
    const height = Math.max(1, weight * full);
    context.fillStyle = theme.dark ? theme.weights[weight >= 0.3 ? 4 : 3] : theme.weights[weight >= 0.3 ? 5 : 3];
    context.fillRect(column * size.cell + 1, base - height, size.cell - 3, height);
    if (weight < 0.035 || weightOf(view, row, column) === null) continue;
    const text = weightText(weight);
    context.font = font(view, 14 * scale, weight >= 0.3 ? 700 : 400);
    const [middle, half] = [(column + 0.5) * size.cell, context.measureText(text).width / 2 + 1];
    const box = [middle - half, middle + half, base - height - 20 * scale, base - height];
    if (taken.some((other) => box[0] < other[1] && other[0] < box[1] && box[2] < other[3] && other[2] < box[3])) continue;
    taken.push(box);
    context.fillStyle = theme.ink;
    context.fillText(text, Math.min(Math.max(middle, half), size.width - half), base - height - 5);
  }
}

// The row as sorted bars: what a phone can read, and what a swapped picture has no room for.
function drawWho(view) {
  const { memory, data, theme } = view;
  const { page, size } = memory;
  page.who.hidden = size.bars > 0;
  if (size.bars) return;
  const row = memory.hover ? memory.hover.row : memory.chosen.row;
  const order = data.columns.map((_, column) => column).filter((column) => !isMasked(data, row, column));
  order.sort((a, b) => weightOrPicture(view, row, b) - weightOrPicture(view, row, a));
  const shown = memory.allWords ? order : order.slice(0, 8);
  const lines = shown.map((column) => {
    const weight = weightOf(view, row, column);
    const part = weightOrPicture(view, row, column);
    return el(
      "li",
      {},
      el("span", { class: column === memory.chosen.column ? "word key" : "word" }, data.columns[column]),
      el("span", { class: "track" }, el("span", { class: "fill", style: `width:${100 * part}%;background:${theme.weights[theme.dark ? 4 : 5]}` })),
      el("strong", {}, weight === null ? "…" : number(weight)),
    );
  });
  const more = el("button", { onclick: () => ((memory.allWords = !memory.allWords), drawWho(view)) });
  setText(more, memory.allWords ? data.texts.few : fillText(data.texts.all, { n: order.length }));
  page.who.replaceChildren(
    el("h3", {}, ...fill(data.texts.who, { query: el("span", { class: "query" }, data.rows[row]) })),
    el("ul", {}, lines),
    ...(order.length > 8 ? [el("p", { class: "muted small" }, `${fillText(data.texts.shown, { n: shown.length, all: order.length })} `, more)] : []),
  );
}

// ---- pointer and keys on the large picture

function listenToMap(view, page) {
  const { memory } = view;
  const placeOf = (event) => {
    const box = page.over.getBoundingClientRect();
    const { down, across } = sides(view);
    const i = Math.floor((event.clientY - box.top) / memory.size.cell);
    const j = Math.floor((event.clientX - box.left) / memory.size.cell);
    return i < 0 || j < 0 || i >= down.names.length || j >= across.names.length ? null : cellAt(view, i, j);
  };
  page.over.addEventListener("pointermove", (event) => hover(view, placeOf(event)));
  page.over.addEventListener("pointerleave", () => hover(view, null));
  page.over.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place) choose(view, place);
  });
  page.over.addEventListener("blur", () => hover(view, null));
  page.over.addEventListener("keydown", (event) => mapKey(view, event));
}

function mapKey(view, event) {
  const { memory, data } = view;
  const { down, across } = sides(view);
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const now = memory.hover || memory.chosen;
  if (event.key in steps || event.key === "Home" || event.key === "End") {
    let [i, j] = data.transposed ? [now.column, now.row] : [now.row, now.column];
    if (event.key === "Home") j = 0;
    else if (event.key === "End") j = across.names.length - 1;
    else [i, j] = [i + steps[event.key][0], j + steps[event.key][1]];
    event.preventDefault();
    i = Math.max(0, Math.min(down.names.length - 1, i));
    j = Math.max(0, Math.min(across.names.length - 1, j));
    hover(view, cellAt(view, i, j));
    reveal(view, memory.hover);
    memory.page.spoken.textContent = spoken(view);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    choose(view, { row: now.row, column: now.column });
  } else if (event.key === "Escape") hover(view, null);
}

function spoken(view) {
  const { row, column } = view.memory.hover;
  const weight = weightOf(view, row, column);
  const value = isMasked(view.data, row, column) ? view.data.texts.masked : weight === null ? "…" : number(weight, 3);
  return `${view.data.rows[row]} → ${view.data.columns[column]} ${value}`;
}

function hover(view, place) {
  const { memory, data } = view;
  const before = memory.hover;
  if (before && place ? before.row === place.row && before.column === place.column : before === place) return;
  memory.hover = place;
  const rowChanged = before?.row !== place?.row;
  drawNames(view);
  drawFrames(view);
  if (rowChanged) {
    drawBars(view);
    drawWho(view);
  }
  const { page, size } = memory;
  page.tip.hidden = !place;
  if (!place) return;
  const weight = weightOf(view, place.row, place.column);
  const masked = isMasked(data, place.row, place.column);
  page.tip.replaceChildren(
    el("span", { class: "query" }, data.rows[place.row]),
    " → ",
    el("span", { class: "key" }, data.columns[place.column]),
    " ",
    el("strong", {}, masked ? data.texts.masked : weight === null ? "…" : number(weight, 3)),
  );
  const [i, j] = data.transposed ? [place.column, place.row] : [place.row, place.column];
  const body = page.over.getBoundingClientRect();
  const box = page.large.getBoundingClientRect();
  const middle = body.left - box.left + (j + 0.5) * size.cell;
  const half = page.tip.offsetWidth / 2;
  const above = body.top - box.top + i * size.cell - page.tip.offsetHeight - 8;
  page.tip.style.left = `${Math.max(half, Math.min(box.width - half, middle))}px`;
  page.tip.style.top = `${above}px`;
}

// ---- download of what is seen

function drawDownloads(view) {
  const { memory, data } = view;
  const { page } = memory;
  if (!page.download.firstChild) {
    page.summary = el("summary");
    const kinds = { PNG: savePng, SVG: saveSvg, CSV: saveCsv, JSON: saveJson, HTML: saveHtml };
    const buttons = Object.entries(kinds).map(([name, save]) =>
      el("button", { onclick: () => ((page.download.open = false), save(view)) }, name),
    );
    page.download.append(page.summary, el("div", { class: "kinds" }, buttons));
  }
  setText(page.summary, data.texts.download);
  // numbers only when they are this head's own
  const exact = sameHead(memory.chosen, sentPlace(data));
  for (const button of page.download.querySelectorAll("button")) button.disabled = !exact;
}

function fileName(view, ending) {
  const { layer, head } = view.memory.chosen;
  return `attnviz-${view.data.part.replace("_", "-")}-layer${layer + 1}-head${head + 1}.${ending}`;
}

// The numbers in the picture's own orientation.
function shownMatrix(view) {
  const { down, across } = sides(view);
  return down.names.map((_, i) =>
    across.names.map((_, j) => {
      const { row, column } = cellAt(view, i, j);
      return weightOf(view, row, column);
    }),
  );
}

function about(view) {
  const { data, memory } = view;
  const { layer, head, row, column } = memory.chosen;
  return { text: data.text, target: data.target, model: data.model, part: data.part, layer: layer + 1, head: head + 1, row, column };
}

function saveCsv(view) {
  const { down, across } = sides(view);
  const quote = (text) => `"${(/^[=+\-@\t\r].+/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; // no formula for a spreadsheet
  const lines = shownMatrix(view).map((line, i) => [quote(down.names[i]), ...line.map(String)].join(","));
  const header = [quote(`${down.kind} \\ ${across.kind}`), ...across.names.map(quote)].join(",");
  download(fileName(view, "csv"), new Blob([`\ufeff${[header, ...lines].join("\r\n")}\r\n`], { type: "text/csv" }));
}

function saveJson(view) {
  const { down, across } = sides(view);
  const content = {
    ...about(view),
    rows: { role: down.role, words: down.names },
    columns: { role: across.role, words: across.names },
    weights: shownMatrix(view),
  };
  download(fileName(view, "json"), new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
}

function saveSvg(view) {
  download(fileName(view, "svg"), new Blob([svgText(view)], { type: "image/svg+xml" }));
}

function savePng(view) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svgText(view)], { type: "image/svg+xml" }));
  image.onload = () => {
    const canvas = el("canvas");
    canvas.width = image.width * 2;
    canvas.height = image.height * 2;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    canvas.toBlob((blob) => download(fileName(view, "png"), blob));
  };
  image.src = address;
}

function saveHtml(view) {
  const { down, across } = sides(view);
  const page = document.implementation.createHTMLDocument(view.memory.page.title.textContent);
  page.documentElement.lang = document.documentElement.lang || "en";
  page.head.prepend(el("meta", { charset: "utf-8" }));
  page.head.append(
    el("meta", { name: "viewport", content: "width=device-width" }),
    el("style", {}, "body{font:16px sans-serif;margin:24px}table{border-collapse:collapse}th,td{padding:2px 6px;text-align:right;border:1px solid #ccc}svg{max-width:100%;height:auto}"),
  );
  const lines = shownMatrix(view).map((line, i) =>
    el("tr", {}, el("th", { scope: "row" }, down.names[i]), line.map((weight) => el("td", {}, number(weight, 4)))),
  );
  page.body.append(
    svgOf(view),
    el(
      "table",
      {},
      el("caption", {}, `${down.kind} ↓ ${across.kind} →`),
      el("thead", {}, el("tr", {}, el("td"), across.names.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, lines),
    ),
  );
  download(fileName(view, "html"), new Blob([`<!doctype html>\n${page.documentElement.outerHTML}`], { type: "text/html" }));
}

function svgText(view) {
  return new XMLSerializer().serializeToString(svgOf(view));
}

// The large picture with its title, sentence and row of bars, as one drawing.
function svgOf(view) {
  const { data, memory, theme } = view;
  const { chosen, page } = memory;
  const { down, across, at } = sides(view);
  const measure = page.body.getContext("2d");
  measure.font = "15px sans-serif";
  const widest = (names) => Math.min(200, Math.max(...names.map((name) => measure.measureText(name).width))) + 14;
  const cell = Math.max(18, Math.min(46, Math.floor(800 / across.names.length)));
  const [left, top] = [Math.max(90, widest(down.names)) + 16, 96 + widest(across.names)];
  const [width, height] = [cell * across.names.length, cell * down.names.length];
  const bars = data.transposed ? 0 : 120;
  const full = { width: Math.max(left + width + 24, 560), height: top + height + bars + 54 };
  const write = (x, y, text, more = {}) => el("svg:text", { x, y, fill: theme.ink, "font-size": 15, ...more }, text);
  const nodes = [el("svg:rect", { ...full, fill: theme.ground })];
  nodes.push(write(16, 34, page.title.textContent, { "font-size": 24, "font-weight": 700 }));
  nodes.push(write(16, 62, page.finding.textContent, { "font-size": 17 }));
  nodes.push(write(left, 86, `${across.word} → ${across.kind}`, { fill: theme[across.role], "font-weight": 700 }));
  nodes.push(write(left - 8, top - 8, `${down.word} ↓`, { fill: theme[down.role], "font-weight": 700, "text-anchor": "end" }));
  const limit = scaleLimit(view);
  down.names.forEach((name, i) => {
    const marked = i === at[down.role];
    nodes.push(write(left - 8, top + (i + 0.5) * cell + 5, shorten(measure, name, 200), { "text-anchor": "end", fill: marked ? theme[down.role] : theme.ink, "font-weight": marked ? 700 : 400 }));
    across.names.forEach((_, j) => {
      const { row, column } = cellAt(view, i, j);
      const weight = weightOf(view, row, column);
      const colour = colourOf(theme.weightRamp, weight, limit);
      const masked = isMasked(data, row, column);
      nodes.push(el("svg:rect", { x: left + j * cell, y: top + i * cell, width: cell - 1, height: cell - 1, fill: masked ? theme.mask : css(colour) }));
      if (masked) nodes.push(el("svg:path", { d: `M${left + j * cell},${top + (i + 1) * cell - 1}l${cell - 1},${1 - cell}`, stroke: theme.hatch }));
      else if (cell >= 34 && weightText(weight))
        nodes.push(write(left + (j + 0.5) * cell, top + (i + 0.5) * cell + 5, weightText(weight), { "text-anchor": "middle", fill: textOn(colour), "font-weight": weight >= 0.1 ? 700 : 400 }));
    });
  });
  across.names.forEach((name, j) => {
    const marked = j === at[across.role];
    const [x, y] = [left + (j + 0.5) * cell + 5, top - 8];
    nodes.push(write(x, y, shorten(measure, name, 200), { transform: `rotate(-90 ${x} ${y})`, fill: marked ? theme[across.role] : theme.ink, "font-weight": marked ? 700 : 400 }));
  });
  nodes.push(el("svg:rect", { x: left, y: top + at[down.role] * cell, width, height: cell, fill: "none", stroke: theme[down.role], "stroke-width": 2 }));
  nodes.push(el("svg:rect", { x: left + at[across.role] * cell, y: top, width: cell, height, fill: "none", stroke: theme[across.role], "stroke-width": 2 }));
  if (bars) {
    const base = top + height + bars - 2;
    nodes.push(write(left - 8, base, shorten(measure, data.rows[chosen.row], 200), { "text-anchor": "end", fill: theme.query, "font-weight": 700 }));
    data.columns.forEach((_, column) => {
      const weight = weightOf(view, chosen.row, column);
      nodes.push(el("svg:rect", { x: left + column * cell + 1, y: base - 90 * weight, width: cell - 3, height: Math.max(1, 90 * weight), fill: theme.weights[theme.dark ? 4 : 5] }));
      if (weight >= 0.095) nodes.push(write(left + (column + 0.5) * cell, base - 90 * weight - 5, weightText(weight), { "text-anchor": "middle", "font-size": 14 }));
    });
  }
  nodes.push(write(16, full.height - 16, shorten(measure, page.from.textContent, full.width - 32), { "font-size": 14, fill: theme.muted }));
  return el("svg:svg", { ...full, viewBox: `0 0 ${full.width} ${full.height}`, "font-family": "'Source Sans 3', 'Noto Sans KR', sans-serif" }, nodes);
}
