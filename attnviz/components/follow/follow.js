// Follow one word: a film of nine steps that is played, paused and scrubbed. Pictures are pure (frame.js);
// this file holds the time, the buttons, and what the reader hears and may guess.

import { el, fill, fillText, setText } from "../shared/elements.js";
import { atPace } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { number } from "../shared/numbers.js";
import { bet, mustAsk } from "./bet.js";
import { canvas } from "./draw.js";
import { frame } from "./frame.js";
import { layoutOf } from "./layout.js";
import { momentAt, msAt, STOPS } from "./motion.js";
import { recordOf } from "./record.js";
import { save } from "./still.js";
import style from "./follow.css" with { type: "css" };

const BET_AT = 5; // before softmax

function render(view) {
  const { memory, data } = view;
  if (memory.seen !== data) adopt(view);
  memory.layout = layoutOf(memory.record, Math.max(view.width, 280), view.typeSize / 18);
  const focus = view.root.getRootNode().activeElement?.dataset?.focus;
  build(view);
  if (focus) view.root.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });
  show(view);
  announce(view);
}

// Another word or head starts anew; the same one, sent again, goes on where it is.
function adopt(view) {
  const { memory, data } = view;
  const scope = JSON.stringify([
    data.record.part,
    data.record.layer,
    data.record.head,
    data.record.query_token,
    data.name,
  ]);
  const isFirst = memory.scope === undefined;
  memory.seen = data;
  if (memory.scope === scope) return;
  memory.scope = scope;
  memory.record = recordOf(data);
  memory.guess = undefined;
  memory.cuts ??= matchMedia("(prefers-reduced-motion: reduce)").matches;
  const opens = data.stop > 1 || memory.cuts;
  memory.moment = isFirst ? (opens ? data.stop : 0) : memory.cuts ? 1 : 0;
  if (!(isFirst && opens) && !memory.cuts) play(view);
}

function build(view) {
  const { memory, data } = view;
  const { texts } = data;
  memory.canvas = canvas(view.theme, memory.layout, { role: "img", "aria-label": texts.stage });
  memory.words = el("p", { class: "words" });
  memory.title = el("h2", { class: "step-title" });
  memory.live = el("p", { class: "visually-hidden", "aria-live": "polite" });
  memory.ask = el("div", { class: "bet" });
  view.root.classList.add("follow");
  view.root.dataset.form = memory.layout.narrow ? "narrow" : "wide";
  view.root.replaceChildren(
    chooser(view),
    el(
      "div",
      { class: "stage" },
      el("div", { class: "said" }, memory.title, memory.words),
      memory.canvas.svg,
      memory.ask,
    ),
    controls(view),
    memory.live,
  );
  const chosen = view.root.querySelector('.sentence [aria-pressed="true"]');
  if (chosen) chosen.parentElement.scrollLeft = chosen.offsetLeft - view.width / 2; // where the sentence is one line
  if (!memory.keys) listen(view);
}

// The sentence: the word that is followed, and all that could be.
function chooser(view) {
  const { data, memory } = view;
  const buttons = data.rows.map((word, row) =>
    el(
      "button",
      {
        type: "button",
        "aria-pressed": String(row === memory.record.query_token),
        "data-focus": `word-${row}`,
        onclick: () => view.send("choose", { query: row + 1, step: 1 }),
      },
      word,
    ),
  );
  return el("div", { class: "sentence", role: "group", "aria-label": data.texts.choose }, buttons);
}

