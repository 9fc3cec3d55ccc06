// Where a student's screen goes: with the teacher's, until the student moves, and again when one of them asks for it.
//
// Going somewhere is what Back does in a browser: the address changes, and the page reads it.

import { isKnown } from "../shared/connection.js";

const OWN = ["lang", "size", "theme", "answers", "present"]; // each reader's own: nobody follows these

// An address as it is compared: without what is a reader's own, in one order.
export function canonical(address) {
  const { pathname, searchParams } = new URL(address, "http://any");
  for (const name of OWN) searchParams.delete(name);
  searchParams.sort();
  const query = searchParams.toString();
  return query ? `${pathname}?${query}` : pathname;
}

// The teacher's address with what is this reader's own.
export function withOwn(address, here) {
  const there = new URL(address, "http://any");
  for (const [name, value] of new URL(here, "http://any").searchParams) {
    if (OWN.includes(name)) there.searchParams.set(name, value);
  }
  return there.pathname + there.search;
}

// What to do next. `known` = {follows, calls, put}: whether this screen follows, how often the teacher had called, and
// where it was put last; `here`: its address. Returns the next known, and `go`: an address, or null to stay.
export function step(known, state, here) {
  const now = canonical(here);
  const there = canonical(state.at);
  const isCalled = known.calls !== null && state.calls > known.calls;
  // whoever goes elsewhere by himself looks alone from then on
  const strayed = known.put !== null && now !== known.put && now !== there;
  let follows = isCalled || (known.follows && !strayed);
  const isOut = state.pages.length > 0 && !state.pages.includes(new URL(here, "http://any").pathname);
  if (isOut) follows = true;
  const go = follows && now !== there ? withOwn(state.at, here) : null;
  return { known: { follows, calls: state.calls, put: follows ? there : null }, go };
}

// Returns whether the screen went: while the server is away nobody would hear that the address is another one.
export function goTo(address) {
  if (!isKnown()) return false;
  history.replaceState(history.state, "", address);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  return true;
}
