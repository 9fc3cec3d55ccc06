// Starts a view in a page that has no server: what the reader picks is answered here.

import { themeOf } from "../components/shared/colour.js";
import { unpack } from "../components/shared/message.js";

// In `host`, over the still picture that stands in it. `data` is base64 of what pack() made; `first(sent)` makes of it
// what the view draws first, `answer(sent, pick, shown)` what it draws after a pick.
export async function start(host, data, view, first, answer) {
  if (!host || host.shadowRoot) return; // some notebooks run a script twice
  const sent = await unpack(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
  if (host.shadowRoot) return;
  const parentElement = document.createElement("div");
  parentElement.style.cssText = "padding:12px;container-type:inline-size";
  follow(host);
  host.attachShadow({ mode: "open" }).append(parentElement);
  let shown = first(sent);
  const draw = () => view({ parentElement, data: shown, setTriggerValue: picked });
  const picked = (_, pick) => {
    shown = answer(sent, pick, shown);
    draw();
  };
  draw();
}

const GROUNDS =
  "--jp-layout-color0,--vscode-notebook-editorBackground,--vscode-editor-background,--colab-primary-surface-color";

// Takes over the ground of the page around it, now and whenever the page is given another theme.
function follow(host) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.backgroundColor = GROUNDS.split(",").reduceRight(
    (other, name) => `var(${name}, ${other})`,
    "transparent",
  );
  host.after(probe);
  const look = () => {
    const ground = opaque(getComputedStyle(probe).backgroundColor) ?? themeOf(system.matches).ground;
    host.style.setProperty("--st-background-color", ground);
    host.style.backgroundColor = ground;
  };
  look();
  system.addEventListener("change", look);
  const watch = new MutationObserver(look);
  for (const node of [document.documentElement, document.body]) watch.observe(node, { attributes: true });
}

// "rgb(17, 17, 17)" as # and six digits; null where nothing is painted.
export function opaque(colour) {
  const parts = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (parts.length < 3 || parts[3] === 0) return null;
  return `#${parts
    .slice(0, 3)
    .map((part) => Math.round(part).toString(16).padStart(2, "0"))
    .join("")}`;
}
