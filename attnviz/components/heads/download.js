// All heads: download of what is seen.

import { download, el, setText } from "../shared/elements.js";
import { png } from "../shared/picture.js";
import { csvText, fileName, htmlText, jsonText, svgText } from "./files.js";
import { sameHead, sentPlace } from "./state.js";

const TEXTS = {
  SVG: [svgText, "image/svg+xml"],
  CSV: [csvText, "text/csv"],
  JSON: [jsonText, "application/json"],
  HTML: [htmlText, "text/html"],
};

export function drawDownloads(view) {
  const { memory, data } = view;
  const { page } = memory;
  if (!data.file) return page.download.remove(); // a page without a server holds rounded numbers: nothing to save
  if (!page.download.firstChild) {
    page.summary = el("summary");
    const buttons = ["PNG", ...Object.keys(TEXTS)].map((kind) =>
      el("button", { onclick: () => ((page.download.open = false), save(view, kind)) }, kind),
    );
    page.dark = el("input", { type: "checkbox" });
    page.darkName = el("span");
    const dark = el("label", { class: "small" }, page.dark, " ", page.darkName);
    page.download.append(page.summary, el("div", { class: "kinds" }, buttons, dark));
  }
  setText(page.summary, data.texts.download);
  setText(page.darkName, data.texts.dark);
  // numbers only when they are this head's own
  const exact = sameHead(memory.chosen, sentPlace(data));
  for (const button of page.download.querySelectorAll("button")) button.disabled = !exact;
}

function save(view, kind) {
  if (kind === "PNG") return png(svgText(view)).then((blob) => download(fileName(view, "png"), blob));
  const [text, type] = TEXTS[kind];
  download(fileName(view, kind.toLowerCase()), new Blob([text(view)], { type }));
}
