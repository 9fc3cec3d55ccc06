// All heads: pointer and keys on the large picture.

import { el } from "../shared/elements.js";
import { keyTo, same } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";
import { reveal } from "./cells.js";
import { drawBars, drawFrames, drawNames, drawWho } from "./marks.js";
import { cellAt, choose, isMasked, sides, weightOf } from "./state.js";

export function listenToMap(view, page) {
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
  const now = memory.hover || memory.chosen;
  const from = data.transposed ? [now.column, now.row] : [now.row, now.column];
  const to = keyTo(event, from, [down.names.length, across.names.length]);
  if (to) {
    event.preventDefault();
    hover(view, cellAt(view, ...to));
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
  if (before && place ? same(before, place) : before === place) return;
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
