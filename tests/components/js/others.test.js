import { tellBet } from "../../../attnviz/components/shared/followed.js";
import headline from "../../../attnviz/components/headline/headline.js";
import manyHeads from "../../../attnviz/components/many_heads/many_heads.js";
import { colourOf, css, themeOf } from "../../../attnviz/components/shared/colour.js";
import page from "../../../attnviz/components/page/page.js";
import { whenKnown } from "../../../attnviz/components/shared/connection.js";
import table, { orderOf } from "../../../attnviz/components/table/table.js";
import { drawn, equal, float, near, ok, packed, test, texts, until, viewOf } from "./testing.js";

// ---- the page

test("a server that was started anew is asked at once, and what a reader does meanwhile waits for its answer", async () => {
  const app = document.body.appendChild(document.createElement("div"));
  const parent = document.body.appendChild(document.createElement("div"));
  const told = async (connection, script) => {
    app.setAttribute("data-test-connection-state", connection);
    app.setAttribute("data-test-script-state", script);
    await new Promise((later) => setTimeout(later, 20));
  };
  const sent = [];
  const done = [];
  await told("CONNECTED", "notRunning");
  const data = await packed({ part: "" }, {});
  const end = page({ parentElement: parent, data, setTriggerValue: (...one) => sent.push(one) });
  await until(() => parent.querySelector("[data-theme]")); // drawn, and watching
  await told("CONNECTED", "notRunning");
  whenKnown(() => done.push("before"));
  await told("PINGING_SERVER", "notRunning");
  whenKnown(() => done.push("meanwhile"));
  equal([sent, done], [[], ["before"]]);
  await told("CONNECTED", "notRunning");
  equal([sent, done], [[["reconnected", true]], ["before"]]);
  await told("CONNECTED", "running");
  equal(done, ["before"]);
  await told("CONNECTED", "notRunning");
  equal(done, ["before", "meanwhile"]);
  end();
  app.remove();
  parent.remove();
});

// ---- the table

function sorted(column, order) {
  const data = {
    rows: ["a", "b", "c", "d"],
    columns: ["x", "y"],
    arrays: { values: float([4, 2], 3, 1, NaN, 2, 1, 3, 2, 4) },
  };
  return orderOf(viewOf(data, { sort: { column, order } }));
}

test("a table sorts by a column, and what is missing comes last either way", () => {
  equal(sorted(0, "descending"), [0, 3, 2, 1]);
  equal(sorted(0, "ascending"), [2, 3, 0, 1]);
  equal(sorted(1, "descending"), [3, 2, 1, 0]);
});

test("a table sorts by its names, or not at all", () => {
  equal(sorted(0, "none"), [0, 1, 2, 3]);
  equal(sorted(-1, "descending"), [3, 2, 1, 0]);
});

test("a table prints numbers, and a press on a name tells its row", () =>
  drawn(
    table,
    {
      caption: "c",
      corner: "word",
      rows: ["a", "b"],
      columns: ["x"],
      digits: 3,
      roles: ["query", ""],
      chosen: [1, 0],
      pressable: true,
      texts: texts("sort_by", "missing"),
    },
    { values: float([2, 1], -0.12349, NaN) },
    (host, sent) => {
      equal(
        [...host.querySelectorAll("td")].map((cell) => cell.textContent),
        ["−0.123", "missing"],
      );
      equal(host.querySelector("td.cell").parentElement.querySelector("th").textContent, "b");
      host.querySelectorAll("button.name")[1].click();
      equal(sent, [["row", 1]]);
    },
  ));

// ---- many heads

const MANY = {
  label: "label",
  query: "he",
  head: 1,
  texts: {
    view_hint: "hint",
    view_head: "Head {head}",
    view_most: "most",
    view_weight: "{head}: {query} → {key} {value}",
    view_masked: "{key} masked",
    view_number: "{number} of {count}: {value}",
    view_piece: "head {head}, {number}: {value}",
  },
};
const STRIP = { kind: "strip", name: "s", symbol: "h_1", title: "strip", lit: true, heads: 2, limit: 1 };
const BLOCK = {
  kind: "block",
  name: "b",
  symbol: "",
  title: "block",
  lit: true,
  words: ["a", "b", "c"],
  first: 2,
  limit: 1,
};
const ARRAYS = {
  s: float([4], 0.1, -0.2, 0.3, -0.4),
  b: float([2, 3], 0.2, 0.5, 0.3, 0.6, 0.3, 0.1),
  "b.masked": { data: Uint8Array.of(0, 0, 1), shape: [3] },
};

