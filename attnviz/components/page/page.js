// The document around the views: its language, and whether the server that answers is still the one that began.
// A server that was started anew knows nothing of this page, and Streamlit asks it nothing until the reader
// does: that first action would be lost. So the page asks at once.

import { mount } from "../shared/mount.js";

const STATE = "data-test-connection-state";

function render(view) {
  document.documentElement.lang = view.data.language;
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

export default mount(render);
