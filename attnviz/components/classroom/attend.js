// Asks the server how the class stands, and shows its panel: HTML that the server made, with everything that somebody
// wrote escaped by its template. A student's question is kept by the server until there is something new, or for some
// seconds ("nothing new", 304); a teacher's browser asks about once a second.

const EVERY = 1000; // ms from one question to the next, at the least
const PATIENCE = 8000; // ms until an answer that does not come is a lost connection: the server keeps it for 4000
const SELDOM = 8; // times longer, while nobody sees the page
const CLICK = 100; // ms after a finger is up: the click has come by then
const HELD = 3000; // ms that a finger may keep a new panel waiting
const TRIES = 6; // of a vote

export function wait(hidden, chance) {
  return EVERY * (hidden ? SELDOM : 1) * (0.75 + 0.4 * chance);
}

// `place` shows the panel; its data-base is the folder that the app is served under. heard(state) is called with each new state, over() once the class is none any more. Returns {ask, stop}.
export function attend(place, { heard, over, wide = false }) {
  let tag = "";
  let timer = null;
  let stopped = false;
  let turn = 0;
  const released = pressing(place);

  async function ask() {
    clearTimeout(timer);
    const mine = ++turn;
    const begun = Date.now();
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const asked = `lang=${document.documentElement.lang || "en"}${wide ? "&wide" : ""}${document.hidden ? "" : "&wait"}`;
      const address = `${place.dataset.base ?? ""}/class/state?${asked}`;
      const answer = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (stopped || mine !== turn) return;
      if (answer.status === 404) return end();
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") ?? "";
        const state = await answer.json();
        await released();
        if (stopped || mine !== turn) return;
        showPanel(place, state.panel);
        heard(state);
      }
      showConnection(place, answer.status !== 200 && answer.status !== 304);
    } catch {
      if (stopped || mine !== turn) return;
      showConnection(place, true);
    }
    timer = setTimeout(ask, Math.max(0, wait(document.hidden, Math.random()) - (Date.now() - begun)));
  }

  function end() {
    stop();
    place.replaceChildren();
    over();
  }

  const seen = () => document.hidden || ask();
  function stop() {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  document.addEventListener("visibilitychange", seen);
  ask();
  return { ask, stop };
}

// A tap is none when what was pressed is gone before the finger is up. Returns a function that waits until nothing in
// `place` is pressed.
export function pressing(place) {
  let pressed = Promise.resolve();
  place.addEventListener("pointerdown", () => {
    const ended = new AbortController();
    pressed = new Promise((done) => {
      for (const name of ["pointerup", "pointercancel"])
        addEventListener(name, () => setTimeout(done, CLICK), { capture: true, signal: ended.signal });
      setTimeout(done, HELD);
    }).then(() => ended.abort());
  });
  return () => pressed;
}

// Puts the server's panel in place of the old one; what was being typed, what was open and the focus stay.
export function showPanel(place, html) {
  const typed = [...place.querySelectorAll("input[data-focus]")].map((input) => [input.dataset.focus, input.value]);
  const open = [...place.querySelectorAll("details")].map((one) => [one.dataset.keep, one.open]);
  const focus = place.getRootNode().activeElement;
  const name = place.contains(focus) ? focus.dataset.focus : null;
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  for (const [key, value] of typed) {
    const input = place.querySelector(`input[data-focus="${CSS.escape(key)}"]`);
    if (input) input.value = value;
  }
  for (const [key, is] of open) {
    const one = place.querySelector(`details[data-keep="${CSS.escape(key)}"]`);
    if (one) one.open = is;
  }
  if (name) place.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

export function showConnection(place, isLost) {
  const shown = place.querySelector("[data-connection]");
  if (!shown) return;
  const { live, lost, away, isAway } = shown.dataset;
  const text = isLost ? lost : isAway ? away : live;
  if (shown.textContent !== text) shown.textContent = text;
  shown.classList.toggle("lost", isLost);
  shown.classList.toggle("away", !isLost && Boolean(isAway));
}

export async function post(path, fields) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "X-Attnviz": "1" },
    body: new URLSearchParams(fields),
    signal: AbortSignal.timeout(5000),
  });
  return { status: answer.status, ...(await answer.json().catch(() => ({ said: "", goes: "" }))) };
}

// Forms of the panel are sent without leaving the page. sent(path, answer) is called with what came back. A vote that
// did not arrive is sent again, for the server takes one of each device, until the reader sends something else.
export function sendForms(place, sent, pause = EVERY) {
  const latest = { turn: 0 };
  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { target: form, submitter } = event;
    const path = new URL(form.action).pathname;
    const fields = new FormData(form, submitter);
    const mine = ++latest.turn;
    let answer = null;
    for (let left = path.endsWith("/class/vote") ? TRIES : 1; left > 0 && mine === latest.turn; left--) {
      answer = await post(path, fields).catch(() => null);
      if (answer && (answer.status < 500 || left === 1)) break;
      showConnection(place, true);
      if (left > 1) await new Promise((again) => setTimeout(again, pause));
    }
    if (!answer) return;
    const said = place.querySelector("[data-said]");
    if (said) said.textContent = answer.said;
    if (answer.status === 200 && path.endsWith("/class/ask")) form.reset();
    sent(path, answer);
  });
}