test("the read-out says the number under the pointer, of the right head", () =>
  drawn(manyHeads, { ...MANY, lines: [[STRIP, { kind: "sign", text: "·" }, BLOCK]] }, ARRAYS, (host) => {
    const readout = host.querySelector(".readout");
    const over = (name, head, column) => {
      host
        .querySelector(`[data-item="${name}"][data-head="${head}"][data-column="${column}"]`)
        .dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
      return readout.textContent;
    };
    equal(over("s", 1, 0), "head 2, 1: 0.300");
    equal(over("s", 0, 1), "head 1, 2: −0.200");
    equal(over("b", 2, 1), "3: he → b 0.500");
    equal(over("b", 3, 0), "4: he → a 0.600");
    equal(over("b", 3, 2), "c masked");
  }));

test("a vector is one row, however many heads it is cut into", () =>
  drawn(manyHeads, { ...MANY, lines: [[STRIP]] }, ARRAYS, (host) => {
    equal(host.querySelector(".strip .shape").textContent, "1 × 4");
  }));

test("each cell has the colour of its own number, and only what is masked looks so", () =>
  drawn(manyHeads, { ...MANY, lines: [[STRIP, BLOCK]] }, ARRAYS, (host) => {
    const cells = (name) => [...host.querySelectorAll(`[data-item="${name}"]`)];
    const probe = document.createElement("i");
    const painted = [...ARRAYS.s.data].map((value) => {
      probe.style.background = css(colourOf(themeOf(false).signedRamp, value, 1, true));
      return probe.style.background;
    });
    equal(
      cells("s").map((cell) => cell.style.background),
      painted,
    );
    const masked = cells("b").map((cell) => cell.classList.contains("masked"));
    equal(masked, [false, false, true, false, false, true]);
  }));

test("a head's row says its strongest word, and its button tells the head", () =>
  drawn(manyHeads, { ...MANY, lines: [[BLOCK]] }, ARRAYS, (host, sent) => {
    equal(
      [...host.querySelectorAll(".row:not(.words) .best")].map((best) => best.textContent),
      ["0.50 b", "0.60 a"],
    );
    const button = host.querySelectorAll("button.head")[1];
    equal(button.textContent, "4");
    button.click();
    equal(sent, [["head", 3]]);
  }));

test("arrow keys read cell by cell", () =>
  drawn(manyHeads, { ...MANY, lines: [[BLOCK]] }, ARRAYS, (host) => {
    const box = host.querySelector(".many-heads");
    const press = (key) => {
      box.dispatchEvent(new KeyboardEvent("keydown", { key }));
      return host.querySelector(".readout").textContent;
    };
    equal(press("ArrowRight"), "3: he → a 0.200");
    equal(press("ArrowRight"), "3: he → b 0.500");
    equal(press("ArrowDown"), "4: he → b 0.300");
    equal(press("ArrowLeft"), "4: he → a 0.600");
  }));

// ---- the headline

const STANDING = {
  weight: 0.6249,
  rank_in_row: 1,
  n_in_row: 9,
  rank_among_heads: 2,
  n_heads: 32,
  untrained: 0.111,
  untrained_best: 0.222,
};
const CARD = {
  place: [1, 5, 3, 4],
  query: "making",
  key: "more",
  standing: STANDING,
  models: 3,
  modelsBest: 0.5,
  untrained: false,
  foreign: false,
  paper: null,
  texts: {
    ...texts("is_untrained", "special", "no_reason", "this_model", "untrained_model"),
    ...texts("bet_how", "bet_show", "bet_right"),
    bet_ask: "what will {query} look at",
    bet_wrong: "not {guess}",
    takes: "head {head} layer {layer} {percent}% {query} {key}",
    looks_at: "{query} looks at {key}",
    ranks: "{row}/{words} {among}/{heads}",
    control: "{same} {best}",
    models_beaten: "beaten {n} {best}",
    models_not_beaten: "not beaten {n} {best}",
    paper_found_many: "found {keys} {weight} {layer} {head} {n} {best}",
  },
};
const BET = { name: "first", options: [], pair: null };
const PAPER_LINK = {
  keys: ["more"],
  weight: 0.6,
  layer: 1,
  head: 5,
  n_untrained: 20,
  untrained_best: 0.2,
  found: true,
};
const DOTS = { byHead: float([2], 0.1, 0.6249), control: float([2], 0.111, 0.222) };

