// The page as Streamlit built it, taken apart into units (screens.js): sections are opened, all else stays whole.

const ALWAYS = ".st-key-classroom, .st-key-sentence_box, .st-key-sentence_line"; // on every screen
const FRAME = `${ALWAYS}, .st-key-bar, .st-key-document, .st-key-examples, .st-key-footer`; // of every page
const FIGURE = [
  ".stPlotlyChart",
  '[data-testid^="stBidiComponent"]',
  '[data-testid="stDataFrame"]',
  '[data-testid="stImage"]',
  ".katex-display",
  "table",
].join(", ");
const CONTROLS = "input, button, select, textarea, [role=slider], a[href]";
const NOTE = '[data-testid="stCaptionContainer"], [data-testid="stExpander"]';
const SECTION = '[class*="st-key-section_"]';
const KEY = /(?:^|\s)st-key-((?:section|what_if|predict)_[a-z0-9_]+)/;

// The units below `block` in the order of the page: {kind, group, part, node, blocks, height}. `part` is the key of the
// container that a link leads to, `blocks` are those that were opened to reach the node.
export function unitsOf(block, blocks = [], part = "") {
  const units = [];
  let own = part; // what stands between two sections goes with the one before
  for (const node of block.children) {
    const inner = innerOf(node);
    if (!inner || inner.matches(FRAME) || isEmpty(node)) continue;
    const key = KEY.exec(inner.className)?.[1] ?? own;
    if (inner.matches(SECTION) || inner.querySelector(`:scope > * > ${SECTION}`)) {
      units.push(...unitsOf(inner, [...blocks, node], key));
      own = units.at(-1)?.group ?? own;
    } else units.push({ kind: kindOf(inner, blocks), group: own, part: key, node, blocks, height: heightOf(node) });
  }
  return units;
}

// What stands on every screen of `block`.
export function alwaysOf(block) {
  return [...block.children].filter((node) => innerOf(node)?.matches(ALWAYS));
}

// Streamlit draws a container inside another of its own.
function innerOf(node) {
  return node.dataset.testid === "stLayoutWrapper" ? node.firstElementChild : node;
}

// Streamlit's places of styles and scripts, and those where nothing was drawn.
function isEmpty(node) {
  const code = [...node.querySelectorAll("style, script")].map(({ textContent }) => textContent);
  const text = code.reduce((left, one) => left.replace(one, ""), node.textContent);
  return !text.trim() && !node.querySelector(`${FIGURE}, ${CONTROLS}`);
}

function kindOf(inner, blocks) {
  if (blocks.length && inner.querySelector(":scope > [data-testid=stHeading] h2")) return "head";
  if (KEY.test(inner.className)) return "frame";
  if (inner.querySelector(NOTE) && !inner.querySelector("input")) return "note";
  if (inner.querySelector(FIGURE)) return "figure";
  return inner.querySelector(CONTROLS) ? "controls" : "text";
}

// A unit that is not shown is laid out as if it were, without taking room.
function heightOf(node) {
  return Math.max(node.offsetHeight, node.scrollHeight);
}
