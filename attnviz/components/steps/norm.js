// LayerNorm and RMSNorm of one number, written out.

import { number } from "../shared/numbers.js";

// What a norm makes of one value, line by line; an RMSNorm takes no mean away.
export function standardLines(view, column, value, { mean, variance, eps, rms }, head) {
  const { texts, arrays } = view.data;
  const gain = arrays.gain.data[column];
  const shift = arrays.shift.data[column];
  const standard = (value - mean) / Math.sqrt(variance + eps);
  return [
    [head, null, "", "divider"],
    rms ? null : [texts.norm_mean, mean, number(mean, 4), "mean"],
    [rms ? texts.rms_square : texts.norm_variance, variance, number(variance, 4), "variance"],
    [texts.norm_eps, eps, power(eps), "eps"],
    [rms ? texts.rms_standard : texts.norm_standard, standard, number(standard, 4), "standard"],
    [texts.norm_gain, gain, number(gain, 4), "gain"],
    shift || !rms ? [texts.norm_bias, shift, number(shift, 4), "bias"] : null,
  ];
}

// 1e-5 as it is written in configurations; 1.19e-7 with the digits that it has.
function power(value) {
  return value.toExponential().replace("-", "−");
}

// Mean and biased variance of a row; of an RMSNorm 0 and the mean of squares.
export function moments(matrix, row, rms = false) {
  let mean = 0;
  if (!rms) for (let column = 0; column < matrix.columns; column++) mean += matrix.at(row, column) / matrix.columns;
  let variance = 0;
  for (let column = 0; column < matrix.columns; column++)
    variance += (matrix.at(row, column) - mean) ** 2 / matrix.columns;
  return { mean, variance };
}
