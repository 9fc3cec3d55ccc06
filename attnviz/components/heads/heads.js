// All heads of one part as small squares, and the chosen one large.
// The picture is drawn from bytes as soon as a head is chosen; numbers appear when Python has
// sent that head's own float32 weights. A cell is (row, column) = (query, key) whatever is swapped.

import { chipStyle, el, fill, fillText, setText, typeSize } from "../shared/elements.js";
import { same } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { number } from "../shared/numbers.js";
import { drawCells, measureMap, reveal } from "./cells.js";
import { adoptCut, buildCut, drawCut } from "./cut.js";
import { drawDownloads } from "./download.js";
import { drawGrid, gridKey } from "./grid.js";
import { drawMarks } from "./marks.js";
import { listenToMap } from "./pointer.js";
import { drawSearch } from "./search.js";
import {
  adopt,
  choose,
  hasLayer,
  hiddenShare,
  isCompared,
  isMasked,
  scaleLimit,
  sentPlace,
  weightOf,
} from "./state.js";
import style from "./heads.css" with { type: "css" };

function render(view) {
  const { memory, data } = view;
  if (!memory.page) memory.page = build(view);
  if (memory.seen !== data) {
    adopt(memory, data);
    adoptCut(memory, data);
    memory.seen = data;
  }
  if (!hasLayer(data, memory.chosen.layer)) return; // the old picture stays until Python has sent the layer
  drawAll(view);
}

function build(view) {
  const page = {};
  page.count = el("h2");
  page.hint = el("p", { class: "muted small" });
  page.grid = el("div", { class: "grid", role: "group", onkeydown: (event) => gridKey(view, event) });
  page.cut = buildCut(view);
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
  page.search = el("section", { class: "panel" }, page.which, page.ranking, page.more, page.bars);
  page.overview = el(
    "div",
    { class: "overview" },
    el("section", {}, el("div", { class: "grid-line" }, page.count, page.cut.mode), page.hint, page.grid),
    page.cut.panel,
    page.search,
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

export function drawAll(view) {
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
  drawCut(view);
  drawSearch(view);
  page.from.replaceChildren(
    `${data.texts.from}: “${data.text}” ${data.target && `→ “${data.target}” `}· ${data.texts[data.part]} · ${data.texts[data.model]} · `,
    fillText(data.texts.head, { layer: memory.chosen.layer + 1, head: memory.chosen.head + 1 }),
  );
  view.root.dataset.drawn = `${memory.chosen.layer + 1}-${memory.chosen.head + 1}`;
  view.root.dataset.numbers = same(memory.chosen, sentPlace(data)) ? "exact" : "waiting";
  performance.mark("attnviz-heads-drawn", { detail: view.root.dataset.drawn });
}

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
  const hidden = chosen.column > chosen.row ? texts.finding_masked : texts.finding_window;
  const template = masked ? hidden : data.part === "cross" ? texts.finding_cross : texts.finding;
  page.finding.replaceChildren(
    ...fill(template, { query, key, weight: el("strong", {}, weight === null ? "…" : number(weight)) }),
  );
  const known = same(chosen, sentPlace(data)) && !masked;
  const ranks = {
    row: standing.rank_in_row,
    cells: standing.n_in_row,
    among: standing.rank_among_heads,
    heads: standing.n_heads,
  };
  const control = () =>
    fillText(texts.control, { same: number(standing.untrained), best: number(standing.untrained_best) });
  const ranked = standing.rank_in_row === null ? texts.no_rank : fillText(texts.rank, ranks);
  const line = known ? ranked + (isCompared(data) ? ` ${control()}` : "") : "\u00a0";
  setText(page.rank, [masked ? "" : mostGoes(view), hiddenShare(view), line].filter(Boolean).join(" "));
}

// What this head does with the word, where that is not the chosen pair.
export function mostGoes(view) {
  const { data, memory } = view;
  const { row, column } = memory.chosen;
  const weights = data.columns.map((_, other) => weightOf(view, row, other));
  if (weights.includes(null)) return "";
  const best = weights.indexOf(Math.max(...weights.filter((_, other) => !isMasked(data, row, other))));
  if (best === column) return "";
  return fillText(data.texts.most_goes, { key: data.columns[best], weight: number(weights[best]) });
}

export default mount(render, style);
