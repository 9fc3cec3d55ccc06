// What is followed: the record that Python sends, with the arithmetic that the pictures add to it.

// Join the record's plain fields and its arrays; rows(name)[i] is one row of a matrix.
export function recordOf({ record, arrays }) {
  const rows = {};
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const width = shape.at(-1);
    rows[name] =
      shape.length === 1 ? data : Array.from({ length: shape[0] }, (_, i) => data.subarray(i * width, (i + 1) * width));
  }
  const d_k = rows.query.length;
  const best = record.order[0];
  const own = record.part === "cross" ? best : record.query_token;
  return {
    ...record,
    ...rows,
    d_k,
    best, // the key that gets most
    own, // whose key and value are shown being made
    d_model: rows.output.length,
    n_heads: rows.concat.length,
    masks: record.key_labels.some((_, key) => isMasked(rows, key)),
    dims: {
      vectors: largest(rows.vectors.at(-1)),
      meeting: largest(rows.products[best]),
      value: largest(rows.head_output),
      output: largest(rows.output),
    },
  };
}

// The keys that get a column of their own, in the order of the sentence, and those that share one.
export function columnsOf(record, most) {
  const count = record.order.length <= most + 1 ? record.order.length : most;
  const rest = record.order.slice(count);
  return { shown: record.order.slice(0, count).toSorted((a, b) => a - b), rest };
}

export function isMasked(record, key) {
  return record.masked_scores[key] === -Infinity;
}

export function sum(values, keys) {
  return keys.reduce((total, key) => total + values[key], 0);
}

export function largest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
  return best;
}

// What a row's positive products add up to, and its negative ones.
export function stackOf(products) {
  let [up, down] = [0, 0];
  for (const product of products)
    if (product > 0) up += product;
    else down -= product;
  return { up, down };
}
