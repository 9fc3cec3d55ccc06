// Lines: the two columns of words, and how they are walked through.

import { el, shorten, typeSize } from "../shared/elements.js";
import { firstOption, guess, isAsking, isOption } from "./bet.js";
import { follow } from "./follow.js";
import { at, pick, strongest } from "./state.js";

const PITCH = 22.5; // from word to word, in pixels at the normal type size
const LEAST = 13; // below it words can't be told apart: a longer sentence scrolls
const MOST = 48;
const AROUND = 170; // the buttons above the words and the caption below, at the normal type size

// The pitch at which the words fill the window: short sentences spread, long ones fit.
export function pitchFor(count, top, height, scale) {
  if (top > height / 2) return PITCH * scale; // the figure is not what the page opens on
  return Math.max(LEAST, Math.min(MOST * scale, (height - top - AROUND * scale) / count));
}

function sizes(view) {
  const { data, memory } = view;
  const scale = typeSize() / 18;
  const width = Math.max(view.width, 240);
  const phone = width < 560 * scale;
  const context = el("canvas").getContext("2d");
  const count = Math.max(data.rows.length, data.columns.length);
  const from = topOf(view.root);
  const pitch = phone ? 25 * scale : pitchFor(count, from, innerHeight, scale);
  const font = Math.min(pitch * 0.85, Math.max(17 * scale, Math.min(22 * scale, pitch * 0.5)));
  context.font = `600 ${font}px ${getComputedStyle(view.root).fontFamily}`;
  const measure = (text) => context.measureText(text).width;
  const widthOf = (words) =>
    Math.min(Math.max(70 * scale, ...words.map(measure)) + 18 * scale, width * (phone ? 0.34 : 0.24));
  const left = widthOf(data.rows);
  const keys = widthOf(data.columns);
  const numbers = (phone ? 44 : 66) * scale;
  let squares = phone ? 0 : memory.on.size * 17 * scale + 18 * scale;
  if (width - left - keys - numbers - squares < 90 * scale) squares = 0;
  const x0 = left + 4 * scale;
  const x1 = width - numbers - squares - keys - 6 * scale;
  const top = 34 * scale;
  return { font, scale, width, phone, measure, left, keys, numbers, squares, x0, x1, top, from, pitch };
}

// How far an element is from the top of the page, wherever the page is scrolled to.
function topOf(element) {
  const page = document.querySelector('[data-testid="stMain"]');
  return element.getBoundingClientRect().top + (page?.scrollTop ?? 0);
}

// How high the words may be follows from where the figure begins: what stands above it on Start may be drawn later.
export function drawWhereItBegins(view) {
  const above = document.querySelector(".st-key-start_headline");
  if (!above) return;
  const observer = new ResizeObserver(() => {
    if (!view.root.isConnected) observer.disconnect();
    else if (Math.abs(topOf(view.root) - view.memory.size.from) > 1) view.draw();
  });
  observer.observe(above);
}

export function figure(view) {
  const { data, memory } = view;
  const { texts } = data;
  const size = sizes(view);
  const { font, scale, width, left, x0, x1, top, pitch } = size;
  const height = top + Math.max(data.rows.length, data.columns.length) * pitch + 8 * scale;
  const svg = el("svg:svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "group",
    "aria-label": texts.figure,
    "font-size": font,
  });
  const middle = 14 * scale;
  const heading = Math.min(font, 17 * scale);
  const head = (x, anchor, bold, plain, role) =>
    el(
      "svg:text",
      { x, y: middle, "text-anchor": anchor, "dominant-baseline": "central", "font-size": heading, class: role },
      el("svg:tspan", { class: "bold" }, bold),
      el("svg:tspan", {}, ` ${plain}`),
    );
  svg.append(
    head(left - 8 * scale, "end", texts.asks, texts.query, "asks"),
    head(x1 + 12 * scale, "start", texts.answers, texts.key, "answers"),
    el("svg:path", {
      class: "arrow",
      d: `M${x0 + 16 * scale} ${middle}H${x1 - 8 * scale}m${-8 * scale} ${-4 * scale}l${8 * scale} ${4 * scale}l${-8 * scale} ${4 * scale}`,
    }),
  );
  if (!size.phone) {
    svg.append(
      el(
        "svg:text",
        {
          x: width,
          y: middle,
          "text-anchor": "end",
          "dominant-baseline": "central",
          "font-size": heading,
          class: "plain small",
        },
        texts.weight,
      ),
    );
  }
  memory.size = size;
  memory.layers = {
    lines: el("svg:g", { class: "lines", "aria-hidden": "true" }),
    side: el("svg:g", { "aria-hidden": "true" }),
  };
  svg.append(memory.layers.lines, column(view, "row"), column(view, "column"), memory.layers.side);
  svg.addEventListener("pointerleave", () => follow(view, null));
  return svg;
}

