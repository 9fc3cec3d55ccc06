// Mounts a view. Its module ends with `export default mount(render, ...styles)`: that is what a Streamlit component
// is, a function of {parentElement, data, setTriggerValue}. render(view) draws; view holds
//   root        the element to draw into, kept from run to run
//   data        {values..., arrays: {name: {data: TypedArray, shape: [...]}}}; sent as bytes, or as it is
//   send        (name, value) => sends a trigger to Python (on_<name>_change), once the server knows this page
//   sendNow     the same at once
//   theme       {dark, weights: [9 colours], signed: [9 colours], heads: [8 colours], ...}
//   draw        () => calls render again
//   memory      an object of the view's own, kept from run to run

import { themeNow, variables } from "./colour.js";
import { whenKnown } from "./connection.js";
import { el, typeSize } from "./elements.js";
import { unpack } from "./message.js";
import sharedStyle from "./shared.css" with { type: "css" };

const views = new WeakMap(); // mount point -> view: what survives from run to run
const drawn = new Map(); // render -> the root that it drew last
const PATIENCE = 10000; // milliseconds

export function mount(render, ...styles) {
  return ({ parentElement, data, setTriggerValue }) => {
    let view = views.get(parentElement);
    if (!view) {
      view = made(parentElement, render, [sharedStyle, ...styles]);
      views.set(parentElement, view);
    }
    view.sendNow = (name, value) => setTriggerValue(name, value);
    view.send = (name, value) => whenKnown(() => view.sendNow(name, value));
    const turn = ++view.turn;
    Promise.resolve(data.arrays ? data : unpack(data)).then((unpacked) => {
      if (turn !== view.turn) return; // a later message overtook this one
      view.data = unpacked;
      view.draw();
    });
    return () => {
      view.turn += 1; // what is still being unpacked comes too late
      view.observer.disconnect();
      clearInterval(view.timer);
      views.delete(parentElement);
      view.root.remove();
      if (view.focused) giveFocus(render, view.focused, Date.now() + PATIENCE);
    };
  };
}

function made(parent, render, styles) {
  const root = el("div", { class: "attnviz" });
  const view = { root, memory: {}, turn: 0 };
  parent.append(root);
  const tree = root.getRootNode(); // the component's own shadow tree, or the document
  for (const style of styles) if (!tree.adoptedStyleSheets.includes(style)) tree.adoptedStyleSheets.push(style);
  view.draw = () => {
    view.theme = themeNow(root);
    view.width = root.clientWidth;
    view.typeSize = typeSize();
    root.dataset.theme = view.theme.dark ? "dark" : "light";
    for (const [name, colour] of variables(view.theme)) root.style.setProperty(name, colour);
    render(view);
    drawn.set(render, root);
    tree.host?.setAttribute("data-drawn", ""); // style.css shows what stands below
  };
  root.addEventListener("focusin", ({ target }) => (view.focused = target.getAttribute("data-focus")));
  root.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && (view.focused = null));
  const redraw = () => {
    if (!view.data || !root.isConnected) return;
    const { dark } = themeNow(root);
    if (dark !== view.theme.dark || root.clientWidth !== view.width || typeSize() !== view.typeSize) view.draw();
  };
  view.observer = new ResizeObserver(redraw);
  view.observer.observe(root);
  view.timer = setInterval(redraw, 500); // the theme has no event of its own
  return view;
}

// Streamlit may take a view away and make the same anew, when moves follow each other closely. Whoever walks by keys
// then goes on where he was, as soon as the new one is drawn, unless the focus has gone elsewhere.
function giveFocus(render, name, until) {
  if (document.activeElement !== document.body || Date.now() > until) return;
  const root = drawn.get(render);
  const found = root.isConnected && root.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  if (found) found.focus({ preventScroll: true });
  requestAnimationFrame(() => giveFocus(render, name, until));
}
