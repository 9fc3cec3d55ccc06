// Two cards about one link: the headline with its number, and how special it is.

import { colourOfHead } from "../shared/colour.js";
import { chip, el, fill, fillText, typeSize } from "../shared/elements.js";
import { whenFollowed } from "../shared/followed.js";
import { keepingFocus } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";
import { mount } from "../shared/mount.js";
import { guessedWrong, isAsking, listenForBet, others, outcome, question } from "./bet.js";
import style from "./headline.css" with { type: "css" };

const LONGEST = 60; // characters of a word

function render(view) {
  const { data, memory } = view;
  if (!memory.listens) {
    whenFollowed(view, (link) => {
      memory.link = link;
      view.draw();
    });
    listenForBet(view);
  }
  memory.listens = true;
  const away = Boolean(memory.link) && !isOwn(data, memory.link);
  const asking = isAsking(view);
  const card = data.card === "special" ? special(view) : asking ? question(view) : headline(view, away);
  if (data.card !== "special") card.style.minHeight = `${heldHeight(view)}px`;
  const hasFocus = () => view.root.contains(view.root.getRootNode().activeElement);
  const had = hasFocus();
  keepingFocus(view.root, () => view.root.replaceChildren(card));
  if (had && !hasFocus()) card.focus({ preventScroll: true }); // whoever answered by keys goes on from here
  view.root.classList.toggle("secret", asking && data.card === "special");
  // what is known of the link that the page opened on says nothing about another
  view.root.classList.toggle("elsewhere", away && data.card === "special");
}

// What stands below the card stays where the finger is: the card is as high as it may get by the answer to its bet, and
// stays so for the words of that sentence that are followed then.
function heldHeight(view) {
  const { data, memory, width } = view;
  if (data.bet) memory.held = { height: heightOfBet(view), width, sentence: data.sentence };
  return wasAsked(view) && memory.held.width === width ? memory.held.height : 0;
}

function wasAsked({ data, memory }) {
  return Boolean(data.bet || (memory.held && memory.held.sentence === data.sentence));
}

function heightOfBet(view) {
  return Math.max(...[question(view), headline(guessedWrong(view), false)].map((card) => heightOf(view.root, card)));
}

function heightOf(root, card) {
  Object.assign(card.style, { position: "absolute", visibility: "hidden", width: `${root.clientWidth}px` });
  root.append(card);
  const { height } = card.getBoundingClientRect();
  card.remove();
  return height;
}

function isOwn({ place, query, key }, link) {
  return link.layer === place[0] && link.head === place[1] && link.query === query && link.key === key;
}

function headline(view, away) {
  const { data, theme, memory } = view;
  const { texts, place, standing } = data;
  const own = { layer: place[0], head: place[1], query: data.query, key: data.key, weight: standing.weight };
  const link = away ? memory.link : own;
  const { layer, head, weight } = link;
  const word = (role) => el("span", { class: role }, short(link[role]));
  const sentence = fill(texts.takes, {
    head: String(head + 1),
    layer: String(layer + 1),
    percent: String(Math.round(weight * 100)),
    query: word("query"),
    key: word("key"),
  });
  const notes = [];
  if (data.untrained) notes.push(texts.is_untrained);
  if (data.paper && !away) notes.push(paper(data));
  return el(
    "section",
    { class: wasAsked(view) ? "panel betting" : "panel", tabindex: "-1" },
    el("h2", { class: "title" }, fill(texts.looks_at, { query: word("query"), key: word("key") })),
    el(
      "div",
      { class: "hero" },
      el("span", { class: "number" }, number(weight)),
      el("p", { class: "said" }, chip(theme, head), sentence),
    ),
    away ? [] : outcome(view),
    notes.map((note) => el("p", { class: "note" }, note)),
  );
}

function short(word) {
  return word.length > LONGEST ? `${word.slice(0, LONGEST - 1)}…` : word;
}

