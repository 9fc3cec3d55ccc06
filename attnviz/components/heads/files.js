// All heads: what is seen as a file's text: a drawing, a table, numbers.

import { colourOf, css, textOn } from "../shared/colour.js";
import { el, shorten } from "../shared/elements.js";
import { number, weightText } from "../shared/numbers.js";
import { widthIn } from "./cells.js";
import { cellAt, isMasked, scaleLimit, sides, weightOf } from "./state.js";

export function fileName(view, ending) {
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
  return {
    text: data.text,
    target: data.target,
    model: data.model,
    part: data.part,
    layer: layer + 1,
    head: head + 1,
    row,
    column,
  };
}

export function csvText(view) {
  const { down, across } = sides(view);
  const quote = (text) => `"${(/^[=+\-@\t\r].+/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; // no formula for a spreadsheet
  const lines = shownMatrix(view).map((line, i) => [quote(down.names[i]), ...line.map(String)].join(","));
  const header = [quote(`${down.kind} \\ ${across.kind}`), ...across.names.map(quote)].join(",");
  return `\ufeff${[header, ...lines].join("\r\n")}\r\n`;
}

export function jsonText(view) {
  const { down, across } = sides(view);
  const content = {
    ...about(view),
    rows: { role: down.role, words: down.names },
    columns: { role: across.role, words: across.names },
    weights: shownMatrix(view),
  };
  return JSON.stringify(content, null, 1);
}

export function htmlText(view) {
  const { down, across } = sides(view);
  const page = document.implementation.createHTMLDocument(view.memory.page.title.textContent);
  page.documentElement.lang = document.documentElement.lang || "en";
  page.head.prepend(el("meta", { charset: "utf-8" }));
  page.head.append(
    el("meta", { name: "viewport", content: "width=device-width" }),
    el(
      "style",
      {},
      "body{font:16px sans-serif;margin:24px}table{border-collapse:collapse}th,td{padding:2px 6px;text-align:right;border:1px solid #ccc}svg{max-width:100%;height:auto}",
    ),
  );
  const lines = shownMatrix(view).map((line, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, down.names[i]),
      line.map((weight) => el("td", {}, number(weight, 4))),
    ),
  );
  page.body.append(
    svgOf(view),
    el(
      "table",
      {},
      el("caption", {}, `${down.kind} ↓ ${across.kind} →`),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("td"),
          across.names.map((name) => el("th", { scope: "col" }, name)),
        ),
      ),
      el("tbody", {}, lines),
    ),
  );
  return `<!doctype html>\n${page.documentElement.outerHTML}`;
}

export function svgText(view) {
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
  nodes.push(
    write(16, full.height - 16, shorten(page.from.textContent, full.width - 32, widthIn(measure)), {
      "font-size": 14,
      fill: theme.muted,
    }),
  );
  return el(
    "svg:svg",
    {
      ...full,
      viewBox: `0 0 ${full.width} ${full.height}`,
      "font-family": "'Source Sans 3', 'Noto Sans KR', sans-serif",
    },
    nodes,
  );
}
