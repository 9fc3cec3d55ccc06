// All heads: the squares.

import { chipStyle, el, fillText, setText } from "../shared/elements.js";
import { keyTo } from "../shared/interaction.js";
import { isCutting, isOut, toggle } from "./cut.js";
import { choose, picture, sameHead, sizes } from "./state.js";

const MANY = 12; // layers: more of them are drawn smaller, so that all can be seen at once

export function drawGrid(view) {
  const { memory, data, theme } = view;
  const { page, chosen, form } = memory;
  const { first, layers, heads, rows, columns } = sizes(data);
  setText(page.count, fillText(data.texts.count, { heads: layers * heads }));
  const read = theme.dark ? data.texts.brighter : data.texts.darker;
  setText(page.hint, isCutting(view) ? data.texts.cut_hint : read);
  page.grid.setAttribute("aria-label", data.texts.heads);
  if (memory.gridSize !== `${first} ${layers}x${heads}`) {
    memory.gridSize = `${first} ${layers}x${heads}`;
    memory.buttons = [];
    page.grid.style.setProperty("--heads", heads);
    const chips = Array.from({ length: heads }, (_, head) =>
      el("span", { class: "column-chip", "aria-hidden": "true" }, el("span", { class: "chip" }, String(head + 1))),
    );
    page.grid.classList.toggle("dense", layers > MANY);
    const shown = Array.from({ length: layers }, (_, index) => first + index);
    const lines = shown.map((layer) => [
      el("button", { class: "row-name", onclick: () => toggle(view, ofLayer(layer, heads)) }),
      ...Array.from({ length: heads }, (_, head) => {
        const canvas = el("canvas", { "aria-hidden": "true" });
        const button = el("button", { class: "square", onclick: () => pressed(view, { layer, head }) }, canvas);
        memory.buttons.push({ button, canvas, layer, head });
        return button;
      }),
    ]);
    page.grid.replaceChildren(el("span"), ...chips, ...lines.flat());
  }
  page.grid.querySelectorAll(".chip").forEach((chip, head) => (chip.style.cssText = chipStyle(theme, head)));
  page.grid.querySelectorAll(".row-name").forEach((name, index) => {
    const layer = first + index + 1;
    setText(name, form === "phone" ? String(layer) : fillText(data.texts.layer, { layer }));
    name.disabled = !isCutting(view); // then it is no button, only the name of a row
    if (name.disabled) name.removeAttribute("aria-label");
    else name.setAttribute("aria-label", fillText(data.texts.cut_layer, { layer }));
  });
  page.grid.classList.toggle("cutting", isCutting(view));
  const longer = Math.max(rows, columns);
  const room = Math.min(
    (page.grid.clientWidth - (form === "phone" ? 20 : 68 * memory.scale)) / heads - 7,
    (layers > MANY ? 24 : 64) * memory.scale,
  );
  const ratio = window.devicePixelRatio || 1;
  const whole = Math.floor((room * ratio) / longer) / ratio;
  const cell = whole * longer >= 0.82 * room ? whole : room / longer; // whole pixels per weight where they fill the square
  const stamp = [theme.dark, data.perHead, data.transposed, cell, window.devicePixelRatio].join();
  const redraw = memory.thumbs !== data || memory.thumbStamp !== stamp;
  for (const { button, canvas, layer, head } of memory.buttons) {
    const isChosen = sameHead(chosen, { layer, head });
    button.setAttribute("aria-pressed", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
    const name = fillText(data.texts.head, { layer: layer + 1, head: head + 1 });
    const out = isOut(view, { layer, head });
    button.classList.toggle("out", out);
    button.setAttribute("aria-label", out ? fillText(data.texts.cut_is_out, { head: name }) : name);
    if (!redraw) continue;
    drawSquare(view, canvas, { layer, head }, cell);
  }
  memory.thumbs = data;
  memory.thumbStamp = stamp;
}

function ofLayer(layer, heads) {
  return Array.from({ length: heads }, (_, head) => ({ layer, head }));
}

function pressed(view, place) {
  if (isCutting(view)) toggle(view, [place]);
  else choose(view, place);
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

export function gridKey(view, event) {
  const { first, layers, heads } = sizes(view.data);
  const { layer, head } = view.memory.chosen;
  const to = keyTo(event, [layer - first, head], [layers, heads]);
  if (!to) return;
  event.preventDefault();
  const next = { layer: first + to[0], head: to[1] };
  if (sameHead(next, view.memory.chosen)) return;
  choose(view, next, 200);
  view.memory.buttons.find((square) => sameHead(square, next)).button.focus();
}
