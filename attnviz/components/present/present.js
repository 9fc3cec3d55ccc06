// A lecture: the page one screen at a time (screens.js), by a clicker's keys, without a run on the server.
//
// The page stays as Streamlit built it; what another screen shows is marked with data-present="off" and laid out
// without being seen (hall.css), so that its figures have their width before they are shown. The address says where
// one is: ?present=1&to=section_batch&screen=2.

import { el, fillText, setText } from "../shared/elements.js";
import { PACE } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { pointer } from "./pointer.js";
import style from "./present.css" with { type: "css" };
import { placeOf, screenAt, screensOf } from "./screens.js";
import { alwaysOf, unitsOf } from "./units.js";

const BLOCK = '[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]';
const SCROLLS = '[data-testid="stMain"]';
const REVEAL = '[class*="st-key-show_"]:not([class*="st-key-show_all_"]) button';
const WAY_ON = ".st-key-footer a";
const PATIENCE = 15000; // ms for another page
const KEYS = {
  PageDown: 1, ArrowRight: 1, ArrowDown: 1, " ": 1, PageUp: -1, ArrowLeft: -1, ArrowUp: -1,
  Home: "first", End: "last", b: "blank", B: "blank", ".": "blank", Escape: "leave",
}; // prettier-ignore

function render(view) {
  const { data, memory } = view;
  if (!memory.end) begin(view);
  if (memory.page !== data.page) {
    Object.assign(memory, { page: data.page, place: { part: data.part, screen: data.screen }, anchor: null, left: 0 });
    memory.asked = new WeakSet();
  }
  arrange(view);
}

function begin(view) {
  const { root, memory } = view;
  const end = (memory.end = new AbortController());
  const { signal } = end;
  memory.room = 0;
  memory.dots = el("div", { class: "dots" });
  memory.count = el("span", { class: "count" });
  memory.title = el("span", { class: "title" });
  memory.blank = el("div", { class: "blackout", hidden: true, onclick: () => act(view, "blank") });
  const button = (label, sign, move) =>
    el("button", { class: "plain", "aria-label": label, title: label, onclick: () => act(view, move) }, sign);
  const { texts } = view.data;
  memory.strip = el(
    "nav",
    { class: "strip", "aria-label": texts.lecture },
    memory.title,
    memory.dots,
    memory.count,
    button(texts.back, "‹", -1),
    button(texts.on, "›", 1),
    button(texts.leave, "×", "leave"),
  );
  root.replaceChildren(memory.strip, memory.blank, ...pointer(signal));

  let due = 0;
  const again = () => {
    if (!root.isConnected) return end.abort();
    due ||= requestAnimationFrame(() => {
      due = 0;
      if (root.isConnected) arrange(view); // a lecture that was left in between would hide the page again
      else end.abort();
    });
  };
  const built = new MutationObserver(again);
  built.observe(document.body, { childList: true, subtree: true }); // Streamlit may build the page's block anew
  const grown = (memory.grown = new ResizeObserver(again));
  signal.addEventListener("abort", () => {
    for (const watch of [built, grown]) watch.disconnect();
    for (const node of document.querySelectorAll("[data-present]")) delete node.dataset.present;
    document.querySelector(BLOCK)?.removeAttribute("data-present-title");
  });
  addEventListener("resize", again, { signal });
  addEventListener("keydown", (event) => first(view, event), { capture: true, signal });
  addEventListener("keydown", (event) => last(view, event), { signal });
}

// A clicker's own keys are always ours; the others only where nothing that has the focus uses them.
function first(view, event) {
  if (!view.root.isConnected || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key !== "PageDown" && event.key !== "PageUp") return;
  event.preventDefault();
  event.stopPropagation();
  act(view, KEYS[event.key]);
}

