import {
  colourOf,
  colourOfHead,
  contrast,
  luminance,
  ramp,
  rgb,
  textOn,
  themeOf,
  variables,
} from "../../../attnviz/components/shared/colour.js";
import { chip, el, fill, fillText, shorten, symbolOf } from "../../../attnviz/components/shared/elements.js";
import { hatch } from "../../../attnviz/components/shared/hatch.js";
import { Pending, arrow, keepingFocus, keyTo, same, within } from "../../../attnviz/components/shared/interaction.js";
import { unpack } from "../../../attnviz/components/shared/message.js";
import { mount } from "../../../attnviz/components/shared/mount.js";
import { number, weightText } from "../../../attnviz/components/shared/numbers.js";
import { bytes, equal, float, near, ok, packed, pressed, test, until } from "./testing.js";

test("a number has a true minus sign and as many digits as asked", () => {
  equal(number(-1.256), "−1.26");
  equal(number(0.5, 0), "1"); // toFixed rounds away from zero here
  equal(number(2.34567, 4), "2.3457");
});

test("a number that rounds to nothing is never minus zero", () => {
  equal(number(-0.004), "0.00");
  equal(number(-0.0004, 3), "0.000");
  equal(number(-0.005001), "−0.01");
});

test("what is no number is said", () => {
  equal([number(-Infinity), number(Infinity), number(NaN)], ["−∞", "∞", "NaN"]);
});

test("a weight in a cell is short, one is whole, and nothing stands below half a hundredth", () => {
  equal([0.394, 0.005, 0.0049, 0.9949, 0.995, 1].map(weightText), [".39", ".01", "", ".99", "1.0", "1.0"]);
});

test("hex and luminance are those of WCAG", () => {
  equal(rgb("#503AB7"), [0x50, 0x3a, 0xb7]);
  near(luminance([255, 255, 255]), 1);
  near(luminance([255, 0, 0]), 0.2126);
  near(contrast([255, 255, 255], "#000000"), 21);
  near(contrast([0x77, 0x77, 0x77], "#FFFFFF"), 4.478, 0.001);
});

test("a theme's single colours are variables of CSS, its scales are not", () => {
  const light = Object.fromEntries(variables(themeOf(false)));
  equal(light["--line-strong"], themeOf(false).lineStrong);
  equal(light["--ink"] === Object.fromEntries(variables(themeOf(true)))["--ink"], false);
  equal("--weights" in light || "--dark" in light || "--weight-ramp" in light, false);
});

test("text on a colour is the one of black and white that is easier to read", () => {
  for (let grey = 0; grey < 256; grey++) {
    const colour = [grey, grey, grey];
    const best = contrast(colour, "#000000") > contrast(colour, "#FFFFFF") ? "#000000" : "#FFFFFF";
    if (Math.abs(contrast(colour, "#000000") - contrast(colour, "#FFFFFF")) > 0.1) equal(textOn(colour), best);
  }
  equal(textOn("#F9FAFD"), "#000000");
});

test("a ramp begins, ends and turns at its stops", () => {
  const colours = ramp(["#000000", "#640000", "#64C800"]);
  equal(colours.length, 256);
  equal(
    [colours[0], colours[255]],
    [
      [0, 0, 0],
      [100, 200, 0],
    ],
  );
  equal(colours[51], [40, 0, 0]); // a fifth of the way, two fifths of the first piece
  equal(colours[204], [100, 120, 0]);
});

test("weights take the ramp from 0 to the limit, signed values from minus to plus the limit", () => {
  const ramp256 = Array.from({ length: 256 }, (_, index) => index);
  equal(
    [0, 0.5, 1, 2, -1].map((value) => colourOf(ramp256, value, 1)),
    [0, 128, 255, 255, 0],
  );
  equal(
    [-4, -2, 0, 2, 4, 9].map((value) => colourOf(ramp256, value, 4, true)),
    [0, 64, 128, 191, 255, 255],
  );
  equal(colourOf(ramp256, 0, 0, true), 128);
});

test("heads take their colours in turn", () => {
  const theme = themeOf(false);
  equal(theme.heads.length, 8);
  equal(colourOfHead(theme, 9), theme.heads[1]);
  equal([theme.dark, themeOf(true).dark], [false, true]);
});

