// Colours of both themes, and colours of numbers.

import PALETTE from "../../figures/palette.json" with { type: "json" };

export function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export function luminance([r, g, b]) {
  const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// Black or white, whichever contrasts more with the colour.
export function textOn(colour) {
  return luminance(typeof colour === "string" ? rgb(colour) : colour) > 0.179 ? "#000000" : "#FFFFFF";
}

// 256 colours between the stops of a scale, as [r, g, b].
export function ramp(stops) {
  const colours = stops.map(rgb);
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (colours.length - 1);
    const low = Math.min(Math.floor(at), colours.length - 2);
    return [0, 1, 2].map((c) => Math.round(colours[low][c] + (at - low) * (colours[low + 1][c] - colours[low][c])));
  });
}

// The colour of a value on a ramp: weights run from 0 to limit, signed values from -limit to limit.
export function colourOf(colours, value, limit, signed) {
  const share = signed ? (value / (limit || 1) + 1) / 2 : value / (limit || 1);
  return colours[Math.max(0, Math.min(255, Math.round(share * 255)))];
}

export function css([r, g, b]) {
  return `rgb(${r},${g},${b})`;
}

export function contrast(colour, hex) {
  const [a, b] = [luminance(colour), luminance(rgb(hex))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

// What getComputedStyle tells about the page's ground; each theme is made once.
const themes = {};

export function themeNow(element) {
  const ground = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const dark = /^#[0-9a-f]{6}$/i.test(ground) && luminance(rgb(ground)) < 0.2;
  return (themes[dark ? "dark" : "light"] ??= themeOf(dark));
}

export function themeOf(dark) {
  const colours = PALETTE[dark ? "dark" : "light"];
  return { ...colours, dark, weightRamp: ramp(colours.weights), signedRamp: ramp(colours.signed) };
}

// The single colours of a theme as CSS variables, by name: lineStrong is --line-strong.
export function variables(theme) {
  const single = Object.entries(theme).filter(([, colour]) => typeof colour === "string");
  return single.map(([name, colour]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    colour,
  ]);
}

export function colourOfHead(theme, head) {
  return theme.heads[head % theme.heads.length];
}
