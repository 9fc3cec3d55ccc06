import { adoptCut, buildCut, drawCut, isOut, toggle, undo, wordsOf } from "../../../attnviz/components/heads/cut.js";
import { csvText, fileName, htmlText, jsonText, svgText } from "../../../attnviz/components/heads/files.js";
import { gridKey } from "../../../attnviz/components/heads/grid.js";
import { mostGoes } from "../../../attnviz/components/heads/heads.js";
import { ranking } from "../../../attnviz/components/heads/search.js";
import {
  adopt,
  cellAt,
  choose,
  hasLayer,
  hiddenOf,
  isMasked,
  picture,
  scaleLimit,
  sides,
  weightOf,
  weightOrPicture,
} from "../../../attnviz/components/heads/state.js";
import { bytes, equal, float, near, ok, pressed, test, texts, viewOf } from "./testing.js";

// Two layers of two heads, two queries, three keys; head 2 of layer 2 is chosen, at (1, 2).
function headsData(more = {}, arrays = {}) {
  const weights = Array.from({ length: 24 }, (_, index) => index * 10);
  return {
    place: [1, 1, 1, 2],
    firstLayer: 0,
    rows: ["he", "=SUM(1)"],
    columns: ["a", '"b"', "<c>"],
    rowTokens: [0, 3],
    columnTokens: [0, 2, 5],
    part: "encoder_self",
    model: "translator",
    text: "he",
    target: "",
    hiddenLabels: [],
    file: {
      text: "h\u2019e\u200b =1",
      target: "er",
      shownText: "h\u2019e =1",
      shownTarget: "",
      link: "/heads?x",
      python: "seen",
    },
    levels: 250,
    transposed: false,
    order: [
      [0, 1],
      [1, 1],
      [1, 0],
      [0, 0],
    ],
    texts: {
      ...texts("asks", "writes", "answers", "query_role", "key_role", "from", "encoder_self", "translator"),
      ...texts("nothing_left_out", "dark", "inside"),
      head: "Head {head} of layer {layer}",
      hidden_share: "{weight} to {token}",
      not_shown: "not_shown {tokens}",
      not_shown_most: "not_shown {tokens}, {most} at most",
    },
    arrays: {
      colours: bytes([2, 2, 2, 3], ...weights),
      limits: float([2, 2], 1, 0.5, 1, 0.25),
      chosen: float([2, 3], 0.1, 0.2, 0.7, 0.25, 0.25, 0.5),
      trained: float([4], 0.9, 0.5, 0.3, 0.1),
      untrained: float([4], 0.2, 0.3, 0.4, 0.5),
      ...arrays,
    },
    ...more,
  };
}

function headsView(more, arrays) {
  const view = viewOf(headsData(more, arrays));
  adopt(view.memory, view.data);
  view.memory.page = {
    title: { textContent: "Head 2 of layer 2" },
    finding: { textContent: "finding" },
    from: { textContent: "from" },
    body: document.createElement("canvas"),
  };
  view.memory.size = { cell: 20 };
  return view;
}

test("the weight of a cell is row by row, of the chosen head", () => {
  const view = headsView();
  near([weightOf(view, 0, 2), weightOf(view, 1, 0), weightOf(view, 1, 2)], [0.7, 0.25, 0.5]);
});

test("a head whose numbers are on their way has no numbers, only its picture", () => {
  const view = headsView();
  choose(view, { layer: 0, head: 1 });
  equal(weightOf(view, 0, 2), null);
  near(weightOrPicture(view, 0, 2), (80 / 250) * 0.5); // bytes 60 ... 110 are that head's
  near(scaleLimit(view), 0.5);
});

test("another head says what it does with the word, where that is not the chosen pair", () => {
  const view = headsView();
  view.data.texts.most_goes = "most to {key}: {weight}";
  choose(view, { row: 0, column: 0 });
  equal(mostGoes(view), "most to <c>: 0.70");
  choose(view, { column: 2 });
  equal(mostGoes(view), "");
  choose(view, { head: 0 }); // its numbers are on their way
  equal(mostGoes(view), "");
});