test("a chip counts heads from 1", () => {
  equal(chip(themeOf(false), 4).textContent, "5");
});

test("el() writes text as text", () => {
  const node = el("p", { class: "a", hidden: false, title: null, "aria-hidden": true }, "<b>x</b>", null, [
    el("i", {}, "y"),
  ]);
  equal(node.outerHTML, '<p class="a" aria-hidden="">&lt;b&gt;x&lt;/b&gt;<i>y</i></p>');
  equal(el("svg:g").namespaceURI, "http://www.w3.org/2000/svg");
});

test("places of a template take text or nodes, others stay", () => {
  const node = el("b", {}, "n");
  equal(
    fill("{a} and {b}{c}", { a: "1", b: node }).map((part) => part.textContent ?? part),
    ["", "1", " and ", "n", "", "{c}", ""],
  );
  equal(fillText("{head} of {heads}", { head: 0, heads: 8 }), "0 of 8");
});

test("a word is cut to the longest that fits, and never inside a character", () => {
  const measure = (text) => Array.from(text).length;
  equal(shorten("attention", 9, measure), "attention");
  equal(shorten("attention", 5, measure), "atte…");
  equal(shorten("👩🏽👩🏽👩🏽", 3, measure), "👩🏽…");
  equal(shorten("가나다라", 1, measure), "가…");
});

test("a symbol has one part high or low", () => {
  equal(symbolOf("W^Q").innerHTML, "W<sup>Q</sup>");
  equal(symbolOf("d_k").innerHTML, "d<sub>k</sub>");
  equal(symbolOf("X").innerHTML, "X");
});

test("masked cells are hatched, and only they", () => {
  const context = new OffscreenCanvas(40, 20).getContext("2d");
  const { mask, hatch: line } = themeOf(false);
  hatch(context, { mask: "#FF0000", hatch: "#0000FF" }, [[0, 0, 20, 20]], 5);
  const pixel = (x, y) => [...context.getImageData(x, y, 1, 1).data];
  equal(pixel(30, 10), [0, 0, 0, 0]);
  ok(pixel(1, 1)[0] > 128 && pixel(1, 1)[2] < 128, `between two lines: ${pixel(1, 1)}`);
  ok(pixel(5, 4)[2] > pixel(1, 1)[2], "on the line x + y = 10");
  ok(mask !== line);
  hatch(context, {}, []);
});

// ---- choices on their way

test("an answer to an earlier choice does not undo a later one", () => {
  const pending = new Pending();
  pending.set({ layer: 1, head: 2 }, "a");
  equal(pending.overtakes({ layer: 0, head: 2 }, "a"), true);
  equal(pending.choice, { layer: 1, head: 2 });
});

test("the answer to the choice ends the waiting", () => {
  const pending = new Pending();
  pending.set({ layer: 1, head: 2 }, "a");
  equal(pending.overtakes({ layer: 1, head: 2 }, "a"), false);
  equal(pending.choice, null);
  equal(pending.overtakes({ layer: 7, head: 7 }, "a"), false);
});

test("another sentence counts, whatever was chosen in the last one", () => {
  const pending = new Pending();
  pending.set({ row: 3 }, "first");
  equal(pending.overtakes({ row: 0 }, "second"), false);
  equal(pending.choice, null);
});

test("a choice is not waited for without end", () => {
  const pending = new Pending(-1);
  pending.set({ row: 3 });
  equal(pending.choice, null);
  equal(pending.overtakes({ row: 0 }), false);
  pending.set({ row: 3 }, "", 1000); // told later: waited for longer
  equal(pending.choice, { row: 3 });
});

test("only what was chosen is compared", () => {
  equal(same({ row: 1, column: 2 }, { row: 1, column: 2, more: 3 }), true);
  equal(same({ row: 1, column: 2 }, { row: 1, column: 3 }), false);
});

// ---- keys

test("arrow keys go down and right, and the browser keeps its own", () => {
  equal(
    ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].map((key) => arrow(pressed(key))),
    [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ],
  );
  equal(
    ["ctrlKey", "altKey", "metaKey"].map((more) => arrow(pressed("ArrowLeft", { [more]: true }))),
    [null, null, null],
  );
  equal(arrow(pressed("a")), null);
});

