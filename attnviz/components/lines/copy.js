// Lines: the page's link and the picture, to paste elsewhere.

import { download, el, fillText, shorten } from "../shared/elements.js";
import { png } from "../shared/picture.js";
import { heads } from "./state.js";

const DRAWN = ["fill", "fill-opacity", "stroke", "font-size", "font-weight"]; // what the style sheet gives the figure
const SAID = 3000; // ms

export function copies(view) {
  const { texts } = view.data;
  const said = el("span", { class: "muted", role: "status" });
  const button = (focus, text, copy) =>
    el(
      "button",
      {
        type: "button",
        "data-focus": focus,
        onclick: async () => {
          said.textContent = await copy(view);
          setTimeout(() => (said.textContent = ""), SAID);
        },
      },
      text,
    );
  return el(
    "div",
    { class: "copies" },
    button("copy-link", texts.copy_link, copyLink),
    button("copy-picture", texts.copy_picture, copyPicture),
    said,
  );
}

// A browser lets a page copy only where the address is https, or the machine's own.
async function copyLink({ data: { texts } }) {
  try {
    await navigator.clipboard.writeText(location.href);
    return texts.copied;
  } catch {
    return texts.in_address;
  }
}

async function copyPicture(view) {
  const { texts } = view.data;
  const picture = png(new XMLSerializer().serializeToString(still(view)));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
    return texts.copied;
  } catch {
    download(fileName(view), await picture);
    return texts.saved;
  }
}

function fileName({ data, memory }) {
  const on = heads(memory).map((head) => head + 1);
  return `attnviz-lines-${data.part.replace("_", "-")}-layer${memory.shown.layer + 1}-head${on.join("-")}.png`;
}

// The figure with everything that it needs, and below it what it shows.
export function still({ root, data, memory, theme }) {
  const figure = root.querySelector("svg");
  const { font, measure, width } = memory.size;
  const on = heads(memory).map((head) => head + 1);
  const place = fillText(data.texts.place, { layer: memory.shown.layer + 1, heads: on.join(", ") });
  const told = [`“${data.file.sentence}”`, `${data.file.name} · ${place}`, memory.leftOut].filter(Boolean);
  const line = 1.5 * font;
  const edge = font;
  const height = Number(figure.getAttribute("height"));
  const whole = { width: width + 2 * edge, height: height + 2 * edge + told.length * line };
  const copy = figure.cloneNode(true);
  const parts = (svg) => [svg, ...svg.querySelectorAll("*")];
  parts(figure).forEach((node, index) => {
    const style = getComputedStyle(node);
    for (const name of DRAWN) parts(copy)[index].style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("x", edge);
  copy.setAttribute("y", edge);
  return el(
    "svg:svg",
    { ...whole, viewBox: `0 0 ${whole.width} ${whole.height}`, "font-family": getComputedStyle(root).fontFamily },
    el("svg:rect", { width: whole.width, height: whole.height, fill: theme.ground }),
    copy,
    told.map((text, index) =>
      el(
        "svg:text",
        { x: edge, y: height + edge + (index + 1) * line, "font-size": font * 0.85, fill: theme.muted },
        shorten(text, width, measure),
      ),
    ),
  );
}
