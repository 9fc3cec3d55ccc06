// A small test runner: test("what holds", () => ...) registers, run() runs all; a view and its messages made by hand.

import { themeOf } from "../../../attnviz/components/shared/colour.js";

const tests = [];

export function test(name, check) {
  tests.push([name, check]);
}

// [[name, what went wrong or null], ...]
export async function run() {
  const found = [];
  for (const [name, check] of tests) {
    try {
      await check();
      found.push([name, null]);
    } catch (error) {
      found.push([name, `${error.message}\n${error.stack}`]);
    }
  }
  return found;
}

export function equal(found, wanted) {
  const [a, b] = [found, wanted].map((value) => JSON.stringify(value, plain));
  if (a !== b) throw new Error(`found ${a}, not ${b}`);
}

export function near(found, wanted, tolerance = 1e-6) {
  if (Array.isArray(wanted)) {
    equal(found.length, wanted.length);
    wanted.forEach((value, index) => near(found[index], value, tolerance));
  } else if (!(Math.abs(found - wanted) <= tolerance)) throw new Error(`found ${found}, not ${wanted}`);
}

export function ok(holds, what = "it does not hold") {
  if (!holds) throw new Error(what);
}

// What JSON has no word for.
function plain(_, value) {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return ArrayBuffer.isView(value) ? [...value] : value;
}

export function float(shape, ...values) {
  return { data: Float32Array.from(values), shape };
}

export function bytes(shape, ...values) {
  return { data: Uint8Array.from(values), shape };
}

// A view as mount() makes it, drawing nothing by itself; `sent` and `drawn` tell what it did.
export function viewOf(data, memory = {}) {
  const root = document.createElement("div");
  const view = { root, data, memory, theme: themeOf(false), width: 1000, typeSize: 18, sent: [], drawn: 0 };
  view.send = (name, value) => view.sent.push([name, value]);
  view.draw = view.update = () => (view.drawn += 1);
  return view;
}

// Texts that show their own name and places.
export function texts(...names) {
  return Object.fromEntries(names.map((name) => [name, name]));
}

export function textOf(parts) {
  return parts
    .flat()
    .map((part) => (typeof part === "string" ? part : part.textContent))
    .join("");
}

export function pressed(key, more = {}) {
  return { key, preventDefault() {}, ...more };
}

// A message as pack() in frame.py makes it.
export async function packed(values, arrays) {
  const described = {};
  const blocks = [];
  let offset = 0;
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    described[name] = { type: data instanceof Float32Array ? "float32" : "uint8", shape, offset };
    blocks.push(new Uint8Array(data.buffer), new Uint8Array(-data.byteLength & 3));
    offset += data.byteLength + (-data.byteLength & 3);
  }
  let header = new TextEncoder().encode(JSON.stringify({ values, arrays: described }));
  const room = -header.length & 3;
  header = new Uint8Array([...header, ...Array.from({ length: room }, () => 32)]);
  const length = new Uint8Array(Uint32Array.of(header.length).buffer);
  const stream = new Blob([length, header, ...blocks]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function until(holds) {
  for (let turn = 0; turn < 200 && !holds(); turn++) await new Promise((later) => setTimeout(later, 10));
}

// Draws a view from a message, as a page does; `check` gets the tree that it is in and what it sends.
export async function drawn(view, values, arrays, check) {
  const parent = document.body.appendChild(document.createElement("div"));
  const host = parent.attachShadow({ mode: "open" });
  const sent = [];
  const end = view({
    parentElement: host,
    data: await packed(values, arrays),
    setTriggerValue: (...told) => sent.push(told),
  });
  await until(() => host.querySelector(".attnviz > *"));
  try {
    await check(host, sent);
  } finally {
    end();
    parent.remove();
  }
}