test("keys stay within rows and columns", () => {
  equal(keyTo(pressed("ArrowDown"), [1, 1], [3, 4]), [2, 1]);
  equal(keyTo(pressed("ArrowDown"), [2, 1], [3, 4]), [2, 1]);
  equal(keyTo(pressed("ArrowRight"), [2, 3], [3, 4]), [2, 3]);
  equal(keyTo(pressed("ArrowUp"), [0, 3], [3, 4]), [0, 3]);
  equal(keyTo(pressed("Home"), [2, 3], [3, 4]), [2, 0]);
  equal(keyTo(pressed("End"), [2, 0], [3, 4]), [2, 3]);
  equal(keyTo(pressed("x"), [2, 0], [3, 4]), null);
  equal([within(-1, 5), within(4, 5), within(5, 5)], [0, 4, 4]);
});

test("the focus stays on the element of the same name", () => {
  const root = document.body.appendChild(el("div"));
  const draw = () => root.replaceChildren(el("button", { "data-focus": 'a "1"' }), el("button", { "data-focus": "b" }));
  draw();
  root.lastChild.focus();
  keepingFocus(root, draw);
  equal(document.activeElement === root.lastChild, true);
  root.firstChild.focus();
  keepingFocus(root, draw);
  equal(document.activeElement === root.firstChild, true);
  root.remove();
});

test("the focus of another place is left alone", () => {
  const [root, other] = [
    document.body.appendChild(el("div")),
    document.body.appendChild(el("button", { "data-focus": "b" })),
  ];
  other.focus();
  keepingFocus(root, () => root.replaceChildren(el("button", { "data-focus": "b" })));
  equal(document.activeElement === other, true);
  root.remove();
  other.remove();
});

// ---- messages

test("a message holds values and arrays of both kinds", async () => {
  const message = await packed(
    { word: "한글 <b>" },
    { mask: bytes([1, 3], 1, 0, 1), weights: float([2, 2], 0.5, -Infinity, 3, 4) },
  );
  const { word, arrays } = await unpack(message);
  equal(word, "한글 <b>");
  equal(
    [arrays.mask.data, arrays.mask.shape],
    [
      [1, 0, 1],
      [1, 3],
    ],
  );
  equal(
    [arrays.weights.data, arrays.weights.shape],
    [
      [0.5, -Infinity, 3, 4],
      [2, 2],
    ],
  );
});

test("a view is drawn by each message, keeps its memory, and the last message wins", async () => {
  const seen = [];
  const view = mount(
    (drawn) => seen.push([drawn.data.n, (drawn.memory.times = (drawn.memory.times ?? 0) + 1)]),
    new CSSStyleSheet(),
  );
  const parent = document.body.appendChild(el("div"));
  const sent = [];
  const message = async (n) => ({
    parentElement: parent,
    data: await packed({ n }, {}),
    setTriggerValue: (...told) => sent.push(told),
  });
  const [first, second, third] = await Promise.all([1, 2, 3].map(message));
  view(first);
  await until(() => seen.length === 1);
  view(second);
  const end = view(third);
  await until(() => seen.length === 2);
  equal(seen, [
    [1, 1],
    [3, 2],
  ]);
  equal(parent.children.length, 1);
  end();
  equal(parent.children.length, 0);
  parent.remove();
});

test("a view that is taken away and made anew gives the focus back, unless it has gone elsewhere", async () => {
  const view = mount(({ root }) => root.replaceChildren(el("button", { "data-focus": "stage" }, "stage")));
  const shown = async () => {
    const parent = document.body.appendChild(el("div"));
    const end = view({ parentElement: parent, data: await packed({}, {}), setTriggerValue: () => {} });
    await until(() => parent.querySelector("button"));
    const leave = () => (end(), parent.remove());
    return { button: parent.querySelector("button"), leave };
  };
  const first = await shown();
  first.button.focus();
  first.leave();
  const second = await shown();
  await until(() => document.activeElement === second.button);
  const other = document.body.appendChild(el("button", {}, "elsewhere"));
  other.focus();
  second.leave();
  const third = await shown();
  await new Promise((done) => setTimeout(done, 100));
  equal(document.activeElement === other, true);
  third.leave();
  other.remove();
});
