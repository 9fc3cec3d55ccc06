// Headline: the bet. A question before anything is shown, then what was guessed; of a pair the other sentence is asked
// next, and at the end stands what the model's own weights say of both.

import { el, fill, fillText } from "../shared/elements.js";
import { tellBet, whenBet } from "../shared/followed.js";
import { number } from "../shared/numbers.js";

export function listenForBet(view) {
  const { memory } = view;
  memory.bets = new Map(); // name -> {guess, right}; guess null: it was just shown
  whenBet(view, ({ name, guess, right, wanted, ahead }) => {
    if (ahead) return; // the figure answers
    if (wanted) {
      // the figure answers for the one that is shown
      for (const other of wanted) if (other !== view.data.bet?.name) memory.bets.set(other, { guess: null });
      return;
    }
    memory.bets.set(name, { guess, right });
    memory.ahead = null;
    view.draw();
  });
}

// Whether the answer is still a secret; a guess that was given ahead is on its way to the figure.
export function isAsking({ data: { bet }, memory }) {
  return Boolean(bet) && !memory.bets.has(bet.name) && memory.ahead !== bet.name;
}

// Asked before anything is shown; whoever does not want to guess is shown it at once, but where a class votes.
export function question(view) {
  const { bet, texts, query } = view.data;
  const { pair } = bet;
  const names = pair ? pair.names : [bet.name];
  const [first, second] = pair?.nouns ?? [];
  const places = { query: el("span", { class: "query" }, query), first, second };
  return el(
    "section",
    { class: `panel question${pair ? " pair" : ""}` },
    el("h2", { class: "title" }, fill(pair ? texts.bet_ask_two : texts.bet_ask, places)),
    el("p", { class: "said" }, bet.voted ? texts.bet_voted : pair ? texts.bet_how_two : texts.bet_how),
    bet.voted
      ? []
      : el(
          "div",
          { class: "answers" },
          pair ? answers(view, (column) => tellBet({ ahead: { name: bet.name, column } })) : [],
          el(
            "button",
            { type: "button", class: "show-me", "data-focus": "show", onclick: () => tellBet({ wanted: names }) },
            texts.bet_show,
          ),
        ),
  );
}

function answers({ data: { bet } }, act) {
  return bet.pair.nouns.map((noun, index) =>
    el(
      "button",
      { type: "button", class: "answer", "data-focus": `answer${index}`, onclick: () => act(bet.options[index]) },
      noun,
    ),
  );
}

// The same card once its bet was answered, at its longest: by a long word, which is not the one.
export function guessedWrong(view) {
  const { data, memory } = view;
  const bets = new Map(memory.bets).set(data.bet.name, { guess: data.bet.longest, right: false });
  return { ...view, memory: { ...memory, bets } };
}

// What is said below the link of a bet that was answered.
export function outcome(view) {
  const { memory, data } = view;
  const { bet, texts } = data;
  const given = bet && memory.bets.get(bet.name);
  if (!given) return [];
  const said = [];
  if (given.guess !== null) {
    const template = texts[given.right ? "bet_right" : "bet_wrong"];
    said.push(el("p", { class: "note" }, el("strong", {}, fillText(template, { guess: given.guess }))));
  }
  if (bet.pair) {
    const other = bet.pair.names[1 - bet.pair.at];
    said.push(memory.bets.has(other) ? punchline(data) : again(view, other));
  }
  return said;
}

// The same sentence with another word in it.
function again(view, other) {
  const { data, memory } = view;
  const { pair } = data.bet;
  const places = { word: pair.words[1 - pair.at], before: pair.words[pair.at] };
  const act = (column) => {
    memory.ahead = other;
    tellBet({ ahead: { name: other, column } });
    view.send("other", true);
  };
  return el(
    "div",
    { class: "note again" },
    el(
      "p",
      {},
      fill(data.texts.bet_again, {
        word: el("strong", {}, places.word),
        before: places.before,
        query: el("span", { class: "query" }, data.query),
      }),
    ),
    el("div", { class: "answers" }, answers(view, act)),
  );
}

// Whether the head that was asked flips, said of these very weights.
function punchline({ bet, query, texts }) {
  const { nouns, weights, words } = bet.pair;
  const [first, second] = weights.map(larger);
  const flips = first !== second;
  const places = { query, noun: nouns[first], other: nouns[second], ...wordsOf(words) };
  const said = { ...places, ...numbersOf(weights, first, second) };
  return el(
    "div",
    { class: "note flip" },
    el("h3", {}, texts[flips ? "flip_title" : "flip_title_not"]),
    el("p", {}, fillText(texts[flips ? "flip_this" : "flip_this_not"], said)),
  );
}

// When both sentences were answered: what the other heads do, and what can be read from it. Else null.
export function others({ data, memory }) {
  const { bet, texts } = data;
  if (!bet?.pair || !bet.pair.names.every((name) => memory.bets.has(name))) return null;
  const { nouns, weights, rival, words, heads, turned, mostTurned } = bet.pair;
  const [first, second] = weights.map(larger);
  const noun = nouns[1 - first];
  const said = [];
  if (rival) {
    const [before, after] = rival.weights.map(larger);
    const [layer, head] = rival.place.map((index) => String(index + 1));
    const places = { layer, head, noun, ...wordsOf(words), ...numbersOf(rival.weights, before, before) };
    said.push(fillText(texts[before === after ? "flip_rival_not" : "flip_rival"], places));
  } else said.push(fillText(texts.flip_no_rival, { noun, ...wordsOf(words) }));
  const most = number(Math.ceil(mostTurned * 1000) / 1000, 3); // "at most" holds of what is written
  const counted = { heads: String(heads), turned: String(turned), most };
  said.push(fillText(texts[turned ? "flip_count" : "flip_count_none"], counted));
  said.push(texts[first === second ? "flip_end_not" : "flip_end"]);
  return el(
    "section",
    { class: "panel others" },
    el("h2", {}, texts.flip_others),
    said.map((text) => el("p", { class: "ranks" }, text)),
  );
}

function larger([first, second]) {
  return second > first ? 1 : 0;
}

function wordsOf([tired, wide]) {
  return { tired, wide };
}

// The weights of one noun in the first sentence and of one in the second.
function numbersOf([first, second], one, other) {
  return { first: number(first[one]), second: number(second[other]) };
}
