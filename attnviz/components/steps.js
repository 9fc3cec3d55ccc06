// Step by step: the rail of nine, the formula, two or three sentences, the ledger and the stage.
// The page is told what is chosen (step, cell, ...) and writes it to the URL; hovering stays here.

function render(view) {
  const { memory, data } = view;
  const drawn = `${data.frame} ${view.theme.dark} ${view.width} ${view.typeSize}`;
  adopt(view);
  if (memory.drawn !== drawn) build(view);
  memory.drawn = drawn;
  update(view);
}

// Take over the cell that the page sends, unless a newer one is on its way to it.
function adopt(view) {
  const { memory, data } = view;
  if (memory.seen === data) return;
  const sameFrame = memory.seen?.frame === data.frame;
  const sameWords = memory.seen && scopeOf(memory.seen) === scopeOf(data);
  memory.seen = data;
  const [rowAxis, columnAxis] = cornerAxes(data);
  const corner = matrixOf(view, data.corner);
  const row = Math.min(data.cell[rowAxis], corner.rows - 1);
  const dim = data.cell.dim >= 0 && data.cell.dim < corner.columns ? data.cell.dim : largestIn(corner, row);
  const sent = { row, column: isWords(columnAxis) ? Math.min(data.cell[columnAxis], corner.columns - 1) : dim };
  const waiting = memory.pending && performance.now() < memory.pending.until;
  if (waiting && sameWords && JSON.stringify(memory.pending.cell) !== JSON.stringify(cellMessage(view, sent))) return;
  memory.pending = null;
  if (memory.turn?.number === data.number) memory.turn = null;
  const turned = memory.cell?.row !== sent.row;
  memory.cell = sent;
  if (!sameFrame) {
    clearTimeout(memory.later);
    Object.assign(memory, { hover: null, pinned: false, view: data.view });
  } else if (turned && memory.view === "word") memory.drawn = null;
}

// Rows and columns mean the same as long as this does.
function scopeOf(data) {
  return JSON.stringify([data.slug, data.role, data.part, data.sentence, data.labels]);
}

function largestIn(matrix, row) {
  let best = 0;
  for (let column = 1; column < matrix.columns; column++)
    if (Math.abs(matrix.at(row, column)) > Math.abs(matrix.at(row, best))) best = column;
  return best;
}

// Draw everything anew; the focus stays on the element of the same name.
function build(view) {
  const { memory, data, root } = view;
  const scale = view.typeSize / 18;
  memory.form = view.width < 640 * scale ? "narrow" : view.width < 1060 * scale ? "middle" : "wide";
  memory.font = getComputedStyle(root).fontFamily;
  memory.ways = {};
  const focus = root.contains(document.activeElement) ? document.activeElement.getAttribute("data-focus") : shadowFocus(root);
  root.classList.add("steps");
  root.dataset.form = memory.form;
  root.dataset.step = data.slug;
  root.replaceChildren(memory.form === "narrow" ? shortRail(view) : rail(view), main(view), tables(view));
  if (!memory.keys) listenForKeys(view);
  if (focus) {
    const again = () => root.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });
    again();
    // a view that was drawn before it stood in the page can't hold the focus yet
    requestAnimationFrame(() => document.activeElement === document.body && again());
  }
}

// The element with the focus, where the view lives in a shadow tree.
function shadowFocus(root) {
  const tree = root.getRootNode();
  return tree.activeElement && root.contains(tree.activeElement) ? tree.activeElement.getAttribute("data-focus") : null;
}

function main(view) {
  const { memory, data } = view;
  memory.words = el("div", { class: "sentences", "aria-live": "polite" });
  const title = el("h1", { class: "step-title" }, data.names[data.number - 1]);
  const intro = el("div", { class: "intro" }, memory.form === "narrow" ? null : title,
    formula(data.formula, data.texts[`formula_${data.slug}`]), memory.words);
  const space = view.width;
  if (data.whatIf) return el("div", { class: "wrong-layout" }, el("div", { class: "top" }, intro), el("div", { class: "way-bar" }, ways(view), toolbar(view)), whatIf(view, space));
  const stageWidth = memory.form === "wide" ? space - 428 * (view.typeSize / 18) - 40 : space;
  memory.stageBox = el("div", {}, drawStage(view, stageWidth));
  memory.stageWidth = stageWidth;
  memory.ledger = el("div", { class: "ledger-box" });
  const right = el("div", { class: "right" }, toolbar(view), ways(view), memory.stageBox, pickers(view), figureName(view));
  return el("div", { class: "layout" }, intro, right, memory.ledger);
}

