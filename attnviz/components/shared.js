// Helpers that every view shares. A view defines render(view); view holds
//   root        the element to draw into, kept from run to run
//   data        {values..., arrays: {name: {data: TypedArray, shape: [...]}}}
//   send        (name, value) => sends a trigger to Python (on_<name>_change)
//   theme       {dark, weights: [9 colours], signed: [9 colours], heads: [8 colours], ...}
//   memory      an object of the view's own, kept from run to run

const PALETTE = {
  light: {
    dark: false,
    weights: ["#F9FAFD", "#D1DEFE", "#ADC1FD", "#8EA1F5", "#7580E7", "#615DD1", "#503AB7", "#3F2389", "#2C0D5F"],
    signed: ["#024A7D", "#1F75B5", "#5FA4DC", "#A8D1F4", "#FCFAF8", "#F0C0A6", "#DA855E", "#B64C22", "#802103"],
    heads: ["#178FF2", "#B63A01", "#07756A", "#7937A6", "#988C08", "#E845B8", "#002571", "#561F00"],
    ground: "#FFFFFF", panel: "#F7F7FA", ink: "#171923", muted: "#555C6E", faint: "#6A7184",
    line: "#E1E3EA", lineStrong: "#C9CDD8", accent: "#503AB7", accentSoft: "#EEEBFB",
    query: "#A85400", key: "#00736B", value: "#8A2C8C", whatIf: "#B42318", whatIfTint: "#FFF3F1",
    mask: "#ECEEF3", hatch: "#B4B9C6", focus: "#503AB7",
  },
  dark: {
    dark: true,
    weights: ["#18191F", "#292752", "#3E3189", "#504FB5", "#5A71DC", "#579AEC", "#66C0F6", "#92E2F7", "#CDFFFE"],
    signed: ["#A0E3FE", "#50AEE3", "#2376B1", "#1D456C", "#211A18", "#69301C", "#B15122", "#E7883F", "#FECE8C"],
    heads: ["#0E79B3", "#FF6F55", "#1DC2A1", "#D1C2FF", "#EBBF1B", "#F674F6", "#F2F2F2", "#BE5225"],
    ground: "#14161C", panel: "#1C1F28", ink: "#F1F2F7", muted: "#A9B0C2", faint: "#8A91A5",
    line: "#2C303C", lineStrong: "#454B5B", accent: "#A99BFF", accentSoft: "#2A2650",
    query: "#FFB454", key: "#45D3C2", value: "#E39BE0", whatIf: "#FF8A75", whatIfTint: "#1D1719",
    mask: "#232733", hatch: "#5A6070", focus: "#C9C1FF",
  },
};

// ---- colour

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function luminance([r, g, b]) {
  const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// Black or white, whichever contrasts more with the colour.
function textOn(colour) {
  return luminance(typeof colour === "string" ? rgb(colour) : colour) > 0.179 ? "#000000" : "#FFFFFF";
}

// 256 colours between the stops of a scale, as [r, g, b].
function ramp(stops) {
  const colours = stops.map(rgb);
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (colours.length - 1);
    const low = Math.min(Math.floor(at), colours.length - 2);
    return [0, 1, 2].map((c) => Math.round(colours[low][c] + (at - low) * (colours[low + 1][c] - colours[low][c])));
  });
}

// The colour of a value on a ramp: weights run from 0 to limit, signed values from -limit to limit.
function colourOf(colours, value, limit, signed) {
  const share = signed ? (value / (limit || 1) + 1) / 2 : value / (limit || 1);
  return colours[Math.max(0, Math.min(255, Math.round(share * 255)))];
}

function css([r, g, b]) {
  return `rgb(${r},${g},${b})`;
}

function themeNow(element) {
  const ground = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const dark = /^#[0-9a-f]{6}$/i.test(ground) && luminance(rgb(ground)) < 0.2;
  const theme = { ...PALETTE[dark ? "dark" : "light"] };
  theme.weightRamp = ramp(theme.weights);
  theme.signedRamp = ramp(theme.signed);
  return theme;
}

// The size of one rem in pixels: the reader can make all type larger.
function typeSize() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

// ---- numbers

// A number as text: never "-0.00", a true minus sign.
function number(value, digits = 2) {
  if (value === -Infinity) return "−∞";
  if (value === Infinity) return "∞";
  if (Number.isNaN(value)) return "NaN";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

// A weight inside a cell: ".39", "1.0"; nothing below .005.
function weightText(value) {
  if (value < 0.005) return "";
  return value >= 0.995 ? "1.0" : value.toFixed(2).slice(1);
}

// ---- elements (text only ever through textContent)

const SVG_NS = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
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
function fill(template, values) {
  return template.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part);
    return name && name[1] in values ? values[name[1]] : part;
  });
}

// A canvas sharp on any screen: returns its 2D context in CSS pixels.
function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function download(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- message from Python (pack in frame.py)

async function unpack(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, { type, shape, offset }] of Object.entries(header.arrays)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const Kind = type === "float32" ? Float32Array : Uint8Array;
    arrays[name] = { data: new Kind(buffer, 4 + length + offset, size), shape };
  }
  return { ...header.values, arrays };
}

const views = new WeakMap(); // mount point -> view: what survives from run to run

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = { root: el("div", { class: "attnviz" }), memory: {}, turn: 0 };
    parentElement.appendChild(view.root);
    views.set(parentElement, view);
    const redraw = () => {
      if (!view.data) return;
      const dark = themeNow(view.root).dark;
      const width = view.root.clientWidth;
      if (dark !== view.theme.dark || width !== view.width || typeSize() !== view.typeSize) draw();
    };
    const draw = () => {
      view.theme = themeNow(view.root);
      view.width = view.root.clientWidth;
      view.typeSize = typeSize();
      view.root.dataset.theme = view.theme.dark ? "dark" : "light";
      render(view);
    };
    view.draw = draw;
    view.observer = new ResizeObserver(redraw);
    view.observer.observe(view.root);
    view.timer = setInterval(redraw, 500); // the theme has no event of its own
  }
  view.send = (name, value) => setTriggerValue(name, value);
  const turn = ++view.turn;
  unpack(data).then((unpacked) => {
    if (turn !== view.turn) return; // a later message overtook this one
    view.data = unpacked;
    view.draw();
  });
  return () => {
    view.observer.disconnect();
    clearInterval(view.timer);
    views.delete(parentElement);
    view.root.remove();
  };
}
