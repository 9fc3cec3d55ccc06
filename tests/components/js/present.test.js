import { placeOf, screenAt, screensOf } from "../../../attnviz/components/present/screens.js";
import { alwaysOf, unitsOf } from "../../../attnviz/components/present/units.js";
import { wordAround, wordAt } from "../../../attnviz/components/present/pointer.js";
import present from "../../../attnviz/components/present/present.js";
import { atPace } from "../../../attnviz/components/shared/interaction.js";
import hall from "../../../attnviz/components/present/hall.css" with { type: "css" };
import { drawn, equal, ok, test, until } from "./testing.js";

const unit = (kind, height = 100, group = "a") => ({ kind, height, group });
const kinds = (units, room = 1000, gap = 0) =>
  screensOf(units, room, gap).map(({ units: own }) => own.map(({ kind }) => kind).join(" "));

test("a screen has one figure, and what is written before a figure stands with it", () => {
  const page = [unit("head"), unit("text"), unit("figure"), unit("text"), unit("controls"), unit("figure")];
  equal(kinds(page), ["text figure", "text controls figure"]);
});

test("words that don't fit beside their figure stand before it, controls stay with it", () => {
  const page = [unit("text", 500), unit("controls", 100), unit("note", 50), unit("figure", 600)];
  equal(kinds(page), ["text", "controls note figure"]);
  equal(kinds([unit("head", 300), unit("text", 300), unit("figure", 500)]), ["text", "figure"]);
  equal(kinds([unit("text", 500), unit("figure", 500)]), ["text figure"]);
  equal(kinds([unit("text", 500), unit("figure", 500)], 1000, 1), ["text", "figure"]); // the gap counts
});

test("what is higher than a screen stands alone", () => {
  equal(kinds([unit("text", 100), unit("figure", 3000), unit("text", 100)]), ["text", "figure", "text"]);
});

test("a note stands below its figure, and so do last words if they fit", () => {
  equal(kinds([unit("figure", 600), unit("note", 100), unit("text", 100)]), ["figure note text"]);
  equal(kinds([unit("figure", 950), unit("note", 100)]), ["figure", "note"]);
});

test("a question or a wrong way has a screen of its own", () => {
  const page = [unit("text"), unit("frame"), unit("text"), unit("figure"), unit("frame"), unit("frame")];
  equal(kinds(page), ["text", "frame", "text figure", "frame", "frame"]);
});

test("a section begins a screen, and a head without anything below it is none", () => {
  const page = [unit("text", 10, ""), unit("head", 10, "a"), unit("head", 10, "b"), unit("text", 10, "b")];
  equal(screensOf(page, 1000).map(({ group }) => group), ["", "b"]); // prettier-ignore
});

test("nothing of a page is lost", () => {
  const names = ["text", "figure", "frame", "note", "controls", "head"];
  let seed = 7;
  const draw = (count) => (seed = (seed * 16807) % 2147483647) % count;
  for (let turn = 0; turn < 200; turn++) {
    const page = Array.from({ length: draw(20) + 1 }, (_, i) => unit(names[draw(6)], draw(900), String(i >> 2)));
    const screens = screensOf(page, 1000, 8);
    const shown = screens.flatMap(({ units }) => units);
    const wanted = page.filter(({ kind }) => kind !== "head");
    equal(shown.length, wanted.length);
    ok(wanted.every((one, index) => shown[index] === one), "in the order of the page"); // prettier-ignore
    for (const { units } of screens) {
      ok(units.filter(({ kind }) => kind === "figure" || kind === "frame").length < 2);
      const high = units.reduce((sum, { height }) => sum + height + 8, 0);
      const isBound = units.every(({ kind }) => kind !== "text"); // controls stay even with a figure that is too high
      ok(units.length === 1 || isBound || high <= 1000, `${high}`);
    }
  }
});

test("a place is the section and which of its screens, and leads back", () => {
  const screens = ["", "x", "x", "y", "x"].map((part, index) => ({ part, units: [{ node: index }] }));
  screens.forEach((_, index) => equal(screenAt(screens, placeOf(screens, index)), index));
  equal(placeOf(screens, 2), { part: "x", screen: 2 });
  equal(screenAt(screens, { part: "x", screen: 9 }), 4);
  equal(screenAt(screens, { part: "not yet", screen: 1 }), 0);
  equal(screenAt(screens, { part: "x", screen: 1 }, 3), 3); // what was shown still stands there
});

