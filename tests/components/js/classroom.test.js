import { attend, sendForms, showConnection, showPanel, wait } from "../../../attnviz/components/classroom/attend.js";
import { canonical, goTo, step, withOwn } from "../../../attnviz/components/classroom/follow.js";
import { keepUp } from "../../../attnviz/components/classroom/vote.js";
import { setKnown } from "../../../attnviz/components/shared/connection.js";
import { equal, ok, test, until } from "./testing.js";

const NEW = { follows: true, calls: null, put: null };
const at = (address, more = {}) => ({ at: address, calls: 0, pages: [], ...more });

test("addresses are compared in one order, without what is a reader's own", () => {
  equal(canonical("/heads?lang=ko&text=a+b&layer=2&size=large"), canonical("/heads?layer=2&text=a%20b"));
  equal(canonical("/?lang=ko"), "/");
});

test("a screen goes with the teacher's and keeps its own language", () => {
  const { known, go } = step(NEW, at("/heads?layer=2"), "/?lang=ko&size=large&head=3");
  equal(go, "/heads?layer=2&lang=ko&size=large");
  ok(known.follows);
  equal(step(known, at("/heads?layer=2"), go).go, null);
  equal(step(known, at("/heads?layer=3"), go).go, "/heads?layer=3&lang=ko&size=large");
});

test("whoever goes elsewhere looks alone, until he or the teacher asks for the way back", () => {
  let { known } = step(NEW, at("/heads"), "/heads");
  ({ known } = step(known, at("/heads"), "/masking"));
  ok(!known.follows);
  equal(step(known, at("/softmax"), "/masking").go, null);
  equal(step({ ...known, follows: true, put: null }, at("/softmax"), "/masking").go, "/softmax");
  equal(step(known, at("/softmax", { calls: 1 }), "/masking").go, "/softmax");
});

test("a call of the teacher before this screen came in is no call for it", () => {
  const alone = { follows: false, calls: null, put: null };
  const { known, go } = step(alone, at("/softmax", { calls: 4 }), "/masking");
  equal([known.follows, go], [false, null]);
});

test("a teacher's move while a screen is on its way is no straying", () => {
  const { known, go } = step(NEW, at("/heads"), "/");
  equal(step(known, at("/masking"), go).go, "/masking");
});

test("a page outside the teacher's range leads back", () => {
  const alone = { follows: false, calls: 0, put: null };
  equal(step(alone, at("/heads", { pages: ["/heads", "/masking"] }), "/masking").go, null);
  equal(step(alone, at("/heads", { pages: ["/heads", "/masking"] }), "/softmax").go, "/heads");
});

test("only what is a reader's own is taken along", () => {
  equal(withOwn("/?text=a", "/heads?lang=ko&layer=3&answers=shown"), "/?text=a&lang=ko&answers=shown");
});

test("a page runs again when a vote begins and when it ends, and for nothing else", () => {
  let runs = 0;
  const { drawn, heard } = keepUp(() => (runs += 1));
  drawn("");
  heard("");
  equal(runs, 0);
  for (const [vote, due] of [
    ["start.first", 1],
    ["", 2],
    ["start.first", 3],
    ["", 4],
  ]) {
    heard(vote);
    heard(vote);
    drawn(vote);
    heard(vote);
    equal(runs, due);
  }
});

test("a run that was on its way when the vote began is followed by another, and none without end", () => {
  let runs = 0;
  const { drawn, heard } = keepUp(() => (runs += 1));
  heard("start.first"); // before the page has drawn anything
  drawn("");
  equal(runs, 1);
  drawn("");
  equal(runs, 2);
  drawn("");
  heard("start.first");
  equal(runs, 2);
});

test("a page that hides nothing does not run for a vote", () => {
  let runs = 0;
  const { drawn, heard } = keepUp(() => (runs += 1));
  drawn("");
  heard(null);
  equal(runs, 0);
});

test("a screen goes by what Back does, and only while the server would hear it", () => {
  const { pathname } = location;
  const heard = [];
  const hear = () => heard.push(location.search);
  addEventListener("popstate", hear);
  setKnown(false);
  equal([goTo(`${pathname}?layer=2`), location.search], [false, ""]);
  setKnown(true);
  equal([goTo(`${pathname}?layer=2`), location.search], [true, "?layer=2"]);
  equal(heard, ["?layer=2"]);
  removeEventListener("popstate", hear);
  history.replaceState(null, "", pathname);
});

test("browsers ask at moments of their own, and seldom where nobody looks", () => {
  ok(wait(false, 0) >= 700 && wait(false, 1) <= 1200 && wait(false, 0) < wait(false, 1));
  ok(wait(true, 0) > 5 * wait(false, 0));
});

function shown(html) {
  const place = document.createElement("div");
  document.body.append(place);
  showPanel(place, html);
  return place;
}

test("a new panel keeps what is typed, what is open, and the focus", () => {
  const html = '<details data-keep="ask"><form><input name="s" data-focus="s"></form></details>';
  const place = shown(html);
  place.querySelector("details").open = true;
  place.querySelector("input").value = "half a sen";
  place.querySelector("input").focus();
  showPanel(place, `<p>new</p>${html}`);
  equal(place.querySelector("input").value, "half a sen");
  ok(place.querySelector("details").open && document.activeElement === place.querySelector("input"));
  place.remove();
});

