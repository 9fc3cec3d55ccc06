// The paper's figure: query words at the left, key words at the right, lines coloured by head, opacity = weight.
// Hover or focus follows one word; a click, Enter or Space pins it (Python writes it to the URL); Escape frees it.

import { el } from "../shared/elements.js";
import { keepingFocus } from "../shared/interaction.js";
import { mount } from "../shared/mount.js";
import { answerAhead, isAsking, listenForBet } from "./bet.js";
import { controls } from "./controls.js";
import { copies } from "./copy.js";
import { drawWhereItBegins, figure } from "./figure.js";
import { light } from "./follow.js";
import { table } from "./numbers.js";
import { adopt, hasLayer } from "./state.js";
import { hasTwin, listenForTwin, twinButton } from "./twin.js";
import style from "./lines.css" with { type: "css" };

function render(view) {
  const { memory, data } = view;
  if (memory.seen !== data) {
    adopt(memory, data);
    memory.seen = data;
  }
  if (!memory.listens) {
    memory.listens = true;
    listenForBet(view);
    listenForTwin(view, light);
  }
  answerAhead(view);
  if (!hasLayer(data, memory.layer)) return; // old figure stays until Python has sent the layer
  memory.shown = { layer: memory.layer, head: memory.head };
  keepingFocus(view.root, () => {
    const drawn = figure(view);
    const above = data.heads ? [] : [controls(view)];
    view.root.replaceChildren(
      ...(memory.size.phone ? [drawn, ...above] : [...above, drawn]), // a small screen begins with the figure
      el("p", { class: "caption muted", "data-part": "caption" }),
      el("p", { class: "visually-hidden", role: "status", "data-part": "status" }),
      el(
        "div",
        { class: "below" },
        ...(hasTwin(view) ? [twinButton(view, light)] : []),
        ...(data.file && !data.heads ? [copies(view)] : []),
      ),
      table(view),
    );
  });
  if (!memory.begins) drawWhereItBegins(view);
  memory.begins = true;
  view.root.classList.toggle("asking", isAsking(view));
  light(view);
}

export default mount(render, style);
