import { tellBet } from "../../../attnviz/components/shared/followed.js";
import { rowNow } from "../../../attnviz/components/lines/twin.js";
import { answerAhead, isAsking } from "../../../attnviz/components/lines/bet.js";
import { still } from "../../../attnviz/components/lines/copy.js";
import { pitchFor } from "../../../attnviz/components/lines/figure.js";
import { follow, light, side } from "../../../attnviz/components/lines/follow.js";
import lines from "../../../attnviz/components/lines/lines.js";
import { adopt, hasLayer, pick, rowOf, strongest } from "../../../attnviz/components/lines/state.js";
import { drawn, equal, float, near, ok, test, texts, until, viewOf } from "./testing.js";

const NAMES = [
  "layer",
  "head",
  "heads",
  "ways",
  "one_words",
  "all_words",
  "figure",
  "asks",
  "query",
  "answers",
  "key",
  "weight",
  "table",
  "twin",
  "is_twin",
];

// Layer 2 of 3, three heads, two queries, two keys.
function linesData(more = {}) {
  const weights = [
    [0.9, 0.1, 0.2, 0.8],
    [0.3, 0.7, 0.6, 0.4],
    [0.55, 0.45, 0.004, 0.95],
  ];
  return {
    place: [1, 0, 0, 0],
    rows: ["he", "is"],
    columns: ["a", "b"],
    rowTokens: [0, 2],
    columnTokens: [0, 3],
    firstLayer: 1,
    nLayers: 3,
    nHeads: 3,
    heads: null,
    part: "encoder_self",
    partName: "self",
    model: "translator",
    text: "he is",
    texts: {
      ...texts(...NAMES),
      computed_head: "head {heads}",
      computed_heads: "heads {heads} of layer {layer}",
      faint: "below {least}",
      rest: "rest {shares}",
      share: "{weight} of {head}",
      spoken: "{head}: {query} → {key} {weight}",
      table_caption: "{query} {layer}",
    },
    arrays: { weights: float([1, 3, 2, 2], ...weights.flat()) },
    ...more,
  };
}

function linesView(more) {
  const view = viewOf(linesData(more));
  adopt(view.memory, view.data);
  return view;
}

test("the row of a head is its own", () => {
  near([...rowOf(linesData(), 1, 2, 0)], [0.55, 0.45]);
  near([...rowOf(linesData(), 1, 1, 1)], [0.6, 0.4]);
});

test("where heads were asked for, they are found by their place in the list", () => {
  near([...rowOf(linesData({ heads: [4, 7, 9] }), 1, 7, 0)], [0.3, 0.7]);
});

test("a layer that has not been sent is known to be missing", () => {
  equal(
    [0, 1, 2].map((layer) => hasLayer(linesData(), layer)),
    [false, true, false],
  );
});

test("at first only the chosen head is lit", () => {
  equal([...linesView().memory.on], [0]);
  equal([...linesView({ place: [1, 2, 0, 0] }).memory.on], [2]);
});

test("the brightest line of what is followed is told to other views, and then that nothing is followed", () =>
  drawnLines({}, (host) => {
    const told = [];
    const heard = ({ detail }) => told.push(detail);
    document.addEventListener("attnviz-followed", heard);
    host
      .querySelector(".word.row[data-index='1']")
      .dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" }));
    host.querySelector("svg").dispatchEvent(new PointerEvent("pointerleave"));
    document.removeEventListener("attnviz-followed", heard);
    near(told[0].weight, 0.8);
    equal({ ...told[0], weight: 0 }, { layer: 1, head: 0, query: "is", key: "b", weight: 0 });
    equal(told[1], null);
  }));

test("a copied picture says its sentence, model, layer and heads, and what it leaves out, and needs no style sheet", () => {
  const view = linesView({ file: { sentence: "he is.", name: "encoder · translator" } });
  const figure = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  figure.setAttribute("height", "100");
  figure.innerHTML = "<text style='fill: rgb(1, 2, 3)'>he</text>";
  view.root.append(figure);
  document.body.append(view.root);
  Object.assign(view.memory, {
    shown: { layer: 1, head: 0 },
    leftOut: "rest",
    size: { font: 16, width: 300, measure: (text) => text.length },
  });
  view.data.texts.place = "layer {layer}, head {heads}";
  const picture = still(view);
  view.root.remove();
  equal(
    [...picture.querySelectorAll("text")].map((text) => text.textContent),
    ["he", "“he is.”", "encoder · translator · layer 2, head 1", "rest"],
  );
  equal(picture.querySelector("text").style.fill, "rgb(1, 2, 3)");
  equal([picture.getAttribute("width"), picture.getAttribute("height")], ["332", "204"]);
});

