// Lines: a bet before the line is drawn. Which word will it look at? A tap answers, and only then the picture does.

import { tellBet, whenBet } from "../shared/followed.js";
import { strongest } from "./state.js";

export const DRAWN_IN = 900; // milliseconds in which the line is drawn, as in lines.css

// Whether the answer is still a secret.
export function isAsking({ data, memory }) {
  return Boolean(data.bet) && !memory.answered?.has(data.bet.name);
}

// Whether a word may be the answer; where a class votes, it does so in its own panel.
export function isOption({ data: { bet } }, column) {
  return !bet.voted && (!bet.options.length || bet.options.includes(column));
}

// The first word that may be the answer: where keys begin.
export function firstOption({ data: { bet } }) {
  return bet.options[0] ?? 0;
}

// What the card beside asks for: to be shown it, or a word for this sentence or one that is still to come.
export function listenForBet(view) {
  whenBet(view, ({ wanted, ahead }) => {
    if (ahead) view.memory.ahead = ahead;
    if (wanted) {
      if (isAsking(view)) answer(view, null);
      remember(view.memory, ...wanted);
    }
    if (ahead || wanted) view.draw();
  });
}

// A word that was given in the card, maybe before its sentence came.
export function answerAhead(view) {
  const { data, memory } = view;
  if (!data.bet || memory.ahead?.name !== data.bet.name) return;
  const { column } = memory.ahead;
  memory.ahead = null;
  if (isAsking(view)) answer(view, column);
}

// The reader's word.
export function guess(view, column) {
  if (!isAsking(view) || !isOption(view, column)) return;
  answer(view, column);
  view.draw();
}

// column null: no guess, it is just shown.
function answer(view, column) {
  const { data, memory } = view;
  const { name } = data.bet;
  remember(memory, name);
  memory.hover = null; // what the pointer or the focus rests on was the guess, and is not what is looked at next
  memory.keyboard = false;
  memory.draws = true; // until it has been drawn
  setTimeout(() => (memory.draws = false), DRAWN_IN);
  const right = column === strongest(view, memory.row);
  tellBet({ name, guess: column === null ? null : data.columns[column], right });
}

function remember(memory, ...names) {
  memory.answered ??= new Set();
  for (const name of names) memory.answered.add(name);
}