test("the picture of a head is its own bytes", () => {
  const { bytes: found, limit } = picture(headsData(), { layer: 1, head: 0 });
  equal(found, [120, 130, 140, 150, 160, 170]);
  equal(limit, 1);
});

test("what a row gives to each token that is not shown is its own row's", () => {
  const data = { hiddenLabels: ["<s>", "</s>"], arrays: { hidden: float([3, 2], 0, 0.125, 0.25, 0.5, 0.75, 1) } };
  equal(hiddenOf({ data }, 1), [
    ["<s>", 0.25],
    ["</s>", 0.5],
  ]);
});

test("a mask hides where it is 0, and nothing without one", () => {
  const data = headsData({}, { mask: bytes([2, 3], 1, 0, 1, 1, 1, 0) });
  equal(
    [0, 1].map((row) => [0, 1, 2].map((column) => isMasked(data, row, column))),
    [
      [false, true, false],
      [false, false, true],
    ],
  );
  equal(isMasked(headsData(), 0, 1), false);
});

test("swapped, keys go down and queries across, and a cell stays the same pair", () => {
  const view = headsView({ transposed: true });
  const { down, across, at } = sides(view);
  equal([down.role, across.role, at], ["key", "query", { query: 1, key: 2 }]);
  equal([down.names.length, across.names.length], [3, 2]);
  equal(cellAt(view, 2, 1), { row: 1, column: 2 });
  const straight = headsView();
  equal(sides(straight).down.role, "query");
  equal(cellAt(straight, 1, 2), { row: 1, column: 2 });
});

test("in a cross part a query writes", () => {
  equal(sides(headsView({ part: "cross" })).down.word, "writes");
  equal(sides(headsView()).down.word, "asks");
});

test("what follows the pointer lights other words than those chosen", () => {
  const view = headsView();
  view.memory.hover = { row: 0, column: 1 };
  equal(sides(view).lit, { query: 0, key: 1 });
  equal(sides(view).at, { query: 1, key: 2 });
});

test("a choice is shown at once and told from 1, by tokens", () => {
  const view = headsView();
  choose(view, { layer: 0, column: 1 });
  equal(view.drawn, 1);
  equal(view.sent, [["pick", { layer: 1, head: 2, query: 4, key: 3 }]]);
});

test("an answer to an earlier head does not undo a later one; another sentence does", () => {
  const view = headsView();
  choose(view, { layer: 0, head: 0 });
  adopt(view.memory, view.data); // still the old head
  equal([view.memory.chosen.layer, view.memory.chosen.head], [0, 0]);
  adopt(view.memory, headsData({ text: "she" }));
  equal([view.memory.chosen.layer, view.memory.chosen.head], [1, 1]);
});

test("heads are ranked by Python's numbers for the pair that was sent", () => {
  const found = ranking(headsView());
  equal(
    found.map(({ layer, head }) => [layer, head]),
    [
      [0, 1],
      [1, 1],
      [1, 0],
      [0, 0],
    ],
  );
  near(
    found.map(({ weight }) => weight),
    [0.9, 0.5, 0.3, 0.1],
  );
  near(
    found.map(({ untrained }) => untrained),
    [0.2, 0.3, 0.4, 0.5],
  );
});

