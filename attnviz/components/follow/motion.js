// Time: a moment runs from 0, the word alone, to 9, the end; whole numbers are the stops, one a step.

export const STOPS = 9;
const READ_MS = 500; // the words come first,
const MOVE_MS = 900; // then the move,
const REST_MS = 1400; // then rest
export const STOP_MS = READ_MS + MOVE_MS + REST_MS;
export const WHOLE_MS = STOPS * STOP_MS; // 25 s

// The moment after so many milliseconds of playing; with cuts, the stops alone.
export function momentAt(ms, cuts = false) {
  const whole = Math.min(STOPS, Math.floor(ms / STOP_MS));
  if (whole === STOPS) return STOPS;
  const inside = ms - whole * STOP_MS - READ_MS;
  if (cuts) return whole + (inside >= 0 ? 1 : 0);
  return whole + Math.max(0, Math.min(1, inside / MOVE_MS));
}

// The milliseconds at which playing goes on from a moment: the moves are behind it at a stop.
export function msAt(moment) {
  const whole = Math.floor(moment);
  return moment === whole ? whole * STOP_MS : whole * STOP_MS + READ_MS + (moment - whole) * MOVE_MS;
}

// How far a move from one moment to another has come, 0 to 1: slow at both ends.
export function progress(moment, from, to) {
  const share = Math.max(0, Math.min(1, (moment - from) / (to - from)));
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}

export function between(from, to, share) {
  return from + (to - from) * share;
}

// How visible something is that comes at one moment and goes at another.
export function shown(moment, from, to = Infinity, fade = 0.1) {
  const coming = Math.max(0, Math.min(1, (moment - from + fade) / fade));
  return to === Infinity ? coming : Math.min(coming, Math.max(0, Math.min(1, (to + fade - moment) / fade)));
}
