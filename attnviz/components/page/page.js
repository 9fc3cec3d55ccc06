// The document around the views: a way past the bar for those who walk by keys, the list of a long page's parts, the
// part that a link leads to, and whether the server that answers is still the one that began.
//
// The address leads to a part in its query, not behind a #: Streamlit writes the address anew without that.
//
// A server that was started anew knows nothing of this page, and Streamlit asks it nothing until the reader
// does: that first action would be lost. So the page asks at once, and what the reader does until the answer waits.

import { setKnown } from "../shared/connection.js";
import { el, setText } from "../shared/elements.js";
import { mount } from "../shared/mount.js";
import { listSections } from "./sections.js";
import style from "./page.css" with { type: "css" };

const CONNECTION = "data-test-connection-state"; // Streamlit's own attributes of the app
const SCRIPT = "data-test-script-state";
const PATIENCE = 20000; // ms for the run that was asked for
const MOVES = ["wheel", "touchmove", "pointerdown", "keydown"]; // by which a reader takes over

function render(view) {
  view.memory.skip ??= view.root.appendChild(el("button", { type: "button", class: "skip", onclick: toFigure }));
  setText(view.memory.skip, view.data.skip);
  const past = document.querySelector('[data-testid="stSkipToContent"]');
  if (past) setText(past, view.data.skipBar);
  giveWay();
  listSections(view);
  leadTo(view, view.data.part);
  if (!view.memory.watches) watchServer(view, document.querySelector(`[${CONNECTION}]`));
  view.memory.watches = true;
}

// The rules of style that came with the document (shell.py) give way to the page's own: they are those of the address
// that was opened, and as the last ones they would hold against larger type, a lecture that began, or one that ended.
function giveWay() {
  if (document.querySelector(".stHtml style")) document.querySelector("body > style")?.remove();
}

// The first thing in a view that keys walk through, or else the first that can be pressed.
function toFigure() {
  const trees = [...document.querySelectorAll('[data-testid="stMain"] *')].map((node) => node.shadowRoot);
  const views = trees.filter((tree) => tree?.querySelector(".attnviz > :not(.skip, .sections)"));
  for (const wanted of ['[tabindex="0"]', "button:not(:disabled)"]) {
    const found = views.flatMap((tree) => [...tree.querySelectorAll(wanted)]).find((node) => node.checkVisibility());
    if (!found) continue;
    found.focus();
    return;
  }
}

function watchServer(view, app) {
  if (!app) return;
  let is = "known"; // then "lost", "asked" and "running"
  let patience;
  const known = () => {
    clearTimeout(patience);
    is = "known";
    setKnown(true);
  };
  const watch = new MutationObserver(() => {
    if (!view.root.isConnected) {
      watch.disconnect();
      known();
    } else if (app.getAttribute(CONNECTION) !== "CONNECTED") {
      clearTimeout(patience);
      is = "lost";
      setKnown(false);
    } else if (is === "lost") {
      is = "asked";
      view.sendNow("reconnected", true);
      patience = setTimeout(known, PATIENCE);
    } else if (is === "asked" && app.getAttribute(SCRIPT) !== "notRunning") {
      is = "running";
    } else if (is === "running" && app.getAttribute(SCRIPT) === "notRunning") {
      known();
    }
  });
  watch.observe(app, { attributes: true, attributeFilter: [CONNECTION, SCRIPT] });
}

// The page grows while its views draw: the part stays at the top of the window until the reader moves.
function leadTo(view, part) {
  const { memory } = view;
  if (memory.part === part) return;
  memory.part = part;
  memory.led?.abort();
  if (!part) return;
  const led = (memory.led = new AbortController());
  const { signal } = led;
  const grown = new ResizeObserver(() => {
    if (view.root.isConnected) document.querySelector(`.st-key-${part}`)?.scrollIntoView();
    else led.abort();
  });
  grown.observe(document.querySelector('[data-testid="stMainBlockContainer"]') ?? document.body);
  signal.addEventListener("abort", () => grown.disconnect());
  for (const name of MOVES) addEventListener(name, () => led.abort(), { capture: true, signal });
}

export default mount(render, style);
