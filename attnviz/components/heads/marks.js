// All heads: what follows the pointer on the large picture.

import { el, fill, fillText, setText, sharpContext, shorten } from "../shared/elements.js";
import { number, weightText } from "../shared/numbers.js";
import { font, widthIn } from "./cells.js";
import { isMasked, sides, weightOf, weightOrPicture } from "./state.js";

// All that follows the pointer: words, frames, bars, the phone's list.
export function drawMarks(view) {
  drawNames(view);
  drawFrames(view);
  drawBars(view);
  drawWho(view);
}

export function drawNames(view) {
  const { memory, theme } = view;
  const { page, size, scale } = memory;
  const { down, across, at, lit } = sides(view);
  const head = (side) => el("span", { class: side.role }, `${side.word} ${side === down ? "↓" : "→"}`);
  const kind = (side) => el("span", { class: `kind ${side.role}` }, side.kind);
  page.corner.replaceChildren(
    ...(size.map
      ? []
      : [
          el("div", { class: "above" }, head(across), kind(across)),
          el("div", { class: "beside" }, kind(down), head(down)),
        ]),
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
    top.fillText(shorten(name, size.header - 8, widthIn(top)), 0, 0);
    top.restore();
  });
  left.textBaseline = "middle";
  left.textAlign = "right";
  down.names.forEach((name, i) => {
    [left.font, left.fillStyle] = style(down, i);
    left.fillText(shorten(name, size.gutter - 9, widthIn(left)), size.gutter - 8, i * size.cell + size.cell / 2);
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
  const text = shorten(`${across.word}: ${across.names[j]}`, size.width - 20, widthIn(top));
  const width = top.measureText(`${text} ↓`).width;
  const middle = j * size.cell + size.cell / 2;
  const flip = middle < size.width / 2;
  top.textAlign = flip ? "left" : "right";
  top.fillText(flip ? `↓ ${text}` : `${text} ↓`, Math.max(flip ? 0 : width, middle + (flip ? -5 : 5)), 18 * scale);
  left.fillStyle = theme[down.role];
  const name = shorten(`${down.word}: ${down.names[i]}`, size.height - 4, widthIn(left));
  const half = left.measureText(name).width / 2;
  const y = Math.max(half, Math.min(size.height - half, (i + 0.5) * size.cell));
  left.save();
  left.translate(14 * scale, y);
  left.rotate(-Math.PI / 2);
  left.textAlign = "center";
  left.fillText(name, 0, 0);
  left.restore();
}

export function drawFrames(view) {
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

export function drawBars(view) {
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
  const order = data.columns
    .map((_, column) => column)
    .sort((a, b) => weightOrPicture(view, row, b) - weightOrPicture(view, row, a));
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
    if (taken.some((other) => box[0] < other[1] && other[0] < box[1] && box[2] < other[3] && other[2] < box[3]))
      continue;
    taken.push(box);
    context.fillStyle = theme.ink;
    context.fillText(text, Math.min(Math.max(middle, half), size.width - half), base - height - 5);
  }
}

// The row as sorted bars: what a phone can read, and what a swapped picture has no room for.
export function drawWho(view) {
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
      el(
        "span",
        { class: "track" },
        el("span", { class: "fill", style: `width:${100 * part}%;background:${theme.weights[theme.dark ? 4 : 5]}` }),
      ),
      el("strong", {}, weight === null ? "…" : number(weight)),
    );
  });
  const more = el("button", { onclick: () => ((memory.allWords = !memory.allWords), drawWho(view)) });
  setText(more, memory.allWords ? data.texts.few : fillText(data.texts.all, { n: order.length }));
  page.who.replaceChildren(
    el("h3", {}, ...fill(data.texts.who, { query: el("span", { class: "query" }, data.rows[row]) })),
    el("ul", {}, lines),
    ...(order.length > 8
      ? [
          el(
            "p",
            { class: "muted small" },
            `${fillText(data.texts.shown, { n: shown.length, all: order.length })} `,
            more,
          ),
        ]
      : []),
  );
}
