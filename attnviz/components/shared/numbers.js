// Numbers as text.

// A number as text: never "-0.00", a true minus sign.
export function number(value, digits = 2) {
  if (value === -Infinity) return "−∞";
  if (value === Infinity) return "∞";
  if (Number.isNaN(value)) return "NaN";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

// A constant with the digits that it has, four at most: 50, 0.1768.
export function short(value) {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

// A weight inside a cell: ".39", "1.0"; nothing below .005.
export function weightText(value) {
  if (value < 0.005) return "";
  return value >= 0.995 ? "1.0" : value.toFixed(2).slice(1);
}