function redrawStage(view) {
  view.memory.stageBox.replaceChildren(drawStage(view, view.memory.stageWidth));
  view.root.querySelector('[data-focus="stage"]').focus({ preventScroll: true });
}

// What depends on the cell: sentences, ledger, frames.
function update(view) {
  const { memory, data } = view;
  const cell = currentCell(view);
  if (data.whatIf) lightWays(view, cell);
  else {
    if (memory.view === "word" && !memory.plan.rows.includes(cell.row)) redrawStage(view);
    lightUp(view, cell);
    memory.ledger.replaceChildren(ledger(view, cell), pinNote(view));
    markPickers(view, cell);
  }
  memory.words.replaceChildren(...sentences(view, cell).map((words) => el("p", {}, words)));
  view.root.dataset.cell = `${cell.row + 1}-${cell.column + 1}`;
  view.root.dataset.pinned = String(Boolean(memory.pinned));
}

function pinNote(view) {
  const { texts } = view.data;
  return el("div", { class: "muted pin-note" }, view.memory.pinned ? texts.pinned : texts.hint);
}

// ---- rail and buttons

function go(view, number) {
  if (number >= 1 && number <= view.data.names.length) {
    view.memory.turn = { number, until: performance.now() + 3000 };
    tell(view, { step: number, wrong: "" });
  }
}

function rail(view) {
  const { names, number, texts } = view.data;
  return el("nav", { class: "rail", "aria-label": texts.steps }, el("ol", {}, names.map((name, index) => {
    const state = index + 1 < number ? "done" : index + 1 === number ? "current" : "";
    return el("li", { class: state }, el("button", {
      "data-focus": `step-${index + 1}`, "aria-current": state === "current" ? "step" : null, onclick: () => go(view, index + 1),
    }, el("span", { class: "dot" }, state === "done" ? "✓" : String(index + 1)), el("span", {}, name)));
  })));
}

function shortRail(view) {
  const { names, number, texts } = view.data;
  const turn = (sign, to, label, primary) => el("button", {
    class: primary ? "turn primary" : "turn", "aria-label": label, "data-focus": primary ? "next" : "previous",
    "aria-disabled": String(to < 1 || to > names.length), onclick: () => go(view, to),
  }, sign);
  return el("nav", { class: "short-rail", "aria-label": texts.steps },
    el("div", { class: "nine", "aria-hidden": "true" }, names.map((_, index) => el("span", { class: index < number ? "done" : "" }))),
    el("div", { class: "turns" }, turn("‹", number - 1, texts.previous, false),
      el("div", {}, el("div", { class: "muted" }, fill(texts.step_of, { number, count: names.length })), el("h1", { class: "step-title" }, names[number - 1])),
      turn("›", number + 1, texts.next, true)));
}

function toolbar(view) {
  const { data, memory } = view;
  const { names, number, texts } = data;
  const views = ["word", "sentence"].map((name) => el("button", {
    "data-focus": `view-${name}`, "aria-pressed": String(memory.view === name), onclick: () => changeView(view, name),
  }, texts[`view_${name}`]));
  const roles = data.roles.map((role) => el("button", {
    "data-focus": `role-${role}`, class: role, "aria-pressed": String(data.role === role), onclick: () => tell(view, { role }),
  }, texts[`role_${data.slug}_${role}`]));
  const turns = memory.form === "narrow" ? null : [
    el("button", { class: "turn", "data-focus": "previous", "aria-label": texts.previous, "aria-disabled": String(number === 1), onclick: () => go(view, number - 1) }, "←"),
    number < names.length ? el("button", { class: "turn primary", "data-focus": "next", onclick: () => go(view, number + 1) }, `${texts.next}: ${names[number]} →`) : null,
  ];
  return el("div", { class: "toolbar" },
    roles.length ? el("div", { class: "switch", role: "group", "aria-label": texts.which_matrix }, roles) : null,
    el("span", { class: "grow" }),
    data.whatIf ? null : el("div", { class: "switch", role: "group", "aria-label": texts.view }, views), turns);
}

function changeView(view, name) {
  if (view.memory.view === name) return;
  view.memory.view = name;
  build(view);
  update(view);
  tell(view, { view: name });
}

function ways(view) {
  const { ways: names, whatIf: now, texts } = view.data;
  if (!names.length) return null;
  const open = view.data.masksNothing ? "open" : "masked";
  return el("div", { class: "way-buttons" }, el("span", { class: "muted" }, texts.try_wrong), names.map((name) => el("button", {
    "data-focus": `way-${name}`, class: "way-button", "aria-pressed": String(now?.name === name),
    onclick: () => tell(view, { wrong: now?.name === name ? "" : name }),
  }, name === "other_mask" ? texts[`way_other_mask_${open}`] : texts[`way_${name}`])));
}