test("words fill the window: short sentences spread, long ones fit, and elsewhere they stand as usual", () => {
  equal(pitchFor(5, 200, 900, 1), 48);
  near(26 * pitchFor(26, 300, 900, 1) + 300 + 170, 900);
  equal(pitchFor(128, 200, 900, 1), 13);
  equal(pitchFor(5, 700, 900, 1), 22.5);
  equal(pitchFor(5, 700, 900, 1.25), 28.125);
});

test("the strongest answer of a word", () => {
  equal([strongest(linesView(), 0), strongest(linesView(), 1)], [0, 1]);
});

test("beside each answering word stands the weight of the head that gives it most", () => {
  const view = linesView({ heads: [0, 1, 2] });
  const size = { font: 16, scale: 1, width: 600, numbers: 80, squares: 0, pitch: 30, top: 0, phone: false };
  Object.assign(view.memory, { size, shown: { layer: 1 } });
  const numbers = side(view, 0).filter((node) => node.tagName === "text");
  equal(
    numbers.map((node) => node.textContent),
    ["0.90", "0.70"],
  );
});

test("a word that is pinned is told by its token, from 1", () => {
  const view = linesView();
  pick(view, { row: 1, column: 1 });
  equal(view.sent, [["pick", { layer: 2, head: 1, query: 3, key: 0 }]]);
  pick(view, { column: 1 }, { key: view.data.columnTokens[1] + 1 });
  equal(view.sent[1][1].key, 4);
});

test("an answer to an earlier word does not undo a later one", () => {
  const view = linesView();
  pick(view, { row: 1 });
  adopt(view.memory, linesData());
  equal(view.memory.row, 1);
  adopt(view.memory, linesData({ place: [1, 0, 1, 0] }));
  adopt(view.memory, linesData());
  equal(view.memory.row, 0);
});

// ---- the figure, drawn

function drawnLines(more, check) {
  const { arrays, ...values } = linesData(more);
  return drawn(lines, values, arrays, check);
}

const pathsOf = (host) => [...host.querySelectorAll(".lines path")];
const weightOfPath = (path) => Number(path.dataset.weight);

test("the lines of one word are its weights, opacity the weight", () =>
  drawnLines({ heads: [0, 1] }, (host) => {
    const found = pathsOf(host);
    near(found.map(weightOfPath).sort(), [0.1, 0.3, 0.7, 0.9]);
    for (const path of found) near(Number(path.getAttribute("stroke-opacity")), weightOfPath(path));
    equal([...new Set(found.map((path) => path.dataset.row))], ["0"]);
  }));

test("a line is drawn in its head's colour, strongest last", () =>
  drawnLines({}, (host) => {
    const best = pathsOf(host).at(-1);
    near(weightOfPath(best), 0.9);
    equal([best.dataset.head, best.getAttribute("stroke")], ["1", "#178FF2"]);
  }));

test("a weight below the least is no line", () =>
  drawnLines({ place: [1, 2, 1, 1] }, (host) => {
    equal(
      pathsOf(host).some((path) => weightOfPath(path) < 0.005),
      false,
    );
    equal(pathsOf(host).length, 1); // head 3 gives .004 and .95
  }));

test("an answering word that is followed shows the lines into it", () =>
  drawnLines({ heads: [0, 1] }, (host) => {
    const word = host.querySelectorAll(".word.column")[1];
    word.dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" }));
    equal([...new Set(pathsOf(host).map((path) => path.dataset.column))], ["1"]);
    near(pathsOf(host).map(weightOfPath).sort(), [0.1, 0.4, 0.7, 0.8]);
  }));

test("a click on a word pins it and tells its token", () =>
  drawnLines({}, (host, sent) => {
    host.querySelectorAll(".word.row")[1].dispatchEvent(new MouseEvent("click"));
    equal(sent, [["pick", { layer: 2, head: 1, query: 3, key: 0 }]]);
    equal(host.querySelectorAll('.word.row[aria-selected="true"]').length, 1);
  }));

test("the table says the numbers of the word", () =>
  drawnLines({ heads: [0, 1] }, async (host) => {
    const details = host.querySelector("details");
    details.open = true;
    for (let turn = 0; turn < 200 && !details.querySelector("td"); turn++)
      await new Promise((later) => setTimeout(later, 10));
    equal(
      [...details.querySelectorAll("td")].map((cell) => cell.textContent),
      ["0.900", "0.300", "0.100", "0.700"],
    );
  }));

test("what is not drawn, because it goes to special tokens, is said", () =>
  drawnLines(
    { heads: [0, 1], arrays: { weights: float([1, 3, 2, 2], 0.5, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4, 0.5, 0.5, 0, 1) } },
    (host) => {
      const caption = host.querySelector('[data-part="caption"]').textContent;
      ok(caption.includes("rest 0.40 of 1"), caption);
      ok(caption.startsWith("heads 1, 2 of layer 2"), caption);
    },
  ));

test("following nothing before the figure stands is no fault", () => {
  const view = linesView();
  follow(view, null);
  light(view);
});

const ANY = { name: "first", options: [] };