// Whether the paper's own link is in this model: said plainly, with what it was compared with.
function paper({ paper: link, texts }) {
  const compared = link.n_untrained > 1 ? "many" : "one";
  const template = texts[`paper_${link.found ? "found" : "missing"}_${compared}`];
  return fillText(template, {
    keys: link.keys.join(" "),
    weight: number(link.weight),
    layer: String(link.layer + 1),
    head: String(link.head + 1),
    n: String(link.n_untrained),
    best: number(link.untrained_best),
  });
}

function special(view) {
  const { data } = view;
  const { texts, standing } = data;
  const numbers = {
    row: String(standing.rank_in_row),
    words: String(standing.n_in_row),
    among: String(standing.rank_among_heads),
    heads: String(standing.n_heads),
  };
  const ranks = standing.rank_in_row === null ? texts.no_rank : fillText(texts.ranks, numbers);
  const control = fillText(texts.control, { same: number(standing.untrained), best: number(standing.untrained_best) });
  const notes = [data.untrained ? ranks : `${ranks} ${control}`];
  if (data.own && !data.untrained) {
    const { query, key, weight } = data.own;
    notes.push(fillText(texts.picked, { query, key, weight: number(weight) }));
  }
  if (data.models && !data.untrained) {
    const name = standing.weight > data.modelsBest ? "models_beaten" : "models_not_beaten";
    notes.push(fillText(texts[name], { n: String(data.models), best: number(data.modelsBest) }));
  }
  return el(
    "div",
    { class: "stack" },
    others(view),
    el(
      "section",
      { class: "panel" },
      el("h2", {}, texts.special),
      dots(view, notes.join(" ")),
      el("p", { class: "ranks" }, notes.join(" ")),
      el("p", { class: "small muted" }, texts.no_reason),
    ),
  );
}

// One dot a head, on a line from 0 to 1; the untrained model's below.
function dots({ data, theme, width: whole }, label) {
  const { texts, place, standing } = data;
  const scale = typeSize() / 18;
  const width = Math.max(180, whole - (whole < 420 * scale ? 36 : 44) * 1);
  const left = 8 * scale;
  const x = (weight) => left + weight * (width - left - 24 * scale);
  const rows = data.untrained
    ? [["this_is_untrained", data.arrays.byHead.data, 0]]
    : [
        ["this_model", data.arrays.byHead.data, 0],
        ["untrained_model", data.arrays.control.data, 58],
      ];
  const svg = el("svg:svg", {
    width,
    height: (data.untrained ? 82 : 140) * scale,
    role: "img",
    "aria-label": label,
    "font-size": 15.5 * scale,
  });
  const text = (attributes, words) => el("svg:text", { "dominant-baseline": "central", ...attributes }, words);
  for (const [name, weights, down] of rows) {
    const y = (36 + down) * scale;
    const isModel = down === 0;
    svg.append(
      text(
        { x: left, y: (10 + down) * scale, class: isModel ? "bold" : "quiet bold" },
        fillText(texts[name], { n: String(weights.length) }),
      ),
      el("svg:line", { class: "axis", x1: x(0), x2: x(1), y1: y, y2: y }),
    );
    for (const weight of weights)
      svg.append(el("svg:circle", { class: "dot", cx: x(Math.min(1, weight)), cy: y, r: 6 * scale }));
    const value = isModel ? standing.weight : Math.max(...weights);
    if (isModel)
      svg.append(
        el("svg:circle", { cx: x(Math.min(1, value)), cy: y, r: 8 * scale, fill: colourOfHead(theme, place[1]) }),
      );
    const before = value > 0.85;
    svg.append(
      text(
        {
          x: x(value) + (before ? -14 : 14) * scale,
          y,
          "text-anchor": before ? "end" : "start",
          class: isModel ? "bold" : "quiet",
          stroke: theme.panel,
          "stroke-width": 4 * scale,
          "paint-order": "stroke",
        },
        number(value),
      ),
    );
  }
  const bottom = (data.untrained ? 66 : 122) * scale;
  for (const tick of [0, 0.5, 1])
    svg.append(text({ x: x(tick), y: bottom, "text-anchor": "middle", class: "quiet" }, String(tick)));
  return svg;
}

export default mount(render, style);