// Two lists to choose the cell from, where cells are too small to hit.
function pickers(view) {
  const { data, memory } = view;
  const plan = memory.plan;
  memory.pickers = null;
  if (memory.form !== "narrow" && plan.rowLabels && plan.cellWidth >= 12) return null;
  const { rows, columns } = plan.corner;
  const list = (axis, count, change) => el("label", { class: isWords(axis) ? axis : "value" }, `${data.texts[isWords(axis) ? `axis_${axis}_short` : "number"]} `,
    el("select", { "data-focus": `pick-${axis}`, onchange: (event) => change(Number(event.target.value)) },
      Array.from({ length: count }, (_, index) => el("option", { value: index }, isWords(axis) ? `${index + 1} ${labelOf(view, axis, index)}` : String(index + 1)))));
  const row = list(plan.rowAxis, rows, (index) => pinCell(view, { row: index, column: currentCell(view).column }, 0));
  const column = list(plan.columnAxis, columns, (index) => pinCell(view, { row: currentCell(view).row, column: index }, 0));
  memory.pickers = [row.querySelector("select"), column.querySelector("select")];
  return el("div", { class: "pickers" }, row, column);
}

function markPickers(view, cell) {
  if (!view.memory.pickers) return;
  view.memory.pickers[0].value = String(cell.row);
  view.memory.pickers[1].value = String(cell.column);
}

// Which sentence and which head the picture was computed from.
function figureName(view) {
  const { data } = view;
  const target = data.part === "encoder_self" ? null : [" → ", el("q", {}, data.target)];
  return el("p", { class: "muted figure-name" }, `${data.caption}: `, el("q", {}, data.sentence), target);
}

