// One picture as an SVG file that says what it shows.

import { download, el } from "../shared/elements.js";
import { canvas } from "./draw.js";
import { frame } from "./frame.js";
import { cut } from "./layout.js";

export function save(view) {
  const svg = new XMLSerializer().serializeToString(still(view));
  const { record } = view.memory;
  const name = `attnviz-follow-${record.part.replace("_", "-")}-layer${record.layer + 1}-head${record.head + 1}-word${record.query_token + 1}-step${Math.round(view.memory.moment)}.svg`;
  download(name, new Blob([svg], { type: "image/svg+xml" }));
}

// The picture with its title above and its sentence, model, part, layer, head and word below.
export function still({ memory, data, theme }) {
  const { layout, record, moment } = memory;
  const { width, s } = layout;
  const top = 56 * s;
  const height = layout.height + top + 64 * s;
  const picture = canvas(theme, layout, {});
  picture.paint(frame(record, moment, layout, data.texts));
  picture.svg.setAttribute("y", top);
  const line = (y, text, size, more) =>
    el(
      "svg:text",
      { x: layout.left, y, "font-size": size * s, fill: theme.muted, ...more },
      cut(text, size * s, layout.inner),
    );
  return el(
    "svg:svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "'Source Sans 3', 'Source Sans Pro', 'Noto Sans KR', sans-serif",
    },
    el("svg:rect", { width, height, fill: theme.panel }),
    line(38 * s, memory.title.textContent, 24, { fill: theme.ink, "font-weight": 700 }),
    picture.svg,
    line(height - 40 * s, data.name, 16),
    line(height - 16 * s, data.figureName.replace("{step}", memory.title.textContent), 16),
  );
}
