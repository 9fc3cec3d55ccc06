// Step by step: the rail, the buttons above the stage, and the lists to choose a cell from.

import { el, fill } from "../shared/elements.js";
import { isWords, labelOf } from "./axes.js";
import { currentCell, pinCell, tell } from "./cell.js";

export function go(view, number) {
  if (number >= 1 && number <= view.data.names.length) {
    view.memory.turn.set(number);
    tell(view, { step: view.data.order[number - 1], wrong: "" });
  }
}

export function rail(view) {
  const { names, number, texts } = view.data;
  return el(
    "nav",
    { class: "rail", "aria-label": texts.steps, style: `--steps:${names.length}` },
    el(
      "ol",
      {},
      names.map((name, index) => {
        const state = index + 1 < number ? "done" : index + 1 === number ? "current" : "";
        return el(
          "li",
          { class: state },
          el(
            "button",
            {
              "data-focus": `step-${index + 1}`,
              "aria-current": state === "current" ? "step" : null,
              onclick: () => go(view, index + 1),
            },
            el("span", { class: "dot" }, state === "done" ? "✓" : String(index + 1)),
            el("span", {}, name),
          ),
        );
      }),
    ),
  );
}

export function shortRail(view) {
  const { names, number, texts } = view.data;
  const turn = (sign, to, label, primary) =>
    el(
      "button",
      {
        class: primary ? "turn primary" : "turn",
        "aria-label": label,
        "data-focus": primary ? "next" : "previous",
        "aria-disabled": String(to < 1 || to > names.length),
        onclick: () => go(view, to),
      },
      sign,
    );
  return el(
    "nav",
    { class: "short-rail", "aria-label": texts.steps, style: `--steps:${names.length}` },
    el(
      "div",
      { class: "nine", "aria-hidden": "true" },
      names.map((_, index) => el("span", { class: index < number ? "done" : "" })),
    ),
    el(
      "div",
      { class: "turns" },
      turn("‹", number - 1, texts.previous, false),
      el(
        "div",
        {},
        el("div", { class: "muted" }, fill(texts.step_of, { number, count: names.length })),
        el("h2", { class: "step-title" }, names[number - 1]),
      ),
      turn("›", number + 1, texts.next, true),
    ),
  );
}

export function toolbar(view) {
  const { data, memory } = view;
  const { names, number, texts } = data;
  const views = ["word", "sentence"].map((name) =>
    el(
      "button",
      {
        "data-focus": `view-${name}`,
        "aria-pressed": String(memory.view === name),
        onclick: () => changeView(view, name),
      },
      texts[`view_${name}`],
    ),
  );
  const roles = data.roles.map((role) =>
    el(
      "button",
      {
        "data-focus": `role-${role}`,
        class: role,
        "aria-pressed": String(data.role === role),
        onclick: () => tell(view, { role }),
      },
      texts[`role_${data.slug}_${role}`],
    ),
  );
  const turns =
    memory.form === "narrow"
      ? null
      : [
          el(
            "button",
            {
              class: "turn",
              "data-focus": "previous",
              "aria-label": texts.previous,
              "aria-disabled": String(number === 1),
              onclick: () => go(view, number - 1),
            },
            "←",
          ),
          number < names.length
            ? el(
                "button",
                { class: "turn primary", "data-focus": "next", onclick: () => go(view, number + 1) },
                `${texts.next}: ${names[number]} →`,
              )
            : null,
        ];
  return el(
    "div",
    { class: "toolbar" },
    roles.length ? el("div", { class: "switch", role: "group", "aria-label": texts.which_matrix }, roles) : null,
    el("span", { class: "grow" }),
    data.whatIf ? null : el("div", { class: "switch", role: "group", "aria-label": texts.view }, views),
    turns,
  );
}

function changeView(view, name) {
  if (view.memory.view === name) return;
  view.memory.view = name;
  view.memory.drawn = null;
  view.draw();
  tell(view, { view: name });
}

export function ways(view) {
  const { ways: names, whatIf: now, texts } = view.data;
  if (!names.length) return null;
  const open = view.data.masksNothing ? "open" : "masked";
  return el(
    "div",
    { class: "way-buttons" },
    el("span", { class: "muted" }, texts.try_wrong),
    names.map((name) =>
      el(
        "button",
        {
          "data-focus": `way-${name}`,
          class: "way-button",
          "aria-pressed": String(now?.name === name),
          onclick: () => tell(view, { wrong: now?.name === name ? "" : name }),
        },
        name === "other_mask" ? texts[`way_other_mask_${open}`] : texts[`way_${name}`],
      ),
    ),
  );
}

// Two lists to choose the cell from, where cells are too small to hit.
export function pickers(view) {
  const { data, memory } = view;
  const plan = memory.plan;
  memory.pickers = null;
  if (memory.form !== "narrow" && plan.rowLabels && plan.cellWidth >= 12) return null;
  const { rows, columns } = plan.corner;
  const list = (axis, count, change) =>
    el(
      "label",
      { class: isWords(axis) ? axis : "value" },
      `${data.texts[isWords(axis) ? `axis_${axis}_short` : "number"]} `,
      el(
        "select",
        { "data-focus": `pick-${axis}`, onchange: (event) => change(Number(event.target.value)) },
        Array.from({ length: count }, (_, index) =>
          el(
            "option",
            { value: index },
            isWords(axis) ? `${index + 1} ${labelOf(view, axis, index)}` : String(index + 1),
          ),
        ),
      ),
    );
  const row = list(plan.rowAxis, rows, (index) => pinCell(view, { row: index, column: currentCell(view).column }, 0));
  const column = list(plan.columnAxis, columns, (index) =>
    pinCell(view, { row: currentCell(view).row, column: index }, 0),
  );
  memory.pickers = [row.querySelector("select"), column.querySelector("select")];
  return el("div", { class: "pickers" }, row, column);
}

export function markPickers(view, cell) {
  if (!view.memory.pickers) return;
  view.memory.pickers[0].value = String(cell.row);
  view.memory.pickers[1].value = String(cell.column);
}
