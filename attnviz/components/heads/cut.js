// All heads: heads taken out by a press in the grid, and what the model writes without them.
// A head's name is that of the link: "e1-3" is head 3 of layer 1 of the encoder's self-attention.

import { el, fillText, setText } from "../shared/elements.js";
import { Pending } from "../shared/interaction.js";
import { number } from "../shared/numbers.js";

const PATIENCE = 20000; // milliseconds: a model that writes takes longer than one that is only looked at

// Takes over which heads are out, unless the reader has gone on since.
export function adoptCut(memory, data) {
  if (!data.cut) return;
  memory.cutting ??= data.cut.on;
  memory.past ??= [];
  memory.cutPending ??= new Pending(PATIENCE);
  const sent = { out: data.cut.out.join("_"), bleu: data.cut.bleu };
  if (memory.cutPending.overtakes(sent, data.model)) return;
  if (memory.out && memory.out.join("_") !== sent.out) memory.past.push(memory.out);
  memory.out = data.cut.out;
}

export function isCutting({ memory }) {
  return Boolean(memory.cutting);
}

export function isOut({ data, memory }, place) {
  return Boolean(memory.out?.includes(nameOf(data, place)));
}

function nameOf({ cut }, { layer, head }) {
  return `${cut.letter}${layer + 1}-${head + 1}`;
}

// Takes these heads out, or puts them back when all of them are out.
export function toggle(view, places) {
  const { data, memory } = view;
  const names = places.map((place) => nameOf(data, place));
  const rest = memory.out.filter((name) => !names.includes(name));
  const back = names.every((name) => memory.out.includes(name));
  memory.past.push(memory.out);
  tell(view, back ? rest : [...rest, ...names]);
}

export function undo(view) {
  tell(view, view.memory.past.pop());
}

function putBack(view) {
  view.memory.past.push(view.memory.out);
  tell(view, []);
}

// Python writes the heads of a link in its own order; here too, so that both say the same.
const ORDER = "cde";
function inOrder(names) {
  const key = (name) => [ORDER.indexOf(name[0]), ...name.slice(1).split("-").map(Number)];
  return [...names].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
}

function tell(view, out, bleu = false) {
  const { data, memory } = view;
  memory.out = inOrder(out);
  const said = { out: memory.out.join("_"), bleu };
  memory.cutPending.set(said, data.model);
  view.draw();
  view.send("cut", { ...said, on: memory.cutting });
}

function switchMode(view) {
  const { data, memory } = view;
  memory.cutting = !memory.cutting;
  view.draw();
  if (memory.cutting !== data.cut.on) view.send("cut", { out: memory.out.join("_"), bleu: false, on: memory.cutting });
}

export function buildCut(view) {
  const cut = {};
  cut.mode = el("button", { class: "mode", "data-focus": "cut", onclick: () => switchMode(view) });
  cut.title = el("h3");
  cut.told = el("div", { class: "cut-told", "aria-live": "polite" });
  cut.undo = el("button", { class: "undo", onclick: () => undo(view) });
  cut.back = el("button", { class: "back", onclick: () => putBack(view) });
  cut.bleu = el("button", { class: "bleu", onclick: () => tell(view, view.memory.out, true) });
  cut.note = el("p", { class: "muted small" });
  const buttons = el("div", { class: "cut-buttons" }, cut.undo, cut.back, cut.bleu);
  cut.panel = el("section", { class: "panel cut-panel" }, cut.title, cut.told, buttons, cut.note);
  return cut;
}

export function drawCut(view) {
  const { data, memory } = view;
  const { cut, search } = memory.page;
  const { texts } = data;
  cut.mode.hidden = !data.cut; // a picture without a server has nobody to ask
  cut.panel.hidden = !isCutting(view);
  search.hidden = isCutting(view);
  if (!data.cut) return;
  setText(cut.mode, texts.cut);
  cut.mode.setAttribute("aria-pressed", String(isCutting(view)));
  if (!isCutting(view)) return;
  const { told, all } = data.cut;
  const n = memory.out.length;
  setText(cut.title, fillText(n ? texts.cut_count : texts.cut_all, { n, all }));
  const asked = memory.cutPending.choice;
  const waits = asked !== null || !data.cut.on;
  cut.panel.classList.toggle("waiting", waits && Object.keys(told).length > 0);
  cut.panel.setAttribute("aria-busy", String(waits));
  if (memory.told !== data.cut) {
    memory.told = data.cut;
    cut.told.replaceChildren(...toldOf(data));
  }
  setText(cut.undo, texts.cut_undo);
  setText(cut.back, texts.cut_back);
  setText(cut.bleu, texts.cut_bleu);
  cut.undo.disabled = !memory.past.length;
  cut.back.disabled = !n;
  cut.bleu.hidden = !told.offersBleu;
  cut.bleu.disabled = asked ? asked.bleu : data.cut.bleu;
  setText(cut.note, waits ? texts.cut_waiting : texts.cut_note);
}

function toldOf({ cut, texts }) {
  const { cannot, name, diff, rows, rowsName, notes, bleu } = cut.told;
  if (cannot) return [el("p", {}, cannot)];
  if (!name) return [];
  const parts = [el("p", { class: "muted small" }, name)];
  if (diff) parts.push(el("p", { class: "diff" }, wordsOf(diff)));
  if (rowsName) parts.push(el("p", { class: "muted small" }, rowsName));
  if (rows?.length) parts.push(el("table", { class: "cut-rows" }, el("tbody", {}, rowsOf(rows, texts))));
  for (const note of [...(notes ?? []), bleu]) if (note) parts.push(el("p", { class: "small" }, note));
  return parts;
}

const MARKS = { same: "span", gone: "del", new: "ins" };

export function wordsOf(diff) {
  return diff.length ? diff.flatMap(([kind, word]) => [el(MARKS[kind], {}, word), " "]) : ["–"];
}

// One line of the table for the whole model, one without the heads; both under the name of what they are about.
function rowsOf(rows, texts) {
  return rows.flatMap(([label, before, after]) =>
    [
      [before, "whole", texts.cut_with],
      [after, "without", texts.cut_without],
    ]
      .filter(([value]) => value !== null)
      .map(([value, kind, who], line) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, label ? (line ? "" : label) : who),
          el(
            "td",
            {},
            el(
              "span",
              { class: "track" },
              el("span", { class: `fill ${kind}`, style: `width:${100 * Math.min(1, value)}%`, title: who }),
            ),
          ),
          el("td", { class: "number" }, number(value)),
        ),
      ),
  );
}
