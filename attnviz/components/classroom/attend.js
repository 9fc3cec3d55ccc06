// Asks the server how the class stands, and shows its panel: HTML that the server made, with everything that somebody
// wrote escaped by its template. A browser asks about once a second, each at a moment of its own, and is answered
// "nothing new" (304) most of the time.

const EVERY = 1000; // ms
const SELDOM = 8; // times longer, while nobody sees the page

export function wait(hidden, chance) {
  return EVERY * (hidden ? SELDOM : 1) * (0.75 + 0.4 * chance);
}

// `place` shows the panel; its data-base is the folder that the app is served under. heard(state) is called with each new state, over() once the class is none any more. Returns {ask, stop}.
export function attend(place, { heard, over, wide = false }) {
  let tag = "";
  let timer = null;
  let stopped = false;
  let turn = 0;

  async function ask() {
    clearTimeout(timer);
    const mine = ++turn;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const address = `${place.dataset.base ?? ""}/class/state?lang=${document.documentElement.lang || "en"}${wide ? "&wide" : ""}`;
      const answer = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (stopped || mine !== turn) return;
      if (answer.status === 404) return end();
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") ?? "";
        const state = await answer.json();
        if (stopped || mine !== turn) return;
        showPanel(place, state.panel);
        heard(state);
      }
      showConnection(place, answer.status !== 200 && answer.status !== 304);
    } catch {
      if (stopped || mine !== turn) return;
      showConnection(place, true);
    }
    timer = setTimeout(ask, wait(document.hidden, Math.random()));
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

// Forms of the panel are sent without leaving the page. sent(path, answer) is called with what came back.
export function sendForms(place, sent) {
  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { target: form, submitter } = event;
    const path = new URL(form.action).pathname;
    let answer;
    try {
      answer = await post(path, new FormData(form, submitter));
    } catch {
      return showConnection(place, true);
    }
    const said = place.querySelector("[data-said]");
    if (said) said.textContent = answer.said;
    if (answer.status === 200 && path.endsWith("/class/ask")) form.reset();
    sent(path, answer);
  });
}
