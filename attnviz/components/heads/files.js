// All heads: what is seen as a file's text: a drawing, a table, numbers.

import { colourOf, css, textOn, themeOf } from "../shared/colour.js";
import { el, fillText, shorten } from "../shared/elements.js";
import { number, weightText } from "../shared/numbers.js";
import { widthIn } from "./cells.js";
import { cellAt, hiddenOf, hiddenShare, isMasked, scaleLimit, sides, weightOf } from "./state.js";

export function fileName(view, ending) {
  const { layer, head } = view.memory.chosen;
  return `attnviz-${view.data.part.replace("_", "-")}-layer${layer + 1}-head${head + 1}.${ending}`;
}

// The numbers in the picture's own orientation; null where the mask forbids.
function shownMatrix(view) {
  const { down, across } = sides(view);
  return down.names.map((_, i) =>
    across.names.map((_, j) => {
      const { row, column } = cellAt(view, i, j);
      return isMasked(view.data, row, column) ? null : weightOf(view, row, column);
    }),
  );
}

// What each query gives to each token that is not shown.
function hiddenMatrix(view) {
  return view.data.rows.map((_, row) => hiddenOf(view, row).map(([, weight]) => weight));
}

// Which head of which model this is.
function placeOf({ data, memory }) {
  const { layer, head } = memory.chosen;
  const place = fillText(data.texts.head, { layer: layer + 1, head: head + 1 });
  return `${data.texts[data.part]} · ${data.texts[data.model]} · ${place}`;
}

// What it was computed from, as it was typed; characters that can't be seen are marked.
function sentenceOf({ data }) {
  const { shownText, shownTarget } = data.file;
  return `${data.texts.from}: “${shownText}”${shownTarget ? ` → “${shownTarget}”` : ""}`;
}

function leftOut(view) {
  const { texts, hiddenLabels } = view.data;
  if (hiddenLabels.length === 0) return texts.nothing_left_out;
  const most = Math.max(...hiddenMatrix(view).flat());
  return fillText(texts.not_shown_most, { tokens: hiddenLabels.join(", "), most: number(most) });
}

function notShown({ data }) {
  return data.hiddenLabels.map((tokens) => fillText(data.texts.not_shown, { tokens }));
}