test("a panel's scripts don't run", async () => {
  window.ran = false;
  const place = shown("<p>a</p><script>window.ran = true</script>");
  await new Promise((resolve) => setTimeout(resolve, 20));
  ok(!window.ran && place.textContent.startsWith("a"));
  place.remove();
});

test("the connection is told: live, reconnecting, teacher away", () => {
  const panel = (away) =>
    shown(`<span data-connection data-live="L" data-lost="R" data-away="A" data-is-away="${away}"></span>`);
  const told = [
    ["", false],
    ["", true],
    ["yes", false],
    ["yes", true],
  ].map(([away, lost]) => {
    const place = panel(away);
    showConnection(place, lost);
    place.remove();
    return place.textContent;
  });
  equal(told, ["L", "R", "A", "R"]);
});

test("a form is sent without leaving the page, with the button that was pressed", async () => {
  const { fetch } = window;
  const sent = [];
  window.fetch = async (path, { body, headers }) => {
    sent.push([path, body.toString(), headers["X-Attnviz"]]);
    return new Response(JSON.stringify({ said: "too fast", goes: "" }), { status: 429 });
  };
  const place = shown(
    '<p data-said></p><form action="/class/vote" method="post"><input type="hidden" name="round" value="1">' +
      '<button name="option" value="a">A</button><button name="option" value="b">B</button></form>',
  );
  const heard = [];
  sendForms(place, (path, answer) => heard.push([path, answer.status]));
  place.querySelector('[value="b"]').click();
  await until(() => heard.length === 1);
  window.fetch = fetch;
  equal(sent, [["/class/vote", "round=1&option=b", "1"]]);
  equal([heard[0], place.querySelector("[data-said]").textContent], [["/class/vote", 429], "too fast"]);
  place.remove();
});

test("who was kept waiting asks on at once, who was answered at once a moment later", async () => {
  const { fetch } = window;
  const { now } = Date;
  let clock = now();
  Date.now = () => clock;
  const asked = [];
  for (const took of [3000, 0]) {
    asked.length = 0;
    window.fetch = async (address, { headers }) => {
      asked.push([new URL(address, location.href).searchParams.has("wait"), headers["If-None-Match"] ?? ""]);
      clock += took;
      const news = { status: 200, headers: { ETag: '"a"' } };
      return asked.length === 1
        ? new Response(JSON.stringify({ panel: "" }), news)
        : new Response(null, { status: 304 });
    };
    const attending = attend(shown(""), { heard: () => {}, over: () => {} });
    await until(() => asked.length >= 1);
    await new Promise((later) => setTimeout(later, 600)); // less than the least pause
    attending.stop();
    if (took) ok(asked.length >= 3);
    else equal(asked.length, 1);
    for (const [index, one] of asked.entries()) equal(one, [true, index ? '"a"' : ""]);
  }
  Date.now = now;
  window.fetch = fetch;
});

test("a new panel waits for the finger that is down on the old one", async () => {
  const { fetch } = window;
  let answered = 0;
  window.fetch = async () => {
    answered += 1;
    return new Response(JSON.stringify({ panel: "<p>new</p>" }), { status: 200 });
  };
  const place = shown("<button>A</button>");
  const press = (name) => place.firstChild.dispatchEvent(new PointerEvent(name, { bubbles: true, composed: true }));
  const heard = [];
  const attending = attend(place, { heard: (state) => heard.push(state), over: () => {} });
  press("pointerdown");
  await until(() => answered === 1);
  await new Promise((later) => setTimeout(later, 60));
  equal([place.innerHTML, heard.length], ["<button>A</button>", 0]);
  press("pointerup");
  await until(() => heard.length === 1);
  attending.stop();
  window.fetch = fetch;
  equal(place.innerHTML, "<p>new</p>");
  place.remove();
});

test("a vote that did not arrive is sent again, and a sentence is not", async () => {
  const { fetch } = window;
  const sent = [];
  window.fetch = async (path) => {
    sent.push(path);
    if (sent.length === 1) throw new TypeError("the network is away");
    return new Response("{}", { status: sent.length === 2 ? 502 : 200 });
  };
  const place = shown(
    '<form action="/class/vote" method="post"><button name="option" value="a">A</button></form>' +
      '<form action="/class/ask" method="post"><button>Send</button></form>',
  );
  const heard = [];
  sendForms(place, (path, { status }) => heard.push([path, status]), 1);
  place.querySelector('[value="a"]').click();
  await until(() => heard.length === 1);
  equal([sent.length, heard[0]], [3, ["/class/vote", 200]]);
  sent.length = 0;
  place.querySelectorAll("button")[1].click();
  await until(() => sent.length === 1);
  await new Promise((later) => setTimeout(later, 60));
  window.fetch = fetch;
  equal([sent.length, heard.length], [1, 1]);
  place.remove();
});
