// Draws a frame as SVG: an element a shape, kept from frame to frame by its name; only what changed is written.

import { colourOf, colourOfHead, css, textOn } from "../shared/colour.js";
import { el } from "../shared/elements.js";

const HATCH = "follow-hatch";

// A picture of its own: {svg, paint(shapes)}.
export function canvas(theme, layout, attributes) {
  const { width, height, s } = layout;
  const svg = el("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes });
  const hatch = el(
    "svg:pattern",
    { id: HATCH, width: 8 * s, height: 8 * s, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    el("svg:rect", { width: 8 * s, height: 8 * s, fill: theme.mask }),
    el("svg:rect", { width: 2 * s, height: 8 * s, fill: theme.hatch }),
  );
  svg.append(el("svg:defs", {}, hatch));
  const nodes = new Map();
  return { svg, paint: (shapes) => paint({ svg, theme, nodes }, shapes) };
}

const MAKERS = { strip: stripNode, stack: stackNode, bar: rectNode, mark: rectNode, path: pathNode, text: textNode };

function paint(drawn, shapes) {
  const seen = new Set();
  let last = drawn.svg.firstChild;
  for (const shape of shapes) {
    let item = drawn.nodes.get(shape.id);
    if (!item || item.kind !== shape.kind) {
      item?.node.remove();
      item = { kind: shape.kind, ...MAKERS[shape.kind](drawn.theme, shape), written: {} };
      drawn.nodes.set(shape.id, item);
    }
    if (item.node.previousSibling !== last) last.after(item.node); // later shapes lie on top
    last = item.node;
    seen.add(shape.id);
    write(item, item.attributes(shape));
  }
  for (const [id, item] of drawn.nodes)
    if (!seen.has(id)) {
      item.node.remove();
      drawn.nodes.delete(id);
    }
}

function write(item, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
    if (item.written[name] === text) continue;
    item.written[name] = text;
    if (name === "text") item.node.textContent = text;
    else if (text === null || text === undefined) item.node.removeAttribute(name);
    else item.node.setAttribute(name, text);
  }
}

// A vector is one image, a pixel a number: however long it is, moving it costs the same.
function stripNode(theme, { values, limit, stroke }) {
  const dots = el("canvas", { width: values.length, height: 1 });
  const context = dots.getContext("2d");
  const image = context.createImageData(values.length, 1);
  values.forEach((value, i) => image.data.set([...colourOf(theme.signedRamp, value, limit, true), 255], 4 * i));
  context.putImageData(image, 0, 0);
  const picture = el("svg:image", {
    href: dots.toDataURL(),
    preserveAspectRatio: "none",
    style: "image-rendering:pixelated",
  });
  const frame = el("svg:rect", { fill: "none", stroke: colour(theme, stroke) ?? theme.lineStrong, rx: 2 });
  const node = el("svg:g", {}, picture, frame);
  const parts = [picture, frame].map((part) => ({ node: part, written: {} }));
  return {
    node,
    attributes: ({ x, y, width, height, opacity, line }) => {
      for (const part of parts) write(part, { x, y, width, height });
      write(parts[1], { "stroke-width": line });
      return { opacity };
    },
  };
}

// Products piled up from the line: upwards those above zero, downwards those below. Moved as one.
function stackNode(theme, { products, sign, unit, width }) {
  const node = el("svg:g");
  const limit = Math.max(...products.map(Math.abs));
  let at = 0;
  for (const product of products) {
    if (Math.sign(product) !== sign) continue;
    const height = Math.abs(product) * unit;
    const y = sign > 0 ? -at - height : at;
    const fill = css(colourOf(theme.signedRamp, product, limit * 1.4, true));
    if (height > 0.3)
      node.append(el("svg:rect", { y, width, height, fill, stroke: theme.ground, "stroke-width": 0.6 }));
    at += height;
  }
  return {
    node,
    attributes: ({ x, base, grow, lift, opacity }) => ({
      transform: `translate(${x.toFixed(2)} ${(base - lift).toFixed(2)}) scale(1 ${Math.max(grow, 0.001).toFixed(3)})`,
      opacity,
    }),
  };
}

function rectNode(theme, first) {
  const node = el("svg:rect", { rx: first.round ?? 2 });
  return {
    node,
    attributes: (shape) => ({
      x: shape.x,
      y: shape.y,
      width: shape.width,
      height: shape.height,
      opacity: shape.opacity,
      fill: filled(theme, shape),
      stroke: colour(theme, shape.stroke) ?? null,
      "stroke-width": shape.line ?? null,
      "stroke-dasharray": shape.dash ? "4 4" : null,
    }),
  };
}

function filled(theme, { fill, head, stroke, tone, signed }) {
  if (fill === "hatch") return `url(#${HATCH})`;
  if (head !== undefined) return colourOfHead(theme, head);
  if (tone === undefined) return stroke ? "none" : colour(theme, fill);
  const scores = signed ? theme.signedRamp[signed > 0 ? 215 : 40] : theme.signedRamp[128];
  const shares = theme.weightRamp[theme.dark ? 128 : 165];
  const from = signed ? scores : hex(theme.hatch);
  return css(from.map((part, i) => Math.round(part + (shares[i] - part) * tone)));
}

function hex(text) {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

function pathNode(theme, { dash, stroke }) {
  const node = el("svg:path", { fill: "none", stroke: colour(theme, stroke), pathLength: dash ? null : 1 });
  return {
    node,
    attributes: ({ points, line, part, opacity }) => ({
      d: curve(points),
      "stroke-width": line,
      opacity,
      "stroke-dasharray": dash ? "6 5" : part < 1 ? `${part.toFixed(3)} 2` : null,
    }),
  };
}

function curve(points) {
  const [start, ...rest] = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${start}${rest.length === 1 ? "L" : "C"}${rest.join(" ")}`;
}

function textNode(theme, { fill, bold, anchor, head }) {
  const ink =
    head === undefined
      ? fill === "onRole"
        ? textOn(theme.query)
        : colour(theme, fill)
      : textOn(colourOfHead(theme, head));
  const node = el("svg:text", {
    fill: ink,
    "font-weight": bold ? 700 : 400,
    "text-anchor": anchor,
    "dominant-baseline": "central",
    style: "font-variant-numeric:tabular-nums",
  });
  return { node, attributes: ({ x, y, size, text, opacity }) => ({ x, y, "font-size": size, text, opacity }) };
}

function colour(theme, name) {
  return name ? theme[name] : undefined;
}