// One column of words: a list box in which arrow keys follow and Enter pins.
export function column(view, side) {
  const { data, memory } = view;
  const size = memory.size;
  const { scale, pitch } = size;
  const isRow = side === "row";
  const words = isRow ? data.rows : data.columns;
  const x = isRow ? 0 : size.x1 + 4 * scale;
  const width = isRow ? size.left : size.keys;
  const options = words.map((word, index) => {
    const asking = isAsking(view);
    // no answer before it is asked for
    const chosen = asking && !isRow ? index === firstOption(view) : index === memory[side];
    const y = at(size, index);
    const text = el(
      "svg:text",
      {
        x: isRow ? width - 8 * scale : x + 8 * scale,
        y,
        "text-anchor": isRow ? "end" : "start",
        "dominant-baseline": "central",
      },
      shorten(word, width - 16 * scale, size.measure),
    );
    text.setAttribute("direction", "ltr");
    return el(
      "svg:g",
      {
        class: `word ${side}${asking && !isRow && isOption(view, index) ? " option" : ""}`,
        role: "option",
        "aria-selected": String(chosen && !(asking && !isRow)),
        "aria-label": word,
        tabindex: chosen ? "0" : "-1",
        "data-focus": `${side}${index}`,
        "data-index": index,
        onpointerenter: (event) => {
          // a mouse that still rests on the word that was guessed follows nothing
          if (event.pointerType === "mouse" && !memory.draws) follow(view, { side, index });
        },
        onfocus: () => {
          if (memory.keyboard) follow(view, { side, index });
        },
        onclick: () => pinned(view, side, index),
        onkeydown: (event) => keyDown(view, event, side, index),
      },
      el("svg:title", {}, word),
      el("svg:rect", { x, y: y - pitch / 2, width, height: pitch, rx: 5 * scale }),
      text,
    );
  });
  const label = isRow ? `${data.texts.asks} ${data.texts.query}` : `${data.texts.answers} ${data.texts.key}`;
  return el("svg:g", { role: "listbox", "aria-label": label }, options);
}

function pinned(view, side, index) {
  const { data } = view;
  if (isAsking(view)) {
    if (side === "column") guess(view, index);
    return;
  }
  if (side === "row") pick(view, { row: index, column: strongest(view, index) });
  else pick(view, { column: index }, { key: data.columnTokens[index] + 1 });
}

function keyDown(view, event, side, index) {
  const { memory, data } = view;
  const last = (side === "row" ? data.rows : data.columns).length - 1;
  const steps = { ArrowDown: Math.min(index + 1, last), ArrowUp: Math.max(index - 1, 0), Home: 0, End: last };
  const across = {
    ArrowLeft: ["row", memory.row],
    ArrowRight: ["column", isAsking(view) ? firstOption(view) : memory.column],
  };
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
  view.root.querySelector(`[data-focus="${side}${index}"]`)?.focus({ preventScroll: false });
  follow(view, following ? { side, index } : null);
}
