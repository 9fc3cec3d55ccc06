// The reverse of coded.py: weights from their two bytes.

const LEVELS = 250;

// Float32Array of the weights from `start` on, `count` of them; the middle of each step stands for it, 0 for the first.
export function decoded(coarse, fine, units, start = 0, count = coarse.length - start) {
  const weights = new Float32Array(count);
  const each = units / LEVELS;
  for (let i = 0; i < count; i++) {
    const step = coarse[start + i] * each + fine[start + i];
    weights[i] = step && (step + 0.5) / units;
  }
  return weights;
}