// Brackets turn the pages; Page up and down too while the focus is in the view.
function listenForKeys(view) {
  view.memory.keys = true;
  const turn = (event) => {
    if (!view.root.isConnected) return document.removeEventListener("keydown", turn);
    const path = event.composedPath();
    const inside = path.includes(view.root);
    if ((!inside && path[0] !== document.body) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (path[0].tagName === "SELECT" || path[0].tagName === "INPUT") return;
    const step = { "[": -1, "]": 1, ...(inside ? { PageUp: -1, PageDown: 1 } : {}) }[event.key];
    if (!step) return;
    event.preventDefault();
    const { turn: turning } = view.memory; // a step that is on its way already
    go(view, (turning && performance.now() < turning.until ? turning.number : view.data.number) + step);
  };
  document.addEventListener("keydown", turn);
}

// ---- sentences that depend on the cell

function sentences(view, cell) {
  const { data } = view;
  const [rowAxis, columnAxis] = cornerAxes(data);
  const corner = matrixOf(view, data.corner);
  const value = corner.at(cell.row, cell.column);
  const digits = corner.weights ? 3 : 2;
  const words = {
    row: named(view, rowAxis, cell.row), column: named(view, columnAxis, cell.column), number: cell.column + 1,
    value: el("b", {}, number(value, digits)), d_k: data.dK, d_model: data.dModel, root: number(Math.sqrt(data.dK), 2),
    W_O: projectionName("W_O"), root_model: number(Math.sqrt(data.dModel), 2), head: data.head + 1, heads: data.heads, layer: data.layer + 1,
    ...wordsOf[data.operation]?.(view, cell, corner),
  };
  // a node can stand in one place only
  const fresh = () => Object.fromEntries(Object.entries(words).map(([name, word]) => [name, word instanceof Node ? word.cloneNode(true) : word]));
  return storyOf[data.slug](view, cell, corner, value).filter(Boolean).map((name) => fill(data.texts[`say_${name}`], fresh()));
}

function rankIn(matrix, row, column) {
  const value = matrix.at(row, column);
  let rank = 1;
  for (let other = 0; other < matrix.columns; other++) if (matrix.at(row, other) > value) rank += 1;
  return rank;
}

const wordsOf = {
  scale: (view, cell) => ({ before: number(matrixOf(view, "scores").at(cell.row, cell.column)) }),
  mask: (view, cell) => ({ before: number(matrixOf(view, "scaled_scores").at(cell.row, cell.column)) }),
  softmax: (view, cell, corner) => ({
    rank: rankIn(corner, cell.row, cell.column), count: corner.columns, percent: number(100 * corner.at(cell.row, cell.column), 0),
  }),
  product: (view, cell, corner) => ({ rank: rankIn(corner, cell.row, cell.column), count: corner.columns, ...largestTerm(view, cell) }),
  add: (view, cell) => ({
    times: view.data.labels[cornerAxes(view.data)[0]].filter((label, _, all) => label === all[cell.row]).length,
    ...Object.fromEntries(view.data.above.map((name) => [name, summand(name, matrixOf(view, name).at(cell.row, cell.column))])),
  }),
};

// A number after a plus sign: in brackets when it is negative.
function summand(name, value) {
  const second = name === "positions" || name === "output";
  return second && number(value).startsWith("−") ? `(${number(value)})` : number(value);
}

function largestTerm(view, cell) {
  const { data } = view;
  const terms = productTerms(view, cell);
  if (data.slug === "join") {
    const sums = headSums(view, terms);
    const best = sums.reduce((a, sum, head) => (Math.abs(sum) > Math.abs(sums[a]) ? head : a), 0);
    return { best_head: best + 1, best: number(sums[best]), own: number(sums[data.head]) };
  }
  if (data.slug !== "mix") return {};
  const best = terms.reduce((a, term) => (term.a > a.a ? term : a));
  return { best_word: named(view, "key", best.term), weight: number(best.a, 3), percent: number(100 * best.a, 0) };
}

const storyOf = {
  vectors: ({ data }, cell) => {
    const labels = data.labels[cornerAxes(data)[0]];
    const again = labels.filter((label) => label === labels[cell.row]).length > 1;
    const before = data.normFirst ? "norm_first_inputs" : "norm_last_inputs";
    if (data.corner === "memory") return ["memory", data.eps === null ? null : "memory_norm", "cross_roles"];
    if (!data.above.includes("embeddings")) return [data.part === "cross" ? "from_self" : "from_below", before];
    return ["embedding", again ? "again" : null, before];
  },
  project: ({ data }) => [`project_${data.role}`, "project_number", "project_head"],
  scores: (view, cell, corner, value) => ["scores", rankIn(corner, cell.row, cell.column) === 1 ? "score_best" : value < 0 ? "score_negative" : "score_rank"],
  scale: () => ["scale", "scale_why", "scale_order"],
  mask: ({ data }, cell, corner, value) => [
    data.part === "cross" ? "mask_cross" : data.masksNothing ? "mask_none" : value === -Infinity ? "mask_hidden" : "mask_seen",
    data.masksNothing ? "mask_stays" : "mask_why",
  ],
  softmax: (view, cell, corner, value) => {
    const hidden = matrixOf(view, "masked_scores").at(cell.row, cell.column) === -Infinity;
    return ["softmax", hidden ? "softmax_hidden" : value < 0.005 ? "softmax_little" : "softmax_share", "softmax_row"];
  },
  mix: () => ["mix", "mix_best", "mix_number"],
  join: () => ["join", "join_best", "join_sum"],
  add_norm: ({ data }) => ["add", "norm", data.normFirst ? "norm_first_next" : "norm_last_next"],
};

// ---- the numbers as tables, for reading aloud, copying and checking

function tables(view) {
  const { data, memory } = view;
  const names = data.whatIf ? ["right_weights", "wrong_weights"] : [...data.left, ...data.above, data.corner];
  memory.openTables ??= new Set();
  const one = (name) => {
    const matrix = matrixOf(view, name);
    const box = el("details", { class: "numbers", "data-matrix": name, open: memory.openTables.has(name) },
      el("summary", { "data-focus": `table-${name}` }, `${data.texts[`matrix_${name}`]} ${matrix.rows} × ${matrix.columns}`));
    const show = () => {
      if (box.open && box.children.length === 1) box.append(numberTable(view, name, matrix));
      memory.openTables[box.open ? "add" : "delete"](name);
    };
    box.addEventListener("toggle", show);
    if (box.open) show();
    return box;
  };
  return el("section", { class: "tables" }, el("h2", {}, data.texts.tables), names.map(one));
}

function numberTable(view, name, matrix) {
  const { data } = view;
  const [rowAxis, columnAxis] = data.axes[name] ?? ["query", "key"];
  const label = (axis, index) => (isWords(axis) ? labelOf(view, axis, index) : String(index + 1));
  const cells = (row) => Array.from({ length: matrix.columns }, (_, column) => {
    const value = matrix.at(row, column);
    return el("td", { "data-value": String(value) }, matrix.boolean ? String(value) : number(value, 4));
  });
  const columns = Array.from({ length: matrix.columns }, (_, column) => el("th", { scope: "col" }, label(columnAxis, column)));
  const rows = Array.from({ length: matrix.rows }, (_, row) => el("tr", {}, el("th", { scope: "row" }, label(rowAxis, row)), cells(row)));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": data.texts[`matrix_${name}`] },
    el("table", {}, el("caption", { class: "visually-hidden" }, data.texts[`matrix_${name}`]),
      el("thead", {}, el("tr", {}, el("td", {}), columns)), el("tbody", {}, rows)));
}
