// All heads: the size, cells and numbers of the large picture.

import { contrast, textOn } from "../shared/colour.js";
import { el, sharpContext } from "../shared/elements.js";
import { hatch } from "../shared/hatch.js";
import { weightText } from "../shared/numbers.js";
import { isMasked, picture, sides, weightOf } from "./state.js";

export function measureMap(view) {
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

export function widthIn(context) {
  return (text) => context.measureText(text).width;
}

export function font(view, size, weight = 400) {
  return `${weight} ${size}px ${view.memory.font}`;
}

export function drawCells(view) {
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
  const boxes = [];
  data.arrays.mask.data.forEach((allowed, at) => {
    const [row, column] = [Math.floor(at / data.columns.length), at % data.columns.length];
    const [i, j] = data.transposed ? [column, row] : [row, column];
    if (!allowed) boxes.push([j * cell, i * cell, cell, cell]);
  });
  hatch(context, theme, boxes, 8);
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

// Scrolls a long sentence's picture, and only it, to where the cell is.
export function reveal(view, { row, column }) {
  const { page, size } = view.memory;
  const [i, j] = view.data.transposed ? [column, row] : [row, column];
  const box = page.scroll;
  const header = page.top.offsetHeight;
  const [x, y] = [j * size.cell, i * size.cell];
  const [width, height] = [box.clientWidth - size.gutter, box.clientHeight - header - size.bars];
  if (x < box.scrollLeft || x + size.cell > box.scrollLeft + width) box.scrollLeft = x - width / 2;
  if (y < box.scrollTop || y + size.cell > box.scrollTop + height) box.scrollTop = y - height / 2;
}
