// What a reader does in a view: a choice that is on its way to Python, arrow keys, the focus.

// A choice is shown at once, and Python answers later. Until then, or for some time at most, an answer to an earlier
// choice must not undo it; `scope` says what the choice was made in, since the same row means another word elsewhere.
export class Pending {
  constructor(patience = 5000) {
    this.patience = patience;
    this.forget();
  }

  set(choice, scope = "", delay = 0) {
    Object.assign(this, { kept: choice, scope, until: performance.now() + delay + this.patience });
  }

  forget() {
    Object.assign(this, { kept: null, scope: "", until: 0 });
  }

  // The choice, or null when none is on its way.
  get choice() {
    return performance.now() < this.until ? this.kept : null;
  }

  // Whether what Python sent is older than the choice; else it is taken over, and nothing is on its way any more.
  overtakes(sent, scope = "") {
    if (this.choice !== null && this.scope === scope && !same(this.kept, sent)) return true;
    this.forget();
    return false;
  }
}

// Whether two records hold the same; what only the second holds does not count.
export function same(a, b) {
  return Object.keys(a).every((name) => a[name] === b[name]);
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// [down, right] of an arrow key, or null; with Ctrl, Alt or Meta it is the browser's.
export function arrow(event) {
  return event.ctrlKey || event.altKey || event.metaKey ? null : (STEPS[event.key] ?? null);
}

export function within(index, count) {
  return Math.max(0, Math.min(count - 1, index));
}

// The [row, column] that a key leads to from another; Home and End go along the row. null: no such key.
export function keyTo(event, [row, column], [rows, columns]) {
  const step = arrow(event);
  if (step) return [within(row + step[0], rows), within(column + step[1], columns)];
  return { Home: [row, 0], End: [row, columns - 1] }[event.key] ?? null;
}

// Draw anew; the focus stays on the element with the same data-focus.
export function keepingFocus(root, draw) {
  const { activeElement } = root.getRootNode();
  const name = root.contains(activeElement) ? activeElement.getAttribute("data-focus") : null;
  draw();
  if (name === null) return;
  const again = () => root.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  again();
  // a view that was drawn before it stood in the page can't hold the focus yet
  requestAnimationFrame(() => document.activeElement === document.body && again());
}

// In a lecture (present/) a figure with steps of its own takes a click of the clicker until it is at its end.
export const PACE = "attnviz-pace";

// `step` is called with 1 or -1, and returns whether there was such a step.
export function atPace(root, step) {
  root.addEventListener(PACE, (event) => {
    if (step(event.detail)) event.preventDefault();
  });
}