test("the headline counts layer and head from 1 and rounds once", () =>
  drawn(headline, { ...CARD, card: "headline" }, DOTS, (host) => {
    equal(host.querySelector(".number").textContent, "0.62");
    equal(host.querySelector(".said").textContent, "6head 6 layer 2 62% making more");
  }));

test("the headline asks first where there is a bet, and then says what was guessed", () =>
  drawn(headline, { ...CARD, card: "headline", bet: BET }, DOTS, (host) => {
    ok(!host.querySelector(".number"), "the answer is there before it was asked for");
    const wanted = [];
    document.addEventListener("attnviz-bet", ({ detail }) => wanted.push(detail), { once: true });
    host.querySelector(".show-me").click();
    equal(wanted, [{ wanted: ["first"] }]);
    ok(!host.querySelector(".number"), "only the figure answers");
    tellBet({ name: "first", guess: "dog", right: false });
    equal(host.querySelector(".note").textContent, "not dog");
    ok(host.querySelector(".number"));
  }));

test("what is special stays away until the bet is over", () =>
  drawn(headline, { ...CARD, card: "special", bet: BET }, DOTS, (host) => {
    ok(host.querySelector(".secret"));
    tellBet({ name: "first", guess: null, right: false });
    ok(!host.querySelector(".secret"));
  }));

test("the headline follows the link that another view follows, without what is known of its own", () =>
  drawn(headline, { ...CARD, card: "headline", paper: { ...PAPER_LINK } }, DOTS, (host) => {
    const tell = (detail) => document.dispatchEvent(new CustomEvent("attnviz-followed", { detail }));
    equal(host.querySelectorAll(".note").length, 1);
    tell({ layer: 2, head: 0, query: "it", key: "snake", weight: 0.4 });
    equal(host.querySelector(".title").textContent, "it looks at snake");
    equal(host.querySelector(".number").textContent, "0.40");
    equal(host.querySelector(".said").textContent, "1head 1 layer 3 40% it snake");
    equal(host.querySelectorAll(".note").length, 0);
    tell(null);
    equal(host.querySelector(".title").textContent, "making looks at more");
    equal(host.querySelectorAll(".note").length, 1);
  }));

test("the paper's link is told with its layer and head from 1", () =>
  drawn(headline, { ...CARD, card: "headline", paper: { ...PAPER_LINK } }, DOTS, (host) => {
    equal(host.querySelector(".note").textContent, "found more 0.60 2 6 20 0.20");
  }));

test("the special card says ranks, control and the untrained models", () =>
  drawn(headline, { ...CARD, card: "special" }, DOTS, (host) => {
    equal(host.querySelector(".ranks").textContent, "1/9 2/32 0.11 0.22 beaten 3 0.50");
    const [own, control] = [
      [...host.querySelectorAll("circle.dot")].slice(0, 2),
      [...host.querySelectorAll("circle.dot")].slice(2),
    ];
    equal([own.length, control.length], [2, 2]);
    const x = own.map((dot) => Number(dot.getAttribute("cx")));
    const [zero, one] = [...host.querySelectorAll("line.axis")].map((axis) =>
      ["x1", "x2"].map((end) => Number(axis.getAttribute(end))),
    )[0];
    near(
      x.map((at) => (at - zero) / (one - zero)),
      [0.1, 0.6249],
      1e-3,
    );
  }));

test("the special card says so when untrained models were stronger", () =>
  drawn(headline, { ...CARD, card: "special", modelsBest: 0.7 }, DOTS, (host) => {
    equal(host.querySelector(".ranks").textContent.endsWith("not beaten 3 0.70"), true);
  }));
