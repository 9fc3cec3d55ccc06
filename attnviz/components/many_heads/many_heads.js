// Vectors in the heads' pieces. data.lines: lists of items {kind: sign | strip | block | picture, ...}.

import { colourOf, css } from "../shared/colour.js";
import { chip, chipStyle, el, fill, fillText, symbolOf } from "../shared/elements.js";
import { arrow, keepingFocus, within } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { number } from "../shared/numbers.js";
import style from "./many_heads.css" with { type: "css" };

function render(view) {
  const { data, root } = view;
  const readout = el("p", { class: "readout", "aria-live": "polite" }, data.texts.view_hint);
  const hasCells = data.lines.flat().some((item) => item.kind === "strip" || item.kind === "block");
  const keys = hasCells
    ? { tabindex: "0", "data-focus": "box", onkeydown: (event) => onKey(view, event, readout) }
    : {};
  const box = el(
    "div",
    { class: "many-heads", role: "group", "aria-label": data.label, ...keys },
    data.lines.map((line) => drawLine(view, line)),
  );
  const over = (event) => read(view, readout, event.target.closest?.("[data-item]"));
  box.addEventListener("pointerover", over);
  box.addEventListener("click", over);
  keepingFocus(root, () => root.replaceChildren(...(hasCells ? [box, readout] : [box])));
}

// Arrow keys go from cell to cell; up and down to the same place in the next row.
function onKey(view, event, readout) {
  if (event.target !== event.currentTarget) return;
  const rows = [...event.currentTarget.querySelectorAll(".pieces, .block .row:not(.words)")].filter(
    (row) => row.offsetParent,
  );
  const cells = (row) => [...row.querySelectorAll("[data-item]")];
  const step = arrow(event);
  if (!step || !rows.length) return;
  const [down, right] = step;
  event.preventDefault();
  const [row, column] = view.memory.at ?? [0, -right];
  const nextRow = within(row + down, rows.length);
  const line = cells(rows[nextRow]);
  view.memory.at = [nextRow, within(column + right, line.length)];
  for (const cell of event.currentTarget.querySelectorAll(".at")) cell.classList.remove("at");
  line[view.memory.at[1]].classList.add("at");
  read(view, readout, line[view.memory.at[1]]);
}

function drawLine(view, line) {
  const kinds = {
    sign: (item) => el("span", { class: "sign" }, item.text),
    strip: (item) => drawStrip(view, item),
    block: (item) => drawBlock(view, item),
    picture: (item) => drawPicture(view, item),
  };
  const lit = line.some((item) => item.lit);
  const blocks = line.some((item) => item.kind === "block");
  return el(
    "div",
    { class: `line${lit ? " lit" : ""}${blocks ? " blocks" : ""}` },
    line.map((item) => kinds[item.kind](item)),
  );
}

function caption(item, shape) {
  return el(
    "figcaption",
    {},
    item.symbol ? [symbolOf(item.symbol), " "] : null,
    el("span", {}, item.title),
    " ",
    el("span", { class: "shape" }, shape),
  );
}

function cellOf(view, item, head, column, value, weights, masked) {
  const colour = css(colourOf(weights ? view.theme.weightRamp : view.theme.signedRamp, value, item.limit, !weights));
  return el("span", {
    class: `cell${masked ? " masked" : ""}`,
    style: masked ? "" : `background:${colour}`,
    "data-item": item.name,
    "data-head": head,
    "data-column": column,
  });
}

function drawStrip(view, item) {
  const values = view.data.arrays[item.name].data;
  const width = values.length / item.heads;
  const pieces = Array.from({ length: item.heads }, (_, head) => {
    const cells = Array.from({ length: width }, (_, column) =>
      cellOf(view, item, item.heads > 1 ? head : -1, column, values[head * width + column]),
    );
    const cut = item.heads > 1;
    return el(
      "div",
      { class: `piece${cut && head === view.data.head ? " chosen" : ""}` },
      el("div", { class: "cells" }, cells),
      cut ? el("div", { class: "under", style: chipStyle(view.theme, head) }, String(head + 1)) : null,
    );
  });
  return el(
    "figure",
    { class: `strip${item.lit ? " lit" : ""}${item.heads > 1 ? " cut" : ""}` },
    caption(item, `1 × ${values.length}`),
    el("div", { class: "pieces" }, pieces),
  );
}