test("a bet keeps the answer secret until a word is tapped, and then says whether it was right", () =>
  drawnLines({ bet: ANY, place: [1, 0, 1, 1] }, (host, sent) => {
    const told = [];
    const heard = ({ detail }) => told.push(detail);
    document.addEventListener("attnviz-bet", heard);
    const count = () => pathsOf(host).length;
    const answers = () => [...host.querySelectorAll(".word.column")];
    host
      .querySelector(".word.row[data-index='0']")
      .dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" }));
    equal(count(), 0);
    equal(
      answers().map((word) => [word.getAttribute("tabindex"), word.getAttribute("aria-selected")]),
      [
        ["0", "false"],
        ["-1", "false"],
      ],
    );
    equal(host.querySelector(".word.row.active").textContent.includes("is"), true);
    answers()[0].dispatchEvent(new MouseEvent("click"));
    document.removeEventListener("attnviz-bet", heard);
    equal(told, [{ name: "first", guess: "a", right: false }]);
    equal(
      pathsOf(host).map((path) => path.dataset.row),
      ["1", "1"],
    );
    equal(sent, []); // no server is asked
    equal(answers()[1].getAttribute("aria-selected"), "true");
  }));

test("whoever wants to be shown it is", () =>
  drawnLines({ bet: ANY }, (host) => {
    equal(host.querySelectorAll(".lines path").length, 0);
    tellBet({ wanted: ["first"] });
    equal(host.querySelectorAll(".lines path").length, 2);
  }));

test("only an option can be the answer, and another bet asks anew", () =>
  drawnLines({ bet: { name: "tired", options: [1] }, place: [1, 0, 1, 1] }, (host) => {
    const count = () => pathsOf(host).length;
    const answers = () => [...host.querySelectorAll(".word.column")];
    equal(
      answers().map((word) => [word.classList.contains("option"), word.getAttribute("tabindex")]),
      [
        [false, "-1"],
        [true, "0"],
      ],
    );
    answers()[0].dispatchEvent(new MouseEvent("click"));
    equal(count(), 0);
    tellBet({ ahead: { name: "wide", column: 1 } }); // for a sentence that is not there
    equal(count(), 0);
    tellBet({ ahead: { name: "tired", column: 1 } }); // in the card
    equal(count(), 2);
    equal(host.querySelectorAll(".word.option").length, 0);
  }));

test("while a class votes no tap answers", () =>
  drawnLines({ bet: { ...ANY, voted: true }, place: [1, 0, 1, 1] }, (host) => {
    for (const word of host.querySelectorAll(".word.column")) word.dispatchEvent(new MouseEvent("click"));
    equal([pathsOf(host).length, host.querySelectorAll(".word.option").length], [0, 0]);
  }));

test("a word that was given ahead answers when its sentence comes, and not another's bet", () => {
  const view = linesView({ bet: { name: "tired", options: [0, 1] } });
  view.memory.ahead = { name: "wide", column: 1 };
  const told = [];
  const heard = ({ detail }) => told.push(detail);
  document.addEventListener("attnviz-bet", heard);
  answerAhead(view);
  equal([told, isAsking(view)], [[], true]);
  view.data = linesData({ bet: { name: "wide", options: [0, 1] } });
  answerAhead(view);
  document.removeEventListener("attnviz-bet", heard);
  equal([told, isAsking(view)], [[{ name: "wide", guess: "b", right: false }], false]);
  view.data = linesData({ bet: { name: "tired", options: [0, 1] } });
  equal(isAsking(view), true);
});

test("the untrained twin's row is its own, and on the way to it no number is shown", () => {
  const view = linesView();
  view.data.arrays.control = float([1, 3, 2, 2], 0.5, 0.5, 0.5, 0.5, 0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5);
  near([...rowNow(view, 1, 1, 0)], [0.3, 0.7]);
  view.memory.twin = 1;
  near([...rowNow(view, 1, 1, 0)], [0, 1]);
  view.memory.twin = 0.5;
  near([...rowNow(view, 1, 1, 0)], [0.15, 0.85]);
});

test("the twin is there while the key is held, and its numbers are its own", async () => {
  const control = float([1, 3, 2, 2], 0.4, 0.6, 0.5, 0.5, 0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5);
  const { arrays, ...values } = linesData();
  await drawn(lines, values, { ...arrays, control }, async (host) => {
    const numbers = () => [...host.querySelectorAll("svg > g:last-child text")].map((text) => text.textContent);
    const press = (type) => document.dispatchEvent(new KeyboardEvent(type, { key: "u" }));
    equal(numbers(), ["0.90", "0.10"]);
    press("keydown");
    await until(() => numbers()[0] === "0.40");
    equal(numbers(), ["0.40", "0.60"]);
    press("keyup");
    await until(() => numbers()[0] === "0.90");
    equal(numbers(), ["0.90", "0.10"]);
  });
});
