// The theme that the reader chose, for Streamlit and for our own views.
//
// Streamlit has no public way to set its theme while it runs. What it does is ask the browser for the device's theme,
// by matchMedia, and go along when that changes. So this answers its question with the reader's choice: nothing of
// Streamlit's own is touched, the page need not be loaded anew (what was guessed or typed stays), Streamlit asks its
// script again as it does at dusk, and should a later Streamlit ask otherwise, the page has the device's theme. The
// other way, what it keeps in localStorage for each path and version of its own, is read at its start only.
//
// It stands in the document before Streamlit's scripts, which wait for its end: nothing is drawn in the other theme.
(() => {
  const QUESTION = "(prefers-color-scheme: dark)";
  const ask = window.matchMedia.bind(window);
  const device = ask(QUESTION);
  let chosen = "";

  class Answer extends EventTarget {
    media = QUESTION;
    get matches() {
      return chosen ? chosen === "dark" : device.matches;
    }
  }
  const answer = new Answer();
  let told = answer.matches;
  const tell = () => {
    const { matches, media } = answer;
    if (matches === told) return;
    told = matches;
    answer.dispatchEvent(new MediaQueryListEvent("change", { matches, media }));
  };
  device.addEventListener("change", tell);
  window.matchMedia = (question) => (question === QUESTION ? answer : ask(question));
  // theme: "light", "dark", or "" for the device's
  window.attnvizTheme = (theme) => {
    const before = answer.matches;
    const goesBack = chosen && !theme;
    chosen = theme;
    tell();
    // charts are drawn by the server, which knows the device's theme only from a page that begins
    if (goesBack && answer.matches !== before) location.reload();
  };
  // What its menu once kept would stand above any answer; ours is in the menu's place.
  try {
    const kept = Object.keys(localStorage).filter((name) => name.startsWith("stActiveTheme-"));
    for (const name of kept) localStorage.removeItem(name);
  } catch {} // a browser that keeps nothing has nothing to remove
})();
