// All heads: which head makes this link.

import { colourOfHead } from "../shared/colour.js";
import { chip, el, fill, fillText, setText } from "../shared/elements.js";
import { keepingFocus } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";
import { choose, isCompared, picture, sameHead, sentPlace, sizes } from "./state.js";

export function drawSearch(view) {
  const { memory, data, theme } = view;
  const { page, chosen } = memory;
  const { texts } = data;
  if (memory.options !== data) {
    memory.options = data;
    setOptions(page.query, data.rows, texts.inside);
    setOptions(page.key, data.columns, texts.inside);
    page.query.setAttribute("aria-label", texts.query);
    page.key.setAttribute("aria-label", texts.key);
    if (memory.which !== texts.which)
      page.which.replaceChildren(...fill(texts.which, { query: page.query, key: page.key }));
    memory.which = texts.which;
  }
  page.query.value = String(chosen.row);
  page.key.value = String(chosen.column);
  const links = ranking(view);
  const shown = memory.all ? links : links.slice(0, 7);
  const header = [
    ["rank", ""],
    ["", texts.col_head],
    ["bar", texts.col_bar],
    ["number", texts.col_trained],
    ["number control", texts.col_untrained],
  ];
  const own = data.model === "untrained";
  const compared = isCompared(data);
  if (!compared) header.pop();
  header[3][1] = own ? texts.col_untrained : texts.col_trained;
  const rows = shown.map((link, index) => {
    const label = el("span", {}, ...fill(texts.layer, { layer: String(link.layer + 1) }));
    const button = el(
      "button",
      {
        class: "plain",
        "data-focus": index,
        onclick: (event) => (event.stopPropagation(), choose(view, { layer: link.layer, head: link.head })),
      },
      chip(theme, link.head),
      label,
    );
    button.setAttribute("aria-label", fillText(texts.head, { layer: link.layer + 1, head: link.head + 1 }));
    const bar = el(
      "span",
      { class: "track" },
      el("span", { class: "fill", style: `width:${100 * link.weight}%;background:${colourOfHead(theme, link.head)}` }),
      link.untrained === null || !compared
        ? null
        : el("span", { class: "mark", style: `left:${100 * link.untrained}%` }),
    );
    const row = el(
      "tr",
      {
        class: sameHead(link, chosen) ? "on" : "",
        onclick: () => choose(view, { layer: link.layer, head: link.head }),
      },
      el("td", { class: "rank muted" }, String(index + 1)),
      el("th", { scope: "row" }, button),
      el("td", { class: "bar" }, bar),
      el("td", { class: "number" }, el("strong", {}, link.exact ? number(link.weight) : "…")),
    );
    if (compared)
      row.append(el("td", { class: "number control muted" }, link.untrained === null ? "…" : number(link.untrained)));
    return row;
  });
  keepingFocus(page.ranking, () =>
    page.ranking.replaceChildren(
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          header.map(([name, text]) =>
            name === "rank"
              ? el("td")
              : el(
                  "th",
                  { scope: "col", class: name },
                  name === "bar" ? el("span", { class: "visually-hidden" }, text) : text,
                ),
          ),
        ),
      ),
      el("tbody", {}, rows),
    ),
  );
  page.more.hidden = links.length <= 7;
  setText(page.more, memory.all ? texts.few : fillText(texts.all, { n: links.length }));
  setText(page.bars, own ? texts.bars_untrained : compared ? texts.bars : texts.bars_alone);
}

// All heads by the weight of the chosen pair: Python's numbers, or the picture's order until they are here.
export function ranking(view) {
  const { data, memory } = view;
  const { row, column } = memory.chosen;
  const sent = sentPlace(data);
  if (row === sent.row && column === sent.column) {
    const { trained, untrained } = data.arrays;
    return data.order.map(([layer, head], i) => ({
      layer,
      head,
      weight: trained.data[i],
      untrained: untrained?.data[i] ?? null,
      exact: true,
    }));
  }
  const { first, layers, heads, columns } = sizes(data);
  const links = [];
  for (let layer = first; layer < first + layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const { bytes, limit } = picture(data, { layer, head });
      links.push({
        layer,
        head,
        weight: (bytes[row * columns + column] / data.levels) * limit,
        untrained: null,
        exact: false,
      });
    }
  }
  return links.sort((a, b) => b.weight - a.weight);
}

// One option a word; a word with an apostrophe can be asked for by its first part too: "it" in "it's".
function setOptions(select, words, inside) {
  const seen = new Map();
  for (const word of words) seen.set(word, (seen.get(word) || 0) + 1);
  select.replaceChildren(
    ...words.flatMap((word, index) => {
      const value = String(index);
      const named = el("option", { value }, seen.get(word) > 1 ? `${word} · ${index + 1}` : word);
      const [, part] = /^(\p{L}+)'\p{L}/u.exec(word) || [];
      return part ? [named, el("option", { value }, fillText(inside, { part, word }))] : [named];
    }),
  );
}
