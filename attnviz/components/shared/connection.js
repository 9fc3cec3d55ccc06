// Whether the server knows this page. One that was started anew doesn't until it has run the page once: what a view
// sends before that, nobody hears. The page's own view finds it out (page/page.js) and tells the others by an
// attribute of the document, since each view is a script of its own.

const UNKNOWN = "data-attnviz-unknown";

export function setKnown(known) {
  document.documentElement.toggleAttribute(UNKNOWN, !known);
}

export function isKnown() {
  return !document.documentElement.hasAttribute(UNKNOWN);
}

// Calls `act` now, or as soon as the server knows the page.
export function whenKnown(act) {
  if (isKnown()) return act();
  const watch = new MutationObserver(() => {
    if (!isKnown()) return;
    watch.disconnect();
    act();
  });
  watch.observe(document.documentElement, { attributes: true, attributeFilter: [UNKNOWN] });
}
