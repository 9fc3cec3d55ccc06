// What Python sends: the reverse of pack() in frame.py.

export async function unpack(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, { type, shape, offset }] of Object.entries(header.arrays)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const Kind = type === "float32" ? Float32Array : Uint8Array;
    arrays[name] = { data: new Kind(buffer, 4 + length + offset, size), shape };
  }
  return { ...header.values, arrays };
}