// The sentence, the place and what is left out, a line each; then the picture, and after it what it does not show.
export function csvText(view) {
  const { down, across } = sides(view);
  const { transposed } = view.data;
  const quote = (text) => `"${(/^[=+\-@\t\r].+/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; // no formula for a spreadsheet
  const cell = (weight) => (weight === null ? "" : String(weight));
  const hidden = hiddenMatrix(view);
  const lines = shownMatrix(view).map((line, i) =>
    [quote(down.names[i]), ...line.map(cell), ...(transposed ? [] : hidden[i].map(cell))].join(","),
  );
  const names = [...across.names, ...(transposed ? [] : notShown(view))];
  const header = [`${down.kind} \\ ${across.kind}`, ...names].map(quote).join(",");
  if (transposed) {
    for (const [k, name] of notShown(view).entries()) {
      lines.push([quote(name), ...hidden.map((weights) => cell(weights[k]))].join(","));
    }
  }
  const about = [sentenceOf(view), placeOf(view), leftOut(view)].map(quote);
  return `\ufeff${[...about, header, ...lines].join("\r\n")}\r\n`;
}

const FORMAT = `layer, head, row and column count from 1. weights has a line for each of rows.words, and in it a number
for each of columns.words; null: the mask forbids it. Rows are queries and columns are keys; where swapped is true, it
is the other way round. not_shown holds the tokens without a row or column of their own: its weights have a line for
each query, and in it a number for each of its tokens. With these, all weights of a query add up to 1.`;

export function jsonText(view) {
  const { data, memory } = view;
  const { layer, head, row, column } = memory.chosen;
  const { down, across } = sides(view);
  const { text, target, link, python } = data.file;
  const content = {
    format: FORMAT.replaceAll("\n", " "),
    text,
    target,
    model: data.model,
    part: data.part,
    layer: layer + 1,
    head: head + 1,
    chosen: { row: row + 1, column: column + 1 },
    swapped: data.transposed,
    rows: { role: down.role, words: down.names },
    columns: { role: across.role, words: across.names },
    weights: shownMatrix(view),
    not_shown: { tokens: data.hiddenLabels, weights: hiddenMatrix(view) },
    again: { link, python },
  };
  return JSON.stringify(content, null, 1);
}

export function htmlText(view) {
  const { down, across } = sides(view);
  const page = document.implementation.createHTMLDocument(`${placeOf(view)} · attnviz`);
  page.documentElement.lang = document.documentElement.lang || "en";
  page.head.prepend(el("meta", { charset: "utf-8" }));
  page.head.append(
    el("meta", { name: "viewport", content: "width=device-width" }),
    el(
      "style",
      {},
      "body{font:16px sans-serif;margin:24px}table{border-collapse:collapse}th,td{padding:2px 6px;text-align:right;border:1px solid}svg{max-width:100%;height:auto}div{overflow-x:auto}",
    ),
  );
  const cell = (weight) => el("td", {}, weight === null ? "" : number(weight, 4));
  const heading = (name) => el("th", { scope: "col" }, name);
  const beside = view.data.transposed ? [] : notShown(view);
  const lines = shownMatrix(view).map((line, i) => {
    const hidden = beside.length > 0 ? hiddenOf(view, i).map(([, weight]) => cell(weight)) : [];
    return el("tr", {}, el("th", { scope: "row" }, down.names[i]), line.map(cell), hidden);
  });
  const table = el(
    "table",
    {},
    el("caption", {}, `${down.kind} ↓ ${across.kind} →`),
    el("thead", {}, el("tr", {}, el("td"), across.names.map(heading), beside.map(heading))),
    el("tbody", {}, lines),
  );
  const told = [sentenceOf(view), leftOut(view)].map((text) => el("p", {}, text));
  page.body.append(el("h1", {}, placeOf(view)), ...told, svgOf(view), el("div", {}, table));
  return `<!doctype html>\n${page.documentElement.outerHTML}`;
}

// A text in lines of at most `width` pixels; of what is more than `most` lines the rest is cut, with a mark.
function wrapped(measure, text, width, most) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && measure.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const rest = lines.slice(most - 1).join(" ");
  return [...lines.slice(0, most - 1), rest].filter(Boolean).map((line) => shorten(line, width, widthIn(measure)));
}

export function svgText(view) {
  return new XMLSerializer().serializeToString(svgOf(view));
}

// The large picture with its title, sentence and row of bars, as one drawing.
function svgOf(view) {
  const { data, memory } = view;
  const { chosen, page } = memory;
  const theme = themeOf(Boolean(page.dark?.checked)); // light unless asked for: most pictures go on paper
  const { down, across, at } = sides(view);
  const measure = page.body.getContext("2d");
  measure.font = "15px sans-serif";
  const widest = (names) => Math.min(200, Math.max(...names.map((name) => measure.measureText(name).width))) + 14;
  const cell = Math.max(18, Math.min(46, Math.floor(800 / across.names.length)));
  const [left, top] = [Math.max(90, widest(down.names)) + 16, 96 + widest(across.names)];
  const [width, height] = [cell * across.names.length, cell * down.names.length];
  const bars = data.transposed ? 0 : 120;
  const room = Math.max(left + width + 24, 560) - 32;
  measure.font = "14px sans-serif";
  const notes = [placeOf(view), leftOut(view), sentenceOf(view)].flatMap((text) => wrapped(measure, text, room, 6));
  measure.font = "17px sans-serif";
  const finding = [page.finding.textContent, hiddenShare(view)].filter(Boolean).join(" ");
  const found = shorten(finding, room, widthIn(measure));
  measure.font = "15px sans-serif";
  const foot = top + height + bars + 34;
  const full = { width: room + 32, height: foot + 19 * notes.length };
  const write = (x, y, text, more = {}) => el("svg:text", { x, y, fill: theme.ink, "font-size": 15, ...more }, text);
  const nodes = [el("svg:rect", { ...full, fill: theme.ground })];
  nodes.push(write(16, 34, page.title.textContent, { "font-size": 24, "font-weight": 700 }));
  nodes.push(write(16, 62, found, { "font-size": 17 }));
  nodes.push(write(left, 86, `${across.word} → ${across.kind}`, { fill: theme[across.role], "font-weight": 700 }));
  nodes.push(
    write(left - 8, top - 8, `${down.word} ↓`, { fill: theme[down.role], "font-weight": 700, "text-anchor": "end" }),
  );
  const limit = scaleLimit(view);
  down.names.forEach((name, i) => {
    const marked = i === at[down.role];
    nodes.push(
      write(left - 8, top + (i + 0.5) * cell + 5, shorten(name, 200, widthIn(measure)), {
        "text-anchor": "end",
        fill: marked ? theme[down.role] : theme.ink,
        "font-weight": marked ? 700 : 400,
      }),
    );
    across.names.forEach((_, j) => {
      const { row, column } = cellAt(view, i, j);
      const weight = weightOf(view, row, column);
      const colour = colourOf(theme.weightRamp, weight, limit);
      const masked = isMasked(data, row, column);
      nodes.push(
        el("svg:rect", {
          x: left + j * cell,
          y: top + i * cell,
          width: cell - 1,
          height: cell - 1,
          fill: masked ? theme.mask : css(colour),
        }),
      );
      if (masked)
        nodes.push(
          el("svg:path", {
            d: `M${left + j * cell},${top + (i + 1) * cell - 1}l${cell - 1},${1 - cell}`,
            stroke: theme.hatch,
          }),
        );
      else if (cell >= 34 && weightText(weight))
        nodes.push(
          write(left + (j + 0.5) * cell, top + (i + 0.5) * cell + 5, weightText(weight), {
            "text-anchor": "middle",
            fill: textOn(colour),
            "font-weight": weight >= 0.1 ? 700 : 400,
          }),
        );
    });
  });
  across.names.forEach((name, j) => {
    const marked = j === at[across.role];
    const [x, y] = [left + (j + 0.5) * cell + 5, top - 8];
    nodes.push(
      write(x, y, shorten(name, 200, widthIn(measure)), {
        transform: `rotate(-90 ${x} ${y})`,
        fill: marked ? theme[across.role] : theme.ink,
        "font-weight": marked ? 700 : 400,
      }),
    );
  });
  nodes.push(
    el("svg:rect", {
      x: left,
      y: top + at[down.role] * cell,
      width,
      height: cell,
      fill: "none",
      stroke: theme[down.role],
      "stroke-width": 2,
    }),
  );
  nodes.push(
    el("svg:rect", {
      x: left + at[across.role] * cell,
      y: top,
      width: cell,
      height,
      fill: "none",
      stroke: theme[across.role],
      "stroke-width": 2,
    }),
  );
  if (bars) {
    const base = top + height + bars - 2;
    nodes.push(
      write(left - 8, base, shorten(data.rows[chosen.row], 200, widthIn(measure)), {
        "text-anchor": "end",
        fill: theme.query,
        "font-weight": 700,
      }),
    );
    data.columns.forEach((_, column) => {
      const weight = weightOf(view, chosen.row, column);
      nodes.push(
        el("svg:rect", {
          x: left + column * cell + 1,
          y: base - 90 * weight,
          width: cell - 3,
          height: Math.max(1, 90 * weight),
          fill: theme.weights[theme.dark ? 4 : 5],
        }),
      );
      if (weight >= 0.095)
        nodes.push(
          write(left + (column + 0.5) * cell, base - 90 * weight - 5, weightText(weight), {
            "text-anchor": "middle",
            "font-size": 14,
          }),
        );
    });
  }
  for (const [i, note] of notes.entries()) {
    nodes.push(write(16, foot + 19 * i, note, { "font-size": 14, fill: theme.muted }));
  }
  nodes.unshift(el("svg:title", {}, placeOf(view)), el("svg:desc", {}, `${sentenceOf(view)} ${leftOut(view)}`));
  return el(
    "svg:svg",
    {
      ...full,
      role: "img",
      viewBox: `0 0 ${full.width} ${full.height}`,
      "font-family": "'Source Sans 3', 'Noto Sans KR', sans-serif",
    },
    nodes,
  );
}
