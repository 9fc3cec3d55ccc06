// Grouped queries: which heads use one and the same key and value projection.

import { chip, el, fillText } from "../shared/elements.js";

export function sharedHeads(view) {
  const { data, theme } = view;
  const { heads, head, sharedBy, texts, role, slug } = data;
  if (slug !== "project" || sharedBy === 1 || role === "query") return null;
  const groups = Array.from({ length: heads / sharedBy }, (_, group) => {
    const members = Array.from({ length: sharedBy }, (_, index) => group * sharedBy + index);
    const own = members.includes(head);
    return el(
      "li",
      { class: own ? "own" : "", "aria-current": own ? "true" : null },
      members.map((member) => chip(theme, member)),
      el("span", { class: role }, fillText(texts[`shared_${role}`], { number: group + 1 })),
    );
  });
  return el("ol", { class: "shared-heads", "aria-label": texts.shared }, groups);
}
