// One picture of the film: a pure function of the record and the moment. What stands still at a whole number is a
// stop. Shapes are plain objects with a name of their own, `id`, that they keep from picture to picture:
//   strip   one vector, a stripe a number          bar, mark   a rectangle          stack   products, piled up
//   path    a line that is drawn from 0 to `part`  text        words, or a number with `value` and `of`, what it is
// A number appears when its move has arrived; no digit ever changes on the way.

import { scores } from "./scores.js";
import { vectors } from "./vectors.js";

export function frame(record, moment, layout, texts) {
  const shapes = [];
  const stage = { record, t: moment, layout, texts, add: (shape) => shape.opacity > 0.001 && shapes.push(shape) };
  vectors(stage);
  scores(stage);
  return shapes;
}