function controls(view) {
  const { memory, data } = view;
  const { texts } = data;
  const button = (focus, text, name, act, more = {}) =>
    el("button", { type: "button", "data-focus": focus, "aria-label": name, onclick: act, ...more }, text);
  memory.play = button("play", "", "", () => toggle(view), { class: "play" });
  memory.bar = el("input", {
    type: "range",
    min: 0,
    max: STOPS,
    step: 0.01,
    "data-focus": "time",
    "aria-label": texts.time,
    oninput: () => scrub(view, Number(memory.bar.value)),
    onchange: () => rest(view, Math.round(Number(memory.bar.value))),
  });
  memory.marks = data.names.map((name, i) =>
    button(
      `mark-${i + 1}`,
      [el("span", { class: "dot" }, String(i + 1)), el("span", { class: "mark-name" }, name)],
      `${i + 1} ${name}`,
      () => go(view, i + 1),
      { class: "mark" },
    ),
  );
  const still = button("still", texts.still, null, () => {
    memory.cuts = !memory.cuts;
    still.setAttribute("aria-pressed", String(memory.cuts));
    if (memory.cuts) rest(view, Math.max(1, Math.round(memory.moment)));
  });
  still.setAttribute("aria-pressed", String(memory.cuts));
  return el(
    "div",
    { class: "controls" },
    el("div", { class: "time" }, memory.bar, el("div", { class: "marks" }, memory.marks)),
    el(
      "div",
      { class: "buttons" },
      button("back", "←", texts.previous, () => turn(view, -1)),
      memory.play,
      button("on", "→", texts.next, () => turn(view, 1)),
      el("span", { class: "muted hint" }, texts.hint),
      still,
      button("save", texts.save, null, () => save(view)),
    ),
  );
}

// ---- time

function play(view) {
  const { memory } = view;
  if (memory.moment >= STOPS) memory.moment = 0;
  cancelAnimationFrame(memory.tick);
  memory.playing = true;
  const from = msAt(memory.moment);
  let start;
  const tick = (now) => {
    if (!view.root.isConnected && start !== undefined) return stop(view);
    start ??= now;
    const moment = momentAt(from + now - start, memory.cuts);
    const ms = from + now - start;
    if (moment > BET_AT && mustAsk(memory)) return rest(view, BET_AT);
    memory.moment = moment;
    memory.ahead = Math.min(STOPS, Math.floor(ms / msAt(1)) + 1); // the words come before the move
    show(view);
    if (moment >= STOPS) return rest(view, STOPS);
    memory.tick = requestAnimationFrame(tick);
  };
  memory.tick = requestAnimationFrame(tick);
}

function stop(view) {
  cancelAnimationFrame(view.memory.tick);
  view.memory.playing = false;
  view.memory.ahead = undefined;
}

// Stay at a stop; the link is told.
function rest(view, moment) {
  const { memory } = view;
  stop(view);
  memory.moment = moment;
  show(view);
  announce(view);
  const step = Math.max(1, moment);
  if (step !== view.data.stop) view.send("choose", { step });
}

function scrub(view, moment) {
  stop(view);
  view.memory.moment = moment;
  show(view);
}

function toggle(view) {
  const { memory } = view;
  if (memory.playing) rest(view, Math.max(memory.moment > 0 ? 1 : 0, Math.round(memory.moment)));
  else if (memory.cuts || !mustAskNow(memory)) play(view);
  else skipBet(view);
  show(view);
}

function turn(view, by) {
  const { memory } = view;
  const now = by > 0 ? Math.floor(memory.moment + 0.001) : Math.ceil(memory.moment - 0.001);
  go(view, Math.max(0, Math.min(STOPS, now + by)));
}

// One move, or a cut where it is not to the next stop.
function go(view, moment) {
  const { memory } = view;
  stop(view);
  if (memory.cuts || moment !== Math.floor(memory.moment) + 1) return rest(view, moment);
  const begin = memory.moment;
  const from = msAt(begin) + (begin === Math.floor(begin) ? msAt(0.0001) : 0);
  let start;
  memory.ahead = moment;
  const tick = (now) => {
    start ??= now;
    memory.moment = Math.max(begin, momentAt(from + now - start));
    if (memory.moment >= moment) return rest(view, moment);
    show(view);
    memory.tick = requestAnimationFrame(tick);
  };
  memory.tick = requestAnimationFrame(tick);
}

function mustAskNow(memory) {
  return memory.moment === BET_AT && mustAsk(memory);
}

function skipBet(view) {
  view.memory.guess = null;
  play(view);
}

// ---- what is seen and said

