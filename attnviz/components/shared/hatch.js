// Masked cells on a canvas.

// Hatch boxes [x, y, width, height], one pattern over all: lines where x + y is a multiple of the pitch.
export function hatch(context, theme, boxes, pitch = 5) {
  if (!boxes.length) return;
  const area = new Path2D();
  for (const box of boxes) area.rect(...box);
  const [left, top] = [0, 1].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = [0, 1].map((side) => Math.max(...boxes.map((box) => box[side] + box[side + 2])));
  context.save();
  context.fillStyle = theme.mask;
  context.fill(area);
  context.clip(area);
  context.strokeStyle = theme.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (let sum = Math.ceil((left + top) / pitch) * pitch; sum < right + bottom; sum += pitch) {
    context.moveTo(sum - top, top);
    context.lineTo(sum - bottom, bottom);
  }
  context.stroke();
  context.restore();
}
