// The plain pages of a class: the panel stays fresh, the picture follows the teacher, and where websockets work a
// student goes on to the live page. Without this script the pages work by themselves, with a reload.

import { attend, sendForms } from "./attend.js";

const PATIENCE = 3000; // ms for a websocket to open
const TRIED = "attnviz_tried";

// Whether this browser reaches Streamlit's websocket.
export function socketOpens(address) {
  return new Promise((resolve) => {
    let socket;
    const done = (opens) => {
      clearTimeout(timer);
      socket?.close();
      resolve(opens);
    };
    const timer = setTimeout(() => done(false), PATIENCE);
    try {
      socket = new WebSocket(address);
      socket.addEventListener("open", () => done(true));
      socket.addEventListener("error", () => done(false));
    } catch {
      done(false);
    }
  });
}

const base = () => document.body.dataset.base ?? ""; // the folder that the app is served under

function stream() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base()}/_stcore/stream`;
}

async function showView(state) {
  const old = document.querySelector("#class_view");
  if (!old || old.dataset.move === String(state.move)) return;
  const answer = await fetch(`${location.pathname}?lang=${document.documentElement.lang}`, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#class_view");
  if (fresh) old.replaceWith(fresh);
}

function panel(place) {
  const attending = attend(place, {
    heard: (state) => showView(state).catch(() => {}),
    over: () => location.reload(),
    wide: true,
  });
  sendForms(place, (path, { goes, status }) => {
    if (path.endsWith("/class/show") && status === 200) location.assign(goes);
    else attending.ask();
  });
}

async function live(address) {
  if (sessionStorage.getItem(TRIED)) return; // whoever came back from there wants this page
  sessionStorage.setItem(TRIED, "yes");
  const { lang } = document.documentElement;
  if (await socketOpens(stream())) location.assign(`${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);
}

async function check() {
  const found = {
    page: true,
    answers: await fetch(`${base()}/_stcore/health`)
      .then((answer) => answer.ok)
      .catch(() => false),
    socket: await socketOpens(stream()),
    cookies: navigator.cookieEnabled,
  };
  for (const row of document.querySelectorAll("[data-check]")) {
    const cell = row.querySelector("td");
    const works = found[row.dataset.check];
    cell.textContent = works ? cell.dataset.works : cell.dataset.fails;
    cell.className = works ? "works" : "fails";
  }
}

function start() {
  const place = document.querySelector("#class_panel");
  if (place) panel(place);
  if (place?.dataset.live) live(place.dataset.live);
  if (document.querySelector("[data-check]")) check();
}

start();

export default start;
