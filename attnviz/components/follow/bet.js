// The question before softmax. It is asked once for each word, and need not be answered.

import { el, fill } from "../shared/elements.js";
import { isMasked } from "./record.js";

// undefined: not asked yet; null: skipped; else the key that was guessed.
export function mustAsk(memory) {
  return memory.guess === undefined && !memory.cuts;
}

export function bet(view, isOpen, isSettled, goOn) {
  const { memory, data } = view;
  const { record, layout } = memory;
  const { texts } = data;
  const state =
    isOpen && memory.guess === undefined ? "open" : isSettled && typeof memory.guess === "number" ? "settled" : "";
  if (memory.ask.dataset.state === state) return;
  memory.ask.dataset.state = state;
  if (!state) return memory.ask.replaceChildren();
  const word = (key) => el("b", { class: "key" }, record.key_labels[key]);
  if (state === "settled") {
    const { guess } = memory;
    const answer =
      guess === record.best ? texts.bet_right : isMasked(record, guess) ? texts.bet_hidden : texts.bet_wrong;
    return memory.ask.replaceChildren(
      el("p", { role: "status" }, fill(answer, { key: word(record.best), guess: word(guess) })),
    );
  }
  const choose = (guess) => {
    memory.guess = guess;
    goOn();
  };
  const button = (text, guess, focus, more) =>
    el("button", { type: "button", "data-focus": focus, onclick: () => choose(guess), ...more }, text);
  memory.ask.replaceChildren(
    el("p", {}, texts.bet),
    el(
      "div",
      { class: "options" },
      layout.shown.map((key) => button(record.key_labels[key], key, `guess-${key}`)),
      button(texts.skip, null, "skip", { class: "skip" }),
    ),
  );
}