test("a word is what stands between blanks", () => {
  equal(wordAround("it looks, at", 4), [3, 9]);
  equal(wordAround("it looks", 0), [0, 2]);
  equal(wordAround("it   looks", 3), [3, 3]);
  equal(wordAround("   ", 1), [1, 1]);
});

// A page as Streamlit builds it.
function built(inner) {
  const main = document.body.appendChild(document.createElement("div"));
  main.dataset.testid = "stMain";
  main.style.cssText = "height:400px;overflow:auto;position:relative";
  main.innerHTML = `<div data-testid="stMainBlockContainer"><div data-testid="stVerticalBlock">${inner}</div></div>`;
  return main;
}

const leaf = (inner) => `<div data-testid="stElementContainer">${inner}</div>`;
const box = (key, inner) =>
  `<div data-testid="stLayoutWrapper"><div data-testid="stVerticalBlock" class="st-key-${key}">${inner}</div></div>`;
const head = (text) => leaf(`<div data-testid="stHeading"><h2>${text}</h2></div>`);
const figure = (height = 100) => leaf(`<div class="stPlotlyChart" style="height:${height}px">chart</div>`);

const PAGE = [
  leaf('<div data-testid="stHtml"><style>p { color: red }</style></div>'),
  box("bar", "<button>P</button>"),
  leaf('<div data-testid="stHeading"><h1>Masking</h1></div>'),
  box("lede", leaf("<p>why</p>")),
  box("section_one", head("One") + leaf("<p>words</p>") + figure() + figure() + box("predict_sum", leaf("<button>Show</button>"))),
  box("what_if_bad", leaf("<p>wrong</p>") + figure()),
  leaf("<p>last words</p>"),
  box("outer", box("section_two", head("Two") + leaf("<input>"))),
  leaf(""),
  box("footer", leaf('<a href="#">on</a>')),
].join(""); // prettier-ignore

test("the sentence stands on every screen, above the page or in a line with its selectors", () => {
  for (const key of ["sentence_box", "sentence_line"]) {
    const main = built(box("bar", leaf("P")) + box(key, leaf("<input>")) + leaf("<p>words</p>") + box("empty", ""));
    const block = main.querySelector('[data-testid="stVerticalBlock"]');
    main.remove();
    equal(
      alwaysOf(block).map((node) => node.firstElementChild.className),
      [`st-key-${key}`],
    );
    equal(unitsOf(block).length, 1);
  }
});

test("a page of Streamlit's is taken apart by its sections", () => {
  const main = built(PAGE);
  const units = unitsOf(main.querySelector('[data-testid="stVerticalBlock"]'));
  main.remove();
  equal(
    units.map(({ kind, group, part }) => [kind, group, part].join(" ")),
    [
      "text  ",
      "text  ",
      "head section_one section_one",
      "text section_one section_one",
      "figure section_one section_one",
      "figure section_one section_one",
      "frame section_one predict_sum",
      "frame section_one what_if_bad",
      "text section_one section_one",
      "head section_two section_two",
      "controls section_two section_two",
    ],
  );
});

const MESSAGE = {
  page: "masking",
  title: "7. Masking",
  part: "section_one",
  screen: 2,
  hasBefore: true,
  hasNext: true,
  texts: { lecture: "lecture", back: "back", on: "on", leave: "leave", screen: "{number} of {total}" },
};
const press = (key, target = document.body) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }));
const shownText = (main) =>
  [...main.querySelectorAll('[data-testid="stElementContainer"]')]
    .filter((node) => !node.closest('[data-present="off"]') && node.dataset.present === "on")
    .map((node) => node.textContent.trim());

async function presented(message, check) {
  const main = built(PAGE);
  document.adoptedStyleSheets.push(hall);
  const clicked = [];
  main.addEventListener("click", (event) => clicked.push(event.target.textContent));
  try {
    await drawn(present, { ...MESSAGE, ...message }, {}, (host, sent) =>
      check({
        main,
        sent,
        clicked,
        at: () => host.querySelector(".count").textContent,
        blank: host.querySelector(".blackout"),
        address: () => new URL(location).searchParams.toString(),
      }),
    );
  } finally {
    main.remove();
    document.adoptedStyleSheets.pop();
    history.replaceState(null, "", location.pathname);
  }
}

