// Step by step: the rail of nine, the formula, two or three sentences, the ledger and the stage.
// The page is told what is chosen (step, cell, ...) and writes it to the URL; hovering stays here.

import { el } from "../shared/elements.js";
import { atPace, keepingFocus, Pending } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { cornerAxes, isWords, scopeOf } from "./axes.js";
import { go, markPickers, pickers, rail, shortRail, toolbar, ways } from "./buttons.js";
import { cellMessage, currentCell, listen } from "./cell.js";
import { formula } from "./formula.js";
import { ledger } from "./ledger.js";
import { lightUp } from "./marks.js";
import { matrixOf } from "./matrix.js";
import { sharedHeads } from "./shared_heads.js";
import { drawStage } from "./stage.js";
import { sentences } from "./story.js";
import { tables } from "./tables.js";
import { lightWays, whatIf } from "./what_if.js";
import style from "./steps.css" with { type: "css" };

function render(view) {
  const { memory, data } = view;
  view.update = () => update(view);
  memory.pending ??= new Pending(4000); // a cell
  memory.turn ??= new Pending(3000); // a step
  memory.drawing ??= new Pending(4000); // a hand-drawn mask
  const drawn = `${data.frame} ${view.theme.dark} ${view.width} ${view.typeSize}`;
  adopt(view);
  if (memory.drawn !== drawn) build(view);
  memory.drawn = drawn;
  update(view);
}

// Take over the cell that the page sends, unless a newer one is on its way to it.
function adopt(view) {
  const { memory, data } = view;
  if (memory.seen === data) return;
  const sameFrame = memory.seen?.frame === data.frame;
  memory.seen = data;
  const [rowAxis, columnAxis] = cornerAxes(data);
  const corner = matrixOf(view, data.corner);
  const row = Math.min(data.cell[rowAxis], corner.rows - 1);
  const dim = data.cell.dim >= 0 && data.cell.dim < corner.columns ? data.cell.dim : largestIn(corner, row);
  const sent = { row, column: isWords(columnAxis) ? Math.min(data.cell[columnAxis], corner.columns - 1) : dim };
  if (memory.pending.overtakes(cellMessage(view, sent), scopeOf(data))) return;
  if (memory.turn.choice === data.number) memory.turn.forget();
  const turned = memory.cell?.row !== sent.row;
  memory.cell = sent;
  if (!sameFrame) {
    clearTimeout(memory.later);
    Object.assign(memory, { hover: null, pinned: false, view: data.view });
  } else if (turned && memory.view === "word") memory.drawn = null;
}

function largestIn(matrix, row) {
  let best = 0;
  for (let column = 1; column < matrix.columns; column++)
    if (Math.abs(matrix.at(row, column)) > Math.abs(matrix.at(row, best))) best = column;
  return best;
}

// Draw everything anew; the focus stays on the element of the same name.
export function build(view) {
  const { memory, data, root } = view;
  const scale = view.typeSize / 18;
  memory.form = view.width < 640 * scale ? "narrow" : view.width < 1060 * scale ? "middle" : "wide";
  memory.font = getComputedStyle(root).fontFamily;
  memory.ways = {};
  root.classList.add("steps");
  root.dataset.form = memory.form;
  root.dataset.step = data.slug;
  keepingFocus(root, () =>
    root.replaceChildren(memory.form === "narrow" ? shortRail(view) : rail(view), main(view), tables(view)),
  );
  if (!memory.keys) listenForKeys(view);
}

function main(view) {
  const { memory, data } = view;
  memory.words = el("div", { class: "sentences", "aria-live": "polite" });
  const title = el("h2", { class: "step-title" }, data.names[data.number - 1]);
  const intro = el(
    "div",
    { class: "intro" },
    memory.form === "narrow" ? null : title,
    formula(data.formula, data.texts[`formula_${data.slug}`]),
    sharedHeads(view),
    memory.words,
  );
  const space = view.width;
  // the buttons stay where they are, and the frame begins where the stage began
  if (data.whatIf)
    return el(
      "div",
      { class: "layout with-what-if" },
      intro,
      el("div", { class: "right" }, toolbar(view), ways(view)),
      whatIf(view, space),
    );
  const stageWidth = memory.form === "wide" ? space - 428 * (view.typeSize / 18) - 40 : space;
  memory.stageBox = el("div", {}, stageWithKeys(view, stageWidth));
  memory.stageWidth = stageWidth;
  memory.ledger = el("div", { class: "ledger-box" });
  const right = el(
    "div",
    { class: "right" },
    toolbar(view),
    ways(view),
    memory.stageBox,
    pickers(view),
    figureName(view),
  );
  return el("div", { class: "layout" }, intro, right, memory.ledger);
}

export function stageWithKeys(view, width) {
  const box = drawStage(view, width);
  listen(view, box.querySelector(".stage"));
  return box;
}

function redrawStage(view) {
  view.memory.stageBox.replaceChildren(stageWithKeys(view, view.memory.stageWidth));
  view.root.querySelector('[data-focus="stage"]').focus({ preventScroll: true });
}

// What depends on the cell: sentences, ledger, frames.
export function update(view) {
  const { memory, data } = view;
  const cell = currentCell(view);
  if (data.whatIf) lightWays(view, cell);
  else {
    if (memory.view === "word" && !memory.plan.rows.includes(cell.row)) redrawStage(view);
    lightUp(view, cell);
    memory.ledger.replaceChildren(ledger(view, cell), pinNote(view));
    markPickers(view, cell);
  }
  memory.words.replaceChildren(...sentences(view, cell).map((words) => el("p", {}, words)));
  view.root.dataset.cell = `${cell.row + 1}-${cell.column + 1}`;
  view.root.dataset.pinned = String(Boolean(memory.pinned));
}

function pinNote(view) {
  const { texts } = view.data;
  return el("div", { class: "muted pin-note" }, view.memory.pinned ? texts.pinned : texts.hint);
}

// Which sentence and which head the picture was computed from.
function figureName(view) {
  const { data } = view;
  const written = data.part !== "encoder_self" && data.target; // a decoder alone writes nothing of its own here
  const target = written ? [" → ", el("q", {}, data.target)] : null;
  return el("p", { class: "muted figure-name" }, `${data.caption}: `, el("q", {}, data.sentence), target);
}

// Brackets turn the pages; Page up and down too while the focus is in the view.
function listenForKeys(view) {
  view.memory.keys = true;
  const turn = (event) => {
    if (!view.root.isConnected) return document.removeEventListener("keydown", turn);
    const path = event.composedPath();
    const inside = path.includes(view.root);
    if ((!inside && path[0] !== document.body) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (path[0].tagName === "SELECT" || path[0].tagName === "INPUT") return;
    const step = { "[": -1, "]": 1, ...(inside ? { PageUp: -1, PageDown: 1 } : {}) }[event.key];
    if (!step) return;
    event.preventDefault();
    go(view, (view.memory.turn.choice ?? view.data.number) + step); // or the step that is on its way already
  };
  document.addEventListener("keydown", turn);
  atPace(view.root, (way) => {
    const number = (view.memory.turn.choice ?? view.data.number) + way;
    go(view, number);
    return number >= 1 && number <= view.data.names.length;
  });
}

export default mount(render, style);