function drawBlock(view, item) {
  const { data } = view;
  const [heads, columns] = data.arrays[item.name].shape;
  const values = data.arrays[item.name].data;
  const masked = data.arrays[`${item.name}.masked`]?.data;
  const weights = item.words.length > 0;
  const rows = Array.from({ length: heads }, (_, row) => {
    const head = item.first + row;
    const own = values.subarray(row * columns, (row + 1) * columns);
    const best = own.indexOf(Math.max(...own));
    return el(
      "div",
      { class: `row${head === data.head ? " chosen" : ""}` },
      el(
        "button",
        {
          class: "head",
          "aria-pressed": String(head === data.head),
          "aria-label": fillText(data.texts.view_head, { head: String(head + 1) }),
          "data-focus": `${item.name} ${head}`,
          onclick: () => view.send("head", head),
        },
        chip(view.theme, head),
      ),
      el(
        "div",
        { class: "cells" },
        Array.from(own, (value, column) => cellOf(view, item, head, column, value, weights, masked?.[column])),
      ),
      weights ? el("span", { class: "best" }, el("b", {}, number(own[best])), " ", item.words[best]) : null,
    );
  });
  const head = weights
    ? el(
        "div",
        { class: "row words", "aria-hidden": "true" },
        el("span", { class: "head" }),
        el(
          "div",
          { class: "cells" },
          item.words.map((word) => el("span", { class: "cell" }, el("span", {}, word))),
        ),
        el("span", { class: "best key" }, data.texts.view_most),
      )
    : null;
  return el(
    "figure",
    { class: `block${weights ? " weights" : ""}${item.lit ? " lit" : ""}` },
    caption(item, `${heads} × ${columns}`),
    el("div", { class: "scroller", style: `--n:${columns}` }, head, rows),
  );
}

function drawPicture(view, item) {
  const {
    data: values,
    shape: [rows, columns],
  } = view.data.arrays[item.name];
  const canvas = el("canvas", {
    role: "img",
    "aria-label": `${item.symbol} ${item.title} ${rows} × ${columns}`,
    width: columns,
    height: rows,
  });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < values.length; i++) {
    const [r, g, b] = colourOf(view.theme.signedRamp, values[i] - 128, 127, true);
    image.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const scale = 240 / Math.max(192, rows, columns);
  canvas.style.width = `${Math.round(columns * scale)}px`;
  canvas.style.height = `${Math.round(rows * scale)}px`;
  const bands = el(
    "div",
    { class: "bands" },
    item.heads.map((head) => el("span", { style: chipStyle(view.theme, head) }, String(head + 1))),
  );
  return el(
    "figure",
    { class: `picture ${item.side}${item.lit ? " lit" : ""}` },
    caption(item, `${rows} × ${columns}`),
    el("div", { class: "banded" }, item.side ? bands : null, canvas),
  );
}

// Say the number under the pointer.
function read(view, readout, cell) {
  if (!cell) return;
  const { data } = view;
  const item = data.lines.flat().find((other) => other.name === cell.dataset.item);
  const head = Number(cell.dataset.head);
  const column = Number(cell.dataset.column);
  const array = data.arrays[item.name];
  const width = item.kind === "strip" ? array.data.length / item.heads : array.shape[1];
  const row = Math.max(head, 0) - (item.first ?? 0);
  const value = el("b", {}, number(array.data[row * width + column], 3));
  const places = { head: String(head + 1), number: String(column + 1), count: String(width), value, title: item.title };
  if (item.words?.length) {
    const hidden = data.arrays[`${item.name}.masked`]?.data[column];
    const words = {
      query: el("span", { class: "query" }, data.query),
      key: el("span", { class: "key" }, item.words[column]),
    };
    readout.replaceChildren(...fill(hidden ? data.texts.view_masked : data.texts.view_weight, { ...places, ...words }));
  } else readout.replaceChildren(...fill(head < 0 ? data.texts.view_number : data.texts.view_piece, places));
}

export default mount(render, style);