function show(view) {
  const { memory, data } = view;
  const { texts } = data;
  memory.canvas.paint(frame(memory.record, memory.moment, memory.layout, texts));
  const step = stepOf(memory);
  if (memory.said !== `${step} ${memory.scope}` || !memory.title.textContent) {
    memory.said = `${step} ${memory.scope}`;
    setText(memory.title, step ? `${step} · ${data.names[step - 1]}` : memory.record.label);
    memory.words.replaceChildren(...sentence(view, step));
  }
  if (Number(memory.bar.value) !== memory.moment) memory.bar.value = memory.moment;
  memory.bar.setAttribute(
    "aria-valuetext",
    step
      ? fillText(texts.moment, { number: String(step), count: String(STOPS), name: data.names[step - 1] })
      : memory.record.label,
  );
  memory.marks.forEach((mark, i) => {
    mark.setAttribute("aria-current", i + 1 === step ? "step" : "false");
    mark.classList.toggle("done", i + 1 <= memory.moment);
  });
  const name = memory.playing ? texts.pause : memory.moment >= STOPS ? texts.again : texts.play;
  setText(memory.play, `${memory.playing ? "❚❚" : "▶"} ${name}`);
  memory.play.setAttribute("aria-label", name);
  view.root.dataset.moment = memory.moment.toFixed(2);
  view.root.dataset.playing = String(Boolean(memory.playing));
  bet(view, memory.moment === BET_AT && !memory.playing, memory.moment > 5.99 && memory.moment < 6.5, () => play(view));
}

// The step whose words are shown.
function stepOf(memory) {
  return memory.ahead ?? Math.ceil(memory.moment - 0.001);
}

function sentence({ memory, data }, step) {
  const { record } = memory;
  const { texts } = data;
  const word = (role, text) => el("b", { class: role }, text);
  const places = {
    word: word("query", record.label),
    key: word("key", record.key_labels[step === 2 ? record.own : record.best]),
    weight: number(record.weights[record.best], 3),
    d_model: String(record.d_model),
    heads: String(record.n_heads),
    root: `√${record.d_k} = ${number(1 / record.scale, 4)}`,
    x: number(record.x[record.dims.output]),
    added: inBrackets(record.added[record.dims.output]),
    total: number(record.total[record.dims.output]),
  };
  return fill(texts[said(record, step)], places);
}

// A number that follows a plus: (−0.71).
function inBrackets(value) {
  return value < 0 ? `(${number(value)})` : number(value);
}

function said(record, step) {
  if (!step) return "say_start";
  if (step === 1 && record.made_of.includes("positions")) return "say_vectors_first";
  if (step === 2 && record.part === "cross") return "say_project_cross";
  if (step === 2 && record.n_heads === 1) return "say_project_one"; // its vectors are as long as the word's
  if (step === 5) {
    if (record.part !== "decoder_self") return "say_mask_none";
    return record.masks ? "say_mask_some" : "say_mask_clear";
  }
  if (step === 8 && record.n_heads === 1) return "say_join_one";
  return `say_${["vectors", "project", "scores", "scale", "mask", "softmax", "mix", "join", "add_norm"][step - 1]}`;
}

// Who can't see the picture hears each stop once.
function announce({ memory }) {
  setText(memory.live, `${memory.title.textContent}. ${memory.words.textContent}`);
}

// Space plays, arrows turn; a slider, a list and a text box keep their own keys.
function listen(view) {
  view.memory.keys = true;
  const press = (event) => {
    if (!view.root.isConnected) return document.removeEventListener("keydown", press);
    const path = event.composedPath();
    const [target] = path;
    if ((target !== document.body && !path.includes(view.root)) || event.ctrlKey || event.altKey || event.metaKey)
      return;
    const act = {
      ArrowRight: () => turn(view, 1),
      ArrowLeft: () => turn(view, -1),
      Home: () => go(view, 0),
      End: () => go(view, STOPS),
    };
    if (event.key === " " && target.tagName !== "BUTTON") act[" "] = () => toggle(view);
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]();
  };
  document.addEventListener("keydown", press);
  atPace(view.root, (way) => {
    const { moment } = view.memory;
    const isMore = way > 0 ? moment < STOPS : moment > 0;
    if (isMore) turn(view, way);
    return isMore;
  });
}

export default mount(render, style);
