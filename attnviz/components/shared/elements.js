// Elements of a view; text only ever through textContent.

import { colourOfHead, textOn } from "./colour.js";

const SVG_NS = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:") ? document.createElementNS(SVG_NS, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}

// Replace the places {name} of a template by text or nodes; returns a list for el().
export function fill(template, values) {
  return template.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part);
    return name && name[1] in values ? values[name[1]] : part;
  });
}

export function fillText(template, values) {
  return fill(template, values).join("");
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function place(node, x, y, width, height) {
  node.style.left = `${x}px`;
  node.style.top = `${y}px`;
  if (width !== undefined) node.style.width = `${width}px`;
  if (height !== undefined) node.style.height = `${height}px`;
  return node;
}

// A word cut to a width; `measure` tells the width of a text.
export function shorten(text, width, measure) {
  if (measure(text) <= width) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && measure(`${letters.join("")}…`) > width) letters.pop();
  return `${letters.join("")}…`;
}

// "W^Q" with the Q high, "d_k" with the k low.
export function symbolOf(text) {
  const [, plain, mark, end] = /^([^_^]*)([_^]?)(.*)$/.exec(text);
  return el("i", {}, plain, mark ? el(mark === "^" ? "sup" : "sub", {}, end) : null);
}

// A head's number on its colour; other words beside it say the same.
export function chip(theme, head, more = "") {
  return el("span", { class: `chip${more}`, "aria-hidden": "true", style: chipStyle(theme, head) }, String(head + 1));
}

export function chipStyle(theme, head) {
  const colour = colourOfHead(theme, head);
  return `background:${colour};color:${textOn(colour)}`;
}

// The size of one rem in pixels: the reader can make all type larger.
export function typeSize() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

// A canvas sharp on any screen: returns its 2D context in CSS pixels.
export function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

export function download(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