test("heads are ranked by the picture for another pair, strongest first", () => {
  const view = headsView();
  choose(view, { row: 0, column: 1 });
  const found = ranking(view);
  // bytes 10, 70, 130, 190 of 250, times the limits 1, .5, 1, .25
  equal(
    found.map(({ layer, head }) => [layer, head]),
    [
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  );
  near(
    found.map(({ weight }) => weight),
    [0.52, 0.19, 0.14, 0.04],
  );
  equal(
    found.map(({ exact }) => exact),
    [false, false, false, false],
  );
});

test("keys on the squares go from head to head and stop at the edge", () => {
  const view = headsView();
  view.memory.buttons = [0, 1].flatMap((layer) => [0, 1].map((head) => ({ layer, head, button: { focus() {} } })));
  gridKey(view, pressed("ArrowRight"));
  equal(view.drawn, 0);
  gridKey(view, pressed("ArrowUp"));
  equal([view.memory.chosen.layer, view.memory.chosen.head], [0, 1]);
  gridKey(view, pressed("Home"));
  equal([view.memory.chosen.layer, view.memory.chosen.head], [0, 0]);
});

test("a file is named by part, layer and head, from 1", () => {
  equal(fileName(headsView(), "csv"), "attnviz-encoder-self-layer2-head2.csv");
});

// In a file every number of a row stands: what goes to the end token, which the picture leaves out, too.
const LEFT_OUT = { data: { hiddenLabels: ["‹end›"] }, arrays: { hidden: float([2, 1], 0, 0.25) } };

test("CSV: where from and what is left out, all numbers, words quoted, and no word a formula", () => {
  const lines = csvText(headsView(LEFT_OUT.data, LEFT_OUT.arrays)).split("\r\n");
  equal(lines[0], '\ufeff"from: “h\u2019e =1”"');
  equal(lines[1], '"encoder_self · translator · Head 2 of layer 2"');
  ok(lines[2].includes("‹end›") && lines[2].includes("0.25"), lines[2]);
  equal(lines[3], '"query_role \\ key_role","a","""b""","<c>","not_shown ‹end›"');
  equal(lines[5].startsWith(`"'=SUM(1)",`), true);
  near(lines[4].split(",").slice(1).map(Number), [0.1, 0.2, 0.7, 0], 1e-7);
  near(lines[5].split(",").slice(-4).map(Number), [0.25, 0.25, 0.5, 0.25], 1e-7);
  equal(lines.slice(6), [""]);
});

test("CSV swapped: rows are keys, and what is not shown is the last of them", () => {
  const lines = csvText(headsView({ transposed: true, ...LEFT_OUT.data }, LEFT_OUT.arrays)).split("\r\n");
  equal(lines.length, 9);
  near(lines[6].split(",").slice(-2).map(Number), [0.7, 0.5], 1e-7);
  near(lines[7].split(",").slice(-2).map(Number), [0, 0.25], 1e-7);
});

test("JSON: the numbers with what they are, all counted from 1, and the sentence as it was typed", () => {
  const found = JSON.parse(jsonText(headsView(LEFT_OUT.data, LEFT_OUT.arrays)));
  equal([found.layer, found.head, found.chosen.row, found.chosen.column, found.part], [2, 2, 2, 3, "encoder_self"]);
  equal([found.text, found.target, found.swapped], ["h\u2019e\u200b =1", "er", false]);
  equal(found.rows, { role: "query", words: ["he", "=SUM(1)"] });
  near(found.weights[0], [0.1, 0.2, 0.7]);
  equal(found.not_shown, { tokens: ["‹end›"], weights: [[0], [0.25]] });
  const swapped = JSON.parse(jsonText(headsView({ transposed: true })));
  equal(swapped.rows.role, "key");
  near(swapped.weights[2], [0.7, 0.5]);
  const masked = JSON.parse(jsonText(headsView({}, { mask: bytes([2, 3], 1, 1, 0, 1, 1, 1) })));
  equal(masked.weights[0][2], null);
});

test("HTML: a table with the numbers, and words as text", () => {
  document.documentElement.lang = "ko";
  const page = new DOMParser().parseFromString(htmlText(headsView()), "text/html");
  equal(page.documentElement.lang, "ko");
  equal(page.title, "encoder_self · translator · Head 2 of layer 2 · attnviz");
  equal(page.querySelector("p").textContent, "from: “h\u2019e =1”");
  equal(
    [...page.querySelectorAll("thead th")].map((cell) => cell.textContent),
    ["a", '"b"', "<c>"],
  );
  equal(
    [...page.querySelectorAll("tbody td")].map((cell) => cell.textContent),
    ["0.1000", "0.2000", "0.7000", "0.2500", "0.2500", "0.5000"],
  );
  equal(page.querySelectorAll("c, script").length, 0);
});

test("SVG: a cell for each weight, in the colour of the weight, numbers from 1", () => {
  const view = headsView();
  const drawing = new DOMParser().parseFromString(svgText(view), "image/svg+xml");
  equal(drawing.querySelector("parsererror"), null);
  const cells = [...drawing.querySelectorAll("rect")].filter((node) => node.getAttribute("fill").startsWith("rgb"));
  equal(cells.length, 6);
  const [x, y] = ["x", "y"].map((side) => cells.map((node) => Number(node.getAttribute(side))));
  ok(x[0] < x[1] && x[1] < x[2] && y[0] === y[2] && y[3] > y[0], "three columns, two rows");
  const { weightRamp } = view.theme; // the limit of this head is .25
  equal(
    cells.map((node) => node.getAttribute("fill")),
    [0.4, 0.8, 1, 1, 1, 1].map((share) => `rgb(${weightRamp[Math.round(share * 255)]})`),
  );
  const text = [...drawing.querySelectorAll("text")].map((node) => node.textContent);
  for (const word of ["he", "=SUM(1)", "a", '"b"', "<c>", ".10", ".50", "Head 2 of layer 2"])
    ok(text.includes(word), word);
});

test("SVG: light unless dark is asked for, and the sentence is shortened, never the model", () => {
  const shownText = "word ".repeat(400);
  const file = { text: shownText, target: "", shownText, shownTarget: "", link: "", python: "" };
  const view = headsView({ file });
  const ground = () =>
    new DOMParser().parseFromString(svgText(view), "image/svg+xml").querySelector("rect").getAttribute("fill");
  const drawing = new DOMParser().parseFromString(svgText(view), "image/svg+xml");
  const text = [...drawing.querySelectorAll("text")].map((node) => node.textContent);
  ok(text.includes("encoder_self · translator · Head 2 of layer 2"), text.join("\n"));
  ok(text.at(-1).endsWith("…"), text.at(-1));
  equal(drawing.querySelector("desc").textContent.includes(shownText), true);
  const light = ground();
  view.memory.page.dark = { checked: true };
  ok(luminanceOf(light) > luminanceOf(ground()), "the dark picture is darker");
});

function luminanceOf(colour) {
  return parseInt(colour.slice(1, 3), 16);
}

test("SVG: masked cells are grey with a stroke and have no number", () => {
  const view = headsView({}, { mask: bytes([2, 3], 1, 1, 0, 1, 1, 1) });
  const drawing = new DOMParser().parseFromString(svgText(view), "image/svg+xml");
  equal(
    [...drawing.querySelectorAll("rect")].filter((node) => node.getAttribute("fill") === view.theme.mask).length,
    1,
  );
  equal(drawing.querySelectorAll("path").length, 1);
  equal([...drawing.querySelectorAll("text")].filter((node) => node.textContent === ".70").length, 0);
});

test("where not all layers travel, a head is found among those that did", () => {
  const data = headsData({ firstLayer: 5 });
  equal([...picture(data, { layer: 6, head: 0 }).bytes], [120, 130, 140, 150, 160, 170]);
  equal([hasLayer(data, 4), hasLayer(data, 5), hasLayer(data, 6), hasLayer(data, 7)], [false, true, true, false]);
});

const cutTexts = {
  ...texts("cut", "cut_undo", "cut_back", "cut_bleu", "cut_note", "cut_waiting", "cut_with", "cut_without"),
  cut_all: "all {all}",
  cut_count: "without {n} of {all}",
};

// What Python tells of heads that are out.
function cutOf(out, more = {}) {
  return { on: true, out, bleu: false, letter: "e", all: 6, told: {}, ...more };
}

function cuttingView(out = []) {
  const view = headsView({ cut: cutOf(out) });
  adoptCut(view.memory, view.data);
  return view;
}

test("a head goes out and back, a layer at once, and undo goes back one by one", () => {
  const view = cuttingView(["c1-1"]);
  const layer = [
    { layer: 1, head: 0 },
    { layer: 1, head: 1 },
  ];
  toggle(view, [{ layer: 0, head: 1 }]);
  toggle(view, layer.slice(0, 1));
  toggle(view, layer); // one of them is out already: now all are
  equal(view.memory.out, ["c1-1", "e1-2", "e2-1", "e2-2"]);
  ok(isOut(view, layer[1]) && !isOut(view, { layer: 0, head: 0 }));
  equal(view.sent.at(-1), ["cut", { out: "c1-1_e1-2_e2-1_e2-2", bleu: false, on: true }]);
  toggle(view, layer);
  equal(view.memory.out, ["c1-1", "e1-2"]);
  undo(view);
  undo(view);
  equal(view.memory.out, ["c1-1", "e1-2", "e2-1"]);
  equal(view.memory.past.length, 2);
});

test("an answer to an earlier press does not put a head back, one from below the picture can be undone", () => {
  const view = cuttingView();
  toggle(view, [{ layer: 0, head: 0 }]);
  toggle(view, [{ layer: 0, head: 1 }]);
  adoptCut(view.memory, { ...view.data, cut: cutOf(["e1-1"]) });
  equal(view.memory.out, ["e1-1", "e1-2"]);
  adoptCut(view.memory, { ...view.data, cut: cutOf(["e1-1", "e1-2"]) });
  adoptCut(view.memory, { ...view.data, cut: cutOf(["d1-2"]) });
  equal(view.memory.out, ["d1-2"]);
  undo(view);
  equal(view.memory.out, ["e1-1", "e1-2"]);
});

test("words that are gone and new are marked as such, and read in their order", () => {
  const diff = [
    ["same", "Die"],
    ["gone", "<b>"],
    ["new", "Katze"],
  ];
  const marked = wordsOf(diff).filter((part) => typeof part !== "string");
  equal(
    marked.map((node) => [node.localName, node.textContent]),
    [
      ["span", "Die"],
      ["del", "<b>"],
      ["ins", "Katze"],
    ],
  );
});

test("the panel shows what is told, and the search is away meanwhile", () => {
  const told = {
    name: "Translation",
    diff: [["same", "ja"]],
    rows: [["", 0.5, 0.25]],
    notes: ["less"],
    offersBleu: true,
  };
  const view = headsView({ cut: cutOf(["e1-1"], { told }), texts: { ...cutTexts } });
  adoptCut(view.memory, view.data);
  view.memory.page.search = document.createElement("section");
  const cut = (view.memory.page.cut = buildCut(view));
  drawCut(view);
  ok(view.memory.page.search.hidden && !cut.panel.hidden && cut.mode.getAttribute("aria-pressed") === "true");
  equal(cut.title.textContent, "without 1 of 6");
  equal(
    [...cut.told.querySelectorAll(".number")].map((cell) => cell.textContent),
    ["0.50", "0.25"],
  );
  equal(cut.told.querySelector(".without").style.width, "25%");
  ok(cut.told.textContent.includes("less"));
  ok(cut.undo.disabled && !cut.back.disabled && !cut.bleu.hidden);
  cut.bleu.click();
  equal(view.sent.at(-1), ["cut", { out: "e1-1", bleu: true, on: true }]);
  cut.mode.click();
  drawCut(view);
  ok(cut.panel.hidden && !view.memory.page.search.hidden);
});

test("a picture without a server offers no heads to take out", () => {
  const view = headsView({ cut: null, texts: { ...cutTexts } });
  adoptCut(view.memory, view.data);
  view.memory.page.search = document.createElement("section");
  const cut = (view.memory.page.cut = buildCut(view));
  drawCut(view);
  ok(cut.mode.hidden && cut.panel.hidden && !isOut(view, { layer: 0, head: 0 }));
});
