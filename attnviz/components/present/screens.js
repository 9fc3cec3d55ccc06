// What stands together on one screen of a lecture: a section's head, its words, and one figure.
//
// A unit is a piece of the page that is not taken apart: {kind, group, height}. Kinds:
//   head      a section's title: it stays on every screen of its section
//   text      words, for what follows them
//   controls  they stay with the figure that they belong to, the next one
//   figure    one a screen
//   note      words below a figure, for what stands above them
//   frame     a question or a wrong way: a screen of its own

// The screens of a page in order: [{group, units}]; `room` is what a screen has, in pixels, `gap` between two units.
// A unit that is higher than a screen stands on its own, and is scrolled.
export function screensOf(units, room, gap = 0) {
  const screens = [];
  const waiting = []; // words and controls whose figure has not come
  let screen;
  let head = 0;

  const begin = (group) => {
    screen = { group, units: [], height: head, has: "" };
    screens.push(screen);
  };
  const beginAnother = () => screen.units.length && begin(screen.group);
  const high = (all) => all.reduce((sum, unit) => sum + unit.height + gap, 0);
  const fits = (...all) => screen.has !== "frame" && screen.height + high(all) <= room;
  const put = (...all) => {
    screen.units.push(...all);
    screen.height += high(all);
  };
  const putWaiting = (count = waiting.length) => {
    for (const unit of waiting.splice(0, count)) {
      if (!fits(unit)) beginAnother();
      put(unit);
    }
  };

  for (const unit of units) {
    if (!screen || unit.group !== screen.group) {
      if (screen) putWaiting();
      head = unit.kind === "head" ? unit.height + gap : 0;
      begin(unit.group);
    }
    if (unit.kind === "figure") {
      if (screen.has) beginAnother();
      if (!fits(...waiting, unit)) {
        putWaiting(waiting.findLastIndex(({ kind }) => kind === "text") + 1);
        beginAnother();
      }
      put(...waiting.splice(0), unit);
      screen.has = "figure";
    } else if (unit.kind === "frame") {
      putWaiting();
      beginAnother();
      put(unit);
      screen.has = "frame";
    } else if (unit.kind === "note" && !waiting.length && screen.units.length && fits(unit)) put(unit);
    else if (unit.kind !== "head") waiting.push(unit);
  }
  if (screen) putWaiting();
  return screens.filter(({ units: own }) => own.length);
}

// The number of the screen that a place stands for: {part, screen}, the section and which of its screens, from 1.
// `anchor`: a unit's node that was shown; where it still stands, its screen is meant, whatever has come before it.
export function screenAt(screens, { part, screen }, anchor = null) {
  const same = screens.findIndex(({ units }) => anchor && units.some(({ node }) => node === anchor));
  if (same >= 0) return same;
  const own = screens.flatMap((one, index) => (one.part === part ? [index] : []));
  return own[Math.min(screen, own.length) - 1] ?? 0;
}

// The place of a screen; the opposite of screenAt().
export function placeOf(screens, index) {
  const { part } = screens[index];
  return { part, screen: screens.slice(0, index + 1).filter((one) => one.part === part).length };
}
