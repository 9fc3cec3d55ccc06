// Lines: the buttons above the figure.

import { colourOfHead, textOn } from "../shared/colour.js";
import { el } from "../shared/elements.js";
import { heads, pick } from "./state.js";

const BUTTON = 2.4; // width of a layer's button with two digits, in rem

export function controls(view) {
  const { memory, data, theme } = view;
  const { texts } = data;
  const fits = (data.nLayers * BUTTON + 4) * view.typeSize <= view.width;
  const chips = Array.from({ length: data.nHeads }, (_, head) => {
    const on = memory.on.has(head);
    const colour = colourOfHead(theme, head);
    const paint = `border-color:${colour};` + (on ? `background:${colour};color:${textOn(colour)}` : "");
    return el(
      "button",
      {
        type: "button",
        class: "head",
        style: paint,
        "data-focus": `head${head}`,
        "aria-pressed": String(on),
        "aria-label": `${texts.head} ${head + 1}`,
        onclick: () => toggle(view, head),
      },
      String(head + 1),
    );
  });
  const ways = [
    ["one", false],
    ["all", true],
  ].map(([name, all]) =>
    el(
      "button",
      {
        type: "button",
        "data-focus": name,
        "aria-pressed": String(memory.all === all),
        onclick: () => {
          memory.all = all;
          memory.hover = null;
          view.draw();
        },
      },
      texts[`${name}_words`],
    ),
  );
  return el(
    "div",
    { class: "controls" },
    el(
      "div",
      { class: "group", role: "group", "aria-label": texts.layer },
      el("span", { class: "muted", "aria-hidden": "true" }, texts.layer),
      fits ? el("div", { class: "joined" }, layerButtons(view)) : layerList(view),
    ),
    el(
      "div",
      { class: "group", role: "group", "aria-label": texts.heads },
      el("span", { class: "muted", "aria-hidden": "true" }, texts.heads),
      el("div", { class: "chips" }, chips),
    ),
    el("div", { class: "group ways", role: "group", "aria-label": texts.ways }, el("div", { class: "joined" }, ways)),
  );
}

function layerButtons(view) {
  const { memory, data } = view;
  return Array.from({ length: data.nLayers }, (_, layer) =>
    el(
      "button",
      {
        type: "button",
        "data-focus": `layer${layer}`,
        "aria-pressed": String(layer === memory.layer),
        "aria-label": `${data.texts.layer} ${layer + 1}`,
        onclick: () => pick(view, { layer }),
      },
      String(layer + 1),
    ),
  );
}

// Where there is no room for so many buttons.
function layerList(view) {
  const { memory, data } = view;
  return el(
    "select",
    {
      "data-focus": "layers",
      "aria-label": data.texts.layer,
      onchange: (event) => pick(view, { layer: Number(event.target.value) }),
    },
    Array.from({ length: data.nLayers }, (_, layer) =>
      el("option", { value: layer, selected: layer === memory.layer ? "" : null }, String(layer + 1)),
    ),
  );
}

function toggle(view, head) {
  const { memory } = view;
  if (!memory.on.has(head)) {
    memory.on.add(head);
    view.draw();
    return;
  }
  if (memory.on.size === 1) return; // a figure without a head shows nothing
  memory.on.delete(head);
  if (head === memory.head) pick(view, { head: heads(memory)[0] });
  else view.draw();
}
