// A class over every page of the app: the panel at its foot, the teacher's way told to the server, a student's screen
// taken along. It speaks with the server by plain requests; Python learns nothing from it, so nothing that it says
// could make anybody a teacher.

import { mount } from "../shared/mount.js";
import { attend, post, sendForms } from "./attend.js";
import { canonical, goTo, step } from "./follow.js";
import panelStyle from "./panel.css" with { type: "css" };
import style from "./classroom.css" with { type: "css" };
import { keepUp } from "./vote.js";

const LOOK = 250; // ms between two looks at the address
const KEPT = "attnviz_class"; // what this tab knows, through a reload

function render(view) {
  const { memory } = view;
  if (!memory.vote) begin(view, (memory.vote = keepUp(() => view.send("voted", true))));
  memory.vote.drawn(view.data.vote);
}

function begin(view, vote) {
  const place = document.createElement("aside");
  place.className = "classroom over";
  place.dataset.base = view.data.base;
  view.root.append(place);
  const here = () => location.pathname + location.search;
  let known = { follows: true, calls: null, put: null, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
  let state = null;
  let told = null; // the teacher's address that the server knows
  let isTelling = false;

  const room = () => {
    const block = document.querySelector('[data-testid="stMainBlockContainer"]');
    if (block) block.style.paddingBottom = `${place.offsetHeight + 44}px`;
  };
  const sized = new ResizeObserver(room);
  sized.observe(place);

  function showFollowing() {
    for (const [name, is] of [
      ["following", known.follows],
      ["leave", known.follows],
      ["back", !known.follows],
    ]) {
      const shown = place.querySelector(`[data-${name}]`);
      if (shown) shown.hidden = !is;
    }
  }

  function follow() {
    if (state?.role !== "student") return;
    const next = step(known, state, here());
    if (next.go && !goTo(next.go)) return;
    known = next.known;
    sessionStorage.setItem(KEPT, JSON.stringify(known));
    showFollowing();
  }

  async function tell() {
    const now = canonical(here());
    if (state?.role !== "teacher" || isTelling || now === told) return;
    isTelling = true;
    try {
      const [path, query = ""] = now.split("?");
      const { status } = await post(`${view.data.base}/class/at`, { path, query });
      if (status < 500) told = now;
    } catch {
      // the server is away: the next look tries again
    } finally {
      isTelling = false;
    }
  }

  const attending = attend(place, {
    heard: (now) => {
      state = now;
      follow();
      vote.heard(now.role === "student" ? now.vote : null);
    },
    over: () => {
      state = null;
      sessionStorage.removeItem(KEPT);
      room();
    },
  });
  sendForms(place, (path, answer) => {
    if (path.endsWith("/class/show") && answer.status === 200) goTo(answer.goes);
    attending.ask();
  });
  place.addEventListener("click", ({ target }) => {
    if (target.closest("[data-leave]")) known = { ...known, follows: false, put: null };
    else if (target.closest("[data-back]")) known = { ...known, follows: true, put: null };
    else return;
    follow();
  });
  const timer = setInterval(() => {
    if (!view.root.isConnected) {
      clearInterval(timer);
      attending.stop();
      sized.disconnect();
      return;
    }
    tell();
    follow();
  }, LOOK);
}

export default mount(render, panelStyle, style);
