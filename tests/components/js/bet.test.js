import headline from "../../../attnviz/components/headline/headline.js";
import { tellBet } from "../../../attnviz/components/shared/followed.js";
import { drawn, equal, float, ok, test, texts } from "./testing.js";

const DOTS = { byHead: float([2], 0.1, 0.63), control: float([2], 0.1, 0.2) };

// "it" before "tired" and before "wide": this head takes most from the animal in both, another from the street.
function card(more = {}) {
  const pair = {
    names: ["tired", "wide"],
    at: 0,
    words: ["tired", "wide"],
    nouns: ["animal", "street"],
    weights: [
      [0.63, 0.01],
      [0.64, 0.02],
    ],
    rival: {
      place: [3, 6],
      weights: [
        [0.2, 0.79],
        [0.27, 0.72],
      ],
    },
    heads: 32,
    turned: 1,
    mostTurned: 0.0046,
    ...more,
  };
  return {
    card: "headline",
    bet: { name: pair.names[pair.at], options: [1, 5], pair },
    place: [1, 6, 7, 1],
    query: "it",
    key: "animal",
    standing: { weight: 0.63, rank_in_row: null, n_in_row: 12, untrained: 0.1, untrained_best: 0.2 },
    models: 0,
    untrained: false,
    paper: null,
    texts: {
      ...texts("bet_how_two", "bet_show", "flip_title", "flip_title_not", "flip_end", "flip_end_not", "flip_others"),
      ...texts("special", "no_rank", "control", "no_reason", "this_model", "untrained_model"),
      bet_ask_two: "{query}: {first} or {second}",
      bet_again: "{word}, not {before}: {query}?",
      bet_right: "right {guess}",
      bet_wrong: "wrong {guess}",
      looks_at: "{query} looks at {key}",
      takes: "{head} {layer}",
      flip_this: "{query} {noun} {tired} {first} {other} {wide} {second}",
      flip_this_not: "{query} {noun} {first} {tired} {second} {wide}",
      flip_rival: "{head} of {layer} leaves {noun} {first} {second}",
      flip_rival_not: "{head} of {layer} stays {noun} {first} {second}",
      flip_no_rival: "none {noun} {tired}",
      flip_count: "{turned} of {heads} {most}",
      flip_count_none: "none of {heads}",
    },
  };
}

const lines = (host) => [...host.querySelectorAll(".flip *, .others *")].map((node) => node.textContent);

// Both sentences answered: what stands in both cards then.
async function ended(more, check) {
  const said = [];
  for (const name of ["headline", "special"]) {
    await drawn(headline, { ...card(more), card: name }, DOTS, (host) => {
      tellBet({ name: "tired", guess: null, right: false });
      tellBet({ name: "wide", guess: null, right: false });
      said.push(...lines(host));
    });
  }
  check(said);
}

test("the card asks for one of two words, and the figure answers", () =>
  drawn(headline, card(), DOTS, (host) => {
    equal(host.querySelector(".title").textContent, "it: animal or street");
    const told = [];
    document.addEventListener("attnviz-bet", ({ detail }) => told.push(detail), { once: true });
    host.querySelectorAll(".answer")[1].click();
    equal(told, [{ ahead: { name: "tired", column: 5 } }]);
    ok(!host.querySelector(".number"), "it is there before the figure answers");
  }));

test("then the other sentence is asked, whose answer leads there, and nothing is said of both before", () =>
  drawn(headline, card(), DOTS, (host, sent) => {
    tellBet({ name: "tired", guess: "street", right: false });
    equal(host.querySelector(".note").textContent, "wrong street");
    equal(host.querySelector(".again p").textContent, "wide, not tired: it?");
    equal(lines(host), []);
    const told = [];
    document.addEventListener("attnviz-bet", ({ detail }) => told.push(detail), { once: true });
    host.querySelectorAll(".again .answer")[1].click();
    equal(told, [{ ahead: { name: "wide", column: 5 } }]);
    equal(sent, [["other", true]]);
  }));

test("whoever wants to be shown it is asked for neither sentence", () =>
  drawn(headline, card(), DOTS, (host) => {
    const told = [];
    document.addEventListener("attnviz-bet", ({ detail }) => told.push(detail), { once: true });
    host.querySelector(".show-me").click();
    equal(told, [{ wanted: ["tired", "wide"] }]);
    tellBet({ name: "tired", guess: null, right: false }); // the figure
    ok(!host.querySelector(".again"));
    equal(lines(host)[0], "flip_title_not");
  }));

test("it is said that it does not flip where it does not, with the weights of both sentences", () =>
  ended({}, (said) =>
    equal(said, [
      "flip_title_not",
      "it animal 0.63 tired 0.64 wide",
      "flip_others",
      "7 of 4 stays street 0.79 0.72",
      "1 of 32 0.005",
      "flip_end_not",
    ]),
  ));

test("and that it flips where it does, a head beside it too", () =>
  ended(
    {
      weights: [
        [0.63, 0.01],
        [0.3, 0.4],
      ],
      rival: {
        place: [0, 1],
        weights: [
          [0.1, 0.5],
          [0.6, 0.2],
        ],
      },
      turned: 2,
      mostTurned: 0.63,
    },
    (said) =>
      equal(said, [
        "flip_title",
        "it animal tired 0.63 street wide 0.40",
        "flip_others",
        "2 of 1 leaves street 0.50 0.20",
        "2 of 32 0.630",
        "flip_end",
      ]),
  ));

test("where no head looks at the other word, or none turns, that is said", () =>
  ended({ rival: null, turned: 0, mostTurned: 0 }, (said) =>
    equal(said.slice(3, 5), ["none street tired", "none of 32"]),
  ));

test("while a class votes the card asks, and gives nobody an answer", () => {
  const data = card();
  data.texts.bet_voted = "the class votes";
  data.bet.voted = true;
  return drawn(headline, data, DOTS, (host) => {
    equal(host.querySelector(".said").textContent, "the class votes");
    equal(host.querySelectorAll("button").length, 0);
  });
});
