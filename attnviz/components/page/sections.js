// The parts of a page longer than three screens: a button in the corner opens their list. What the page's frame has
// drawn is what is listed, by the headings of its sections and wrong ways, read anew whenever the list is opened.

import { el, setText } from "../shared/elements.js";

const PART = '[class*="st-key-section_"], [class*="st-key-what_if_"]';
const KEY = /(?:^|\s)st-key-((?:section|what_if)_[a-z0-9_]+)/;
const LONG = 3; // screens
const FEW = 3; // parts that need no list

export function listSections(view) {
  const { memory, data } = view;
  memory.sections ??= built(view);
  const { nav, button } = memory.sections;
  setText(button, data.sections);
  nav.setAttribute("aria-label", data.sections);
  memory.sections.measure();
}

function built(view) {
  const list = el("ol", { hidden: true });
  const button = el("button", { type: "button", "aria-expanded": "false", onclick: () => open(list.hidden) });
  const nav = el("nav", { class: "sections", hidden: true }, list, button);
  const open = (wanted) => {
    if (wanted) list.replaceChildren(...entries(() => open(false)));
    list.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    list.querySelector('[aria-current="location"]')?.scrollIntoView({ block: "nearest" });
  };
  nav.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || list.hidden) return;
    open(false);
    button.focus();
  });
  const elsewhere = (event) => list.hidden || event.composedPath().includes(nav) || open(false);
  addEventListener("pointerdown", elsewhere);
  const page = document.querySelector('[data-testid="stMainBlockContainer"]') ?? document.body;
  const measure = () => {
    const window = page.closest('[data-testid="stMain"]')?.clientHeight ?? innerHeight;
    nav.hidden = !view.data.sections || page.scrollHeight <= LONG * window || parts().length < FEW;
  };
  const grown = new ResizeObserver(() => {
    if (view.root.isConnected) return measure();
    grown.disconnect();
    removeEventListener("pointerdown", elsewhere);
  });
  grown.observe(page);
  view.root.append(nav);
  return { nav, button, measure };
}

// [[key, title, node]] of what is drawn, in the page's order.
function parts() {
  const found = [...document.querySelectorAll(PART)].map((node) => {
    const title = node.querySelector("h2, h3")?.textContent.trim();
    return [KEY.exec(node.className)?.[1], title, node];
  });
  return found.filter(([key, title, node]) => key && title && node.checkVisibility());
}

function entries(close) {
  const found = parts();
  const reading = found.findLast(([, , node]) => node.getBoundingClientRect().top < innerHeight / 3);
  return found.map(([key, title, node]) => {
    const address = new URL(location);
    address.searchParams.set("to", key);
    const onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a link as others, in a window of its own
      event.preventDefault();
      close();
      node.scrollIntoView();
      const heading = node.querySelector("h2, h3");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    };
    const current = node === reading?.[2] ? "location" : null;
    const kind = key.startsWith("what_if") ? "wrong" : null;
    return el("li", { class: kind }, el("a", { href: address.href, "aria-current": current, onclick }, title));
  });
}
