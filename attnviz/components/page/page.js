// The document around the views: the part that a link leads to, and whether the server that answers is still the
// one that began.
//
// The address leads to a part in its query, not behind a #: Streamlit writes the address anew without that.
//
// A server that was started anew knows nothing of this page, and Streamlit asks it nothing until the reader
// does: that first action would be lost. So the page asks at once.

import { mount } from "../shared/mount.js";

const STATE = "data-test-connection-state";
const MOVES = ["wheel", "touchmove", "pointerdown", "keydown"]; // by which a reader takes over

function render(view) {
  leadTo(view, view.data.part);
  if (view.memory.watches) return;
  view.memory.watches = true;
  const app = document.querySelector(`[${STATE}]`);
  let connected = true;
  const watch = new MutationObserver(() => {
    if (!view.root.isConnected) return watch.disconnect();
    const before = connected;
    connected = app.getAttribute(STATE) === "CONNECTED";
    if (connected && !before) view.send("reconnected", true);
  });
  if (app) watch.observe(app, { attributes: true, attributeFilter: [STATE] });
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

export default mount(render);