function last(view, event) {
  if (!view.root.isConnected || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const [target] = event.composedPath();
  const isFree = target === document.body || event.composedPath().includes(view.root);
  const move = KEYS[event.key];
  if (move === undefined || !isFree || (event.key === " " && target.tagName === "BUTTON")) return;
  event.preventDefault();
  act(view, move);
}

function act(view, move) {
  const { memory } = view;
  if (move === "blank" || !memory.blank.hidden) memory.blank.hidden = !memory.blank.hidden;
  else if (move === "leave") view.send("left", true);
  else if (move === "first") show(view, 0);
  else if (move === "last") show(view, memory.screens.length - 1);
  else step(view, move);
}

// One click of the clicker: the rest of what is shown, then the answer, then the next screen, then the next page.
function step(view, way) {
  const { memory } = view;
  if (performance.now() < memory.left) return; // another page is on its way
  if (scrolled(way) || paced(memory, way) || (way > 0 && revealed(memory))) return;
  const next = memory.at + way;
  if (next >= 0 && next < memory.screens.length) return show(view, next);
  const links = [...document.querySelectorAll(WAY_ON)];
  const link = way > 0 ? view.data.hasNext && links.at(-1) : view.data.hasBefore && links[0];
  if (!link) return;
  memory.left = performance.now() + PATIENCE;
  link.click();
}

// A figure with steps of its own (a film, nine steps) takes the click until it is at its end.
function paced({ screens, at }, way) {
  const hosts = screens[at].units.flatMap(({ node }) => [
    ...node.querySelectorAll('[data-testid^="stBidiComponent"] *'),
  ]);
  const roots = hosts.map((host) => host.shadowRoot?.querySelector(".attnviz")).filter(Boolean);
  const isTaken = roots.some((root) => !root.dispatchEvent(new CustomEvent(PACE, { detail: way, cancelable: true })));
  const main = document.querySelector(SCROLLS);
  // a film stays where it is seen; a figure of many windows is told from its top again
  if (isTaken && main.scrollHeight > 2 * main.clientHeight) main.scrollTo({ top: 0, behavior: "instant" });
  return isTaken;
}

function scrolled(way) {
  const main = document.querySelector(SCROLLS);
  const page = main.clientHeight * 0.75; // the strip below hides some of it
  const left = way > 0 ? main.scrollHeight - main.clientHeight - main.scrollTop : main.scrollTop;
  if (left < 12) return false;
  main.scrollBy({ top: way * page, behavior: "instant" });
  return true;
}

function revealed({ screens, at, asked }) {
  const buttons = screens[at].units.flatMap(({ node }) => [...node.querySelectorAll(REVEAL)]);
  const button = buttons.find((one) => !asked.has(one));
  if (!button) return false;
  asked.add(button);
  button.click();
  return true;
}

// Takes the page apart anew, and shows the screen that was shown.
function arrange(view) {
  const { memory } = view;
  const block = document.querySelector(BLOCK);
  if (!block) return;
  const units = unitsOf(block);
  memory.screens = screensOf(units, roomOf(block), gapOf(block)).map((one) => ({ ...one, part: one.units[0].part }));
  memory.heads = units.filter(({ kind }) => kind === "head");
  if (!memory.screens.length) return;
  const anchor = memory.anchor?.isConnected ? memory.anchor : null;
  draw(view, screenAt(memory.screens, memory.place, anchor));
}

function show(view, index) {
  const { memory } = view;
  memory.place = placeOf(memory.screens, index);
  memory.anchor = memory.screens[index].units[0].node;
  draw(view, index);
  document.querySelector(SCROLLS).scrollTo({ top: 0, behavior: "instant" });
  remember(memory.place);
}

function draw(view, index) {
  const { memory, data } = view;
  const { screens, heads } = memory;
  const screen = screens[index];
  memory.at = index;
  const shown = new Set(screen.units.map(({ node }) => node));
  const opened = new Set(screen.units.flatMap(({ blocks }) => blocks));
  const all = [...screens.flatMap(({ units }) => units), ...heads];
  for (const { node, blocks, kind, group } of all) {
    mark(node, kind === "head" ? group === screen.group : shown.has(node));
    for (const block of blocks) mark(block, opened.has(block));
  }
  memory.grown.disconnect();
  for (const node of shown) memory.grown.observe(node);
  setText(memory.title, data.title);
  setText(memory.count, `${index + 1} / ${screens.length}`);
  const isTitle = index === 0 && screen.units[0].node.querySelector("h1") !== null;
  document.querySelector(BLOCK).toggleAttribute("data-present-title", isTitle);
  drawDots(view, index);
}

function mark(node, isOn) {
  const is = isOn ? "on" : "off";
  if (node.dataset.present !== is) node.dataset.present = is;
}

function drawDots(view, at) {
  const { dots, screens } = view.memory;
  while (dots.children.length > screens.length) dots.lastChild.remove();
  while (dots.children.length < screens.length) {
    const index = dots.children.length;
    dots.append(el("button", { class: "dot", onclick: () => show(view, index) }));
  }
  [...dots.children].forEach((dot, index) => {
    const label = fillText(view.data.texts.screen, { number: index + 1, total: screens.length });
    if (dot.getAttribute("aria-label") !== label) dot.setAttribute("aria-label", label);
    dot.toggleAttribute("aria-current", index === at);
    dot.classList.toggle("first", index > 0 && screens[index - 1].group !== screens[index].group);
  });
}

function roomOf(block) {
  const main = document.querySelector(SCROLLS);
  const { paddingTop, paddingBottom } = getComputedStyle(block.parentElement);
  const taken = alwaysOf(block).reduce((sum, node) => sum + node.offsetHeight + gapOf(block), 0);
  return main.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom) - taken;
}

function gapOf(block) {
  return parseFloat(getComputedStyle(block).rowGap) || 0;
}

function remember({ part, screen }) {
  const url = new URL(location);
  for (const [name, value] of Object.entries({ to: part, screen: screen > 1 ? screen : "" })) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

export default mount(render, style);
