// Formulas: a small part of LaTeX, drawn with HTML. \live{...} is the term that the step computes.

import { el } from "../shared/elements.js";

export function formula(latex, label) {
  const reader = { text: latex, at: 0 };
  const drawn = el("span", { class: "formula-drawn", "aria-hidden": "true" }, readFormula(reader, ""));
  const length = drawn.textContent.length;
  return el("div", { class: `formula${length > 24 ? " long" : ""}`, role: "img", "aria-label": label }, drawn);
}

// Read up to the closing sign ("}" or \right) and return the nodes.
function readFormula(reader, closing) {
  const nodes = [];
  while (reader.at < reader.text.length) {
    if (closing && reader.text.startsWith(closing, reader.at)) {
      reader.at += closing.length;
      return nodes;
    }
    nodes.push(readAtom(reader));
  }
  return nodes;
}

function readGroup(reader) {
  if (reader.text[reader.at] !== "{") return [readAtom(reader)];
  reader.at += 1;
  return readFormula(reader, "}");
}

function readAtom(reader) {
  const character = reader.text[reader.at];
  if (character === "\\") return readCommand(reader);
  reader.at += 1;
  if (character === "^") return el("sup", {}, readGroup(reader));
  if (character === "_") return el("sub", {}, readGroup(reader));
  if (/[A-Za-z]/.test(character)) return el("i", {}, character);
  if (/[=+]/.test(character)) return el("span", { class: "sign" }, character);
  return document.createTextNode(character);
}

function readCommand(reader) {
  const [, name] = /^\\([A-Za-z]+|,)/.exec(reader.text.slice(reader.at));
  reader.at += name.length + 1;
  if (name === "cdot") return document.createTextNode(" · ");
  if (name === ",") return document.createTextNode("\u2009");
  if (name === "live") return el("span", { class: "live" }, readGroup(reader));
  if (name === "operatorname")
    return el(
      "span",
      { class: "operator" },
      readGroup(reader)
        .map((node) => node.textContent)
        .join(""),
    );
  if (name === "sqrt") return el("span", { class: "root" }, "√", el("span", { class: "radicand" }, readGroup(reader)));
  if (name === "frac") {
    const over = el("span", {}, readGroup(reader));
    return el("span", { class: "fraction" }, over, el("span", {}, readGroup(reader)));
  }
  if (name === "middle") {
    reader.at += 1; // the bar
    return document.createTextNode(" | ");
  }
  if (name === "left") {
    reader.at += 1; // the bracket
    const inside = readFormula(reader, "\\right");
    reader.at += 1;
    const tall = inside.some((node) => node.querySelector?.(".fraction") || node.classList?.contains("fraction"));
    return el("span", { class: `bracket${tall ? " tall" : ""}` }, el("span", {}, "("), inside, el("span", {}, ")"));
  }
  return document.createTextNode(name);
}
