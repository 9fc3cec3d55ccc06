// Between projection and meeting: a factor, the norm of queries and keys, the rotation by position.

import { fillText } from "../shared/elements.js";
import { number, short } from "../shared/numbers.js";
import { matrixOf } from "./matrix.js";
import { standardLines } from "./norm.js";
import { lines } from "./terms.js";

// The other number of a column's pair, its angle and whether it is the first of the two; null where it stays as it is.
export function pairOf({ meeting: { rotation }, arrays }, column) {
  if (!rotation) return null;
  const angles = arrays.cos.shape[1];
  const at = column - rotation.start;
  if (at < 0 || at >= 2 * angles) return null;
  if (rotation.neighbours)
    return { partner: column + (at % 2 ? -1 : 1), angle: Math.floor(at / 2), isFirst: at % 2 === 0 };
  return { partner: column + (at < angles ? angles : -angles), angle: at % angles, isFirst: at < angles };
}

// cos and sin of an angle at a row's position.
export function turnAt({ arrays: { cos, sin } }, row, angle) {
  const place = row * cos.shape[1] + angle;
  return { cos: cos.data[place], sin: sin.data[place] };
}

// A norm's value of one number, as standardLines() writes it out.
function normed({ meeting: { norm }, arrays }, row, column, value) {
  if (!norm) return value;
  const standard = (value - arrays.mean.data[row]) / Math.sqrt(arrays.variance.data[row] + norm.eps);
  return standard * arrays.gain.data[column] + arrays.shift.data[column];
}

export function rotateLedger(view, cell, total) {
  const { data } = view;
  const { texts, meeting } = data;
  const before = matrixOf(view, data.left[0]);
  const start = (column) => before.at(cell.row, column) * meeting.factor;
  const first = [
    [texts[`matrix_${data.left[0]}`], before.at(cell.row, cell.column), undefined, "before"],
    meeting.factor === 1 ? null : [texts.factor, meeting.factor, short(meeting.factor), "factor"],
  ];
  const last = [`= ${texts[`matrix_${data.corner}`]}`, total, number(total, 4), "after"];
  if (meeting.normFirst) {
    const value = (column) => normed(data, cell.row, column, start(column));
    return lines([...first, ...normLines(view, cell, start), ...turnLines(view, cell, value), last]);
  }
  return lines([
    ...first,
    ...turnLines(view, cell, start),
    ...normLines(view, cell, (column) => turned(data, cell.row, column, start)),
    last,
  ]);
}

function turned(data, row, column, value) {
  const pair = pairOf(data, column);
  if (!pair) return value(column);
  const { cos, sin } = turnAt(data, row, pair.angle);
  return value(column) * cos + (pair.isFirst ? -1 : 1) * value(pair.partner) * sin;
}

function normLines(view, cell, value) {
  const { meeting, arrays, texts } = view.data;
  if (!meeting.norm) return [];
  const kind = meeting.norm.rms ? "RMSNorm" : "LayerNorm";
  const head = fillText(meeting.norm.across ? texts.norm_across : texts.norm_own, { norm: kind });
  const found = { mean: arrays.mean.data[cell.row], variance: arrays.variance.data[cell.row], ...meeting.norm };
  return standardLines(view, cell.column, value(cell.column), found, head);
}

function turnLines(view, cell, value) {
  const { data } = view;
  const { texts } = data;
  if (!data.meeting.rotation) return [];
  const pair = pairOf(data, cell.column);
  if (!pair) return [[texts.not_turned, null, "", "divider"]];
  const { cos, sin } = turnAt(data, cell.row, pair.angle);
  const own = value(cell.column);
  const other = value(pair.partner);
  const result = turned(data, cell.row, cell.column, value);
  return [
    [fillText(texts.turn_head, { partner: pair.partner + 1 }), null, "", "divider"],
    [fillText(texts.number_n, { number: cell.column + 1 }), own, number(own, 4), "own"],
    [fillText(texts.number_n, { number: pair.partner + 1 }), other, number(other, 4), "partner"],
    ["cos", cos, number(cos, 4), "cos"],
    ["sin", sin, number(sin, 4), "sin"],
    [pair.isFirst ? texts.turn_first : texts.turn_second, result, number(result, 4), "turned"],
  ];
}