test("a lecture opens where the address says, steps without the server, and says where it is", () =>
  presented({}, ({ main, sent, at, address }) => {
    equal(at(), "3 / 7");
    equal(shownText(main), ["One", "chart"]);
    press("PageUp");
    equal([at(), address()], ["2 / 7", "to=section_one"]);
    equal(shownText(main), ["One", "words", "chart"]);
    press("ArrowRight");
    press("End");
    equal([at(), address()], ["7 / 7", "to=section_two"]);
    equal(shownText(main), ["Two", ""]);
    press("Home");
    equal([at(), address()], ["1 / 7", ""]);
    equal(sent, []);
  }));

test("the next click on a question shows its answer, the one after goes on", () =>
  presented({ part: "predict_sum", screen: 1 }, async ({ main, clicked, at }) => {
    const button = main.querySelector(".st-key-predict_sum button");
    button.parentElement.classList.add("st-key-show_me");
    equal(at(), "4 / 7");
    press("PageDown");
    equal([at(), clicked], ["4 / 7", ["Show"]]);
    press("PageDown");
    equal([at(), clicked], ["5 / 7", ["Show"]]);
  }));

test("behind the last screen comes the next page, once", () =>
  presented({ part: "section_two", screen: 1 }, ({ clicked }) => {
    press("PageDown");
    press("PageDown");
    equal(clicked, ["on"]);
  }));

test("what a figure or a box does with a key stays its own, a clicker's keys are the lecture's", () =>
  presented({}, ({ main, at, sent }) => {
    const input = main.querySelector("input");
    press("ArrowLeft", input);
    press("b", input);
    press("Escape", input);
    equal([at(), sent], ["3 / 7", []]);
    press("PageUp", input);
    equal(at(), "2 / 7");
  }));

test("B blanks, any key of the clicker brings back, Escape leaves", () =>
  presented({}, ({ blank, at, sent }) => {
    press("b");
    equal(blank.hidden, false);
    press("PageDown");
    equal([blank.hidden, at()], [true, "3 / 7"]);
    press("Escape");
    equal(sent, [["left", true]]);
  }));

test("a lecture that was left hides nothing any more", async () => {
  const main = built(PAGE);
  await drawn(present, MESSAGE, {}, async () => {
    main.append(document.createElement("i")); // a frame to draw in is asked for, and the lecture is left before it
    await Promise.resolve();
  });
  await new Promise((later) => requestAnimationFrame(() => requestAnimationFrame(later)));
  const marked = main.querySelectorAll("[data-present]").length;
  main.remove();
  equal(marked, 0);
});

test("what is higher than the window is scrolled before the next screen", () =>
  presented({ part: "section_one", screen: 1 }, ({ main, at }) => {
    main.querySelector(".stPlotlyChart").style.height = "600px";
    equal([at(), main.scrollHeight > 600], ["2 / 7", true]);
    press("PageDown");
    equal([at(), main.scrollTop > 100], ["2 / 7", true]);
    ok(main.scrollTop > 100, `${main.scrollTop}`);
  }));

test("a figure with steps of its own takes them first", () =>
  presented({}, ({ main, at }) => {
    const [, second] = main.querySelectorAll(".stPlotlyChart");
    second.dataset.testid = "stBidiComponentIsolated";
    const host = second.appendChild(document.createElement("div"));
    const root = document.createElement("div");
    root.className = "attnviz";
    host.attachShadow({ mode: "open" }).append(root);
    const taken = [];
    atPace(root, (way) => taken.push(way) < 3);
    press("PageDown");
    press("PageUp");
    equal([at(), taken], ["3 / 7", [1, -1]]);
    press("PageDown");
    equal([at(), taken], ["4 / 7", [1, -1, 1]]);
  }));

test("what the server draws later finds its screen, and the lecture stays where it is", () =>
  presented({}, async ({ main, at }) => {
    equal(at(), "3 / 7");
    main.querySelector(".st-key-section_one").parentElement.insertAdjacentHTML("beforebegin", box("predict_new", leaf("<p>asked</p>")));
    await until(() => at() === "4 / 8");
    equal([at(), shownText(main)], ["4 / 8", ["One", "chart"]]);
  })); // prettier-ignore

test("the word below the mouse is found, also in a view", () => {
  const host = document.body.appendChild(document.createElement("div"));
  host.style.cssText = "position:fixed;left:0;top:0;font:20px monospace;background:white;z-index:9";
  host.attachShadow({ mode: "open" }).innerHTML = "<p style='margin:0'>attention looks</p>";
  const word = wordAt(30, 10);
  const other = wordAt(145, 10);
  host.remove();
  ok(word && word.left < 5 && word.width > 80 && word.width < 130, JSON.stringify(word));
  ok(other && other.left > 100, JSON.stringify(other));
});
