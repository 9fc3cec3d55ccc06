// The ledger: how the number in the chosen cell comes about, total first, then term by term.

const MOST_TERMS = 64; // beyond these, only the largest are written out
const SHOWN_TERMS = 12;

// A word or number as a node in its role's colour; user text is only ever text.
function named(view, axis, index) {
  const text = isWords(axis) ? labelOf(view, axis, index) : `${view.data.texts.number} ${index + 1}`;
  return el("span", { class: isWords(axis) ? axis : "value" }, text);
}

function ledger(view, cell) {
  const { data } = view;
  const total = matrixOf(view, data.corner).at(cell.row, cell.column);
  const [rowAxis, columnAxis] = cornerAxes(data);
  const weights = matrixOf(view, data.corner).weights;
  const head = el("div", { class: "ledger-head" },
    el("span", { class: "pair" }, named(view, rowAxis, cell.row), " · ", named(view, columnAxis, cell.column)),
    el("span", { class: "total-box" }, el("span", { class: "total-name" }, data.texts[`matrix_${data.corner}`]), " ",
      el("span", { class: "total", "data-total": String(total) }, number(total, weights ? 3 : 2))));
  const bodies = { product: productLedger, scale: scaleLedger, mask: maskLedger, softmax: softmaxLedger, add: addLedger };
  return el("section", { class: "panel ledger", "data-row": cell.row, "data-column": cell.column, "aria-label": data.texts.ledger },
    head, bodies[data.operation](view, cell, total));
}

// A bar from the middle to the left (negative) or right, or from the left for weights.
function bar(view, value, limit, signed = true) {
  const share = limit ? Math.min(1, Math.abs(value) / limit) : 0;
  const colour = signed ? (value < 0 ? view.theme.signed[view.theme.dark ? 2 : 1] : view.theme.signed[view.theme.dark ? 6 : 7]) : view.theme.weights[view.theme.dark ? 5 : 4];
  const left = signed ? (value < 0 ? 36 * (1 - share) : 36) : 0;
  const width = share * (signed ? (value < 0 ? 36 : 64) : 100);
  return el("td", { class: `bar${signed ? " signed" : ""}`, "aria-hidden": "true" },
    el("div", { style: `left:${left}%;width:${width}%;background:${colour}` }));
}

// One table, or two beside each other where there is room for them and not for a long one.
function termTables(view, heads, rows) {
  const columns = view.memory.form === "middle" && rows.length > 12 ? 2 : 1;
  const each = Math.ceil(rows.length / columns);
  return el("div", { class: `terms columns-${columns}` }, Array.from({ length: columns }, (_, n) =>
    el("table", {},
      el("thead", {}, el("tr", {}, heads.map((head) => head.text
        ? el("th", { scope: "col", class: head.role ?? "", colspan: head.span ?? 1 }, head.text)
        : el("td", {})), // a head without a word is no head
        el("th", { "aria-hidden": "true" }))),
      el("tbody", {}, rows.slice(n * each, (n + 1) * each)))));
}

function productTerms(view, cell) {
  const { data } = view;
  const left = matrixOf(view, data.left[0]);
  const right = matrixOf(view, data.above[0]);
  return Array.from({ length: left.columns }, (_, term) => {
    const a = left.at(cell.row, term);
    const b = right.at(term, cell.column);
    return { term, a, b, product: a * b };
  });
}

function productLedger(view, cell) {
  const { data } = view;
  const terms = productTerms(view, cell);
  const bias = data.arrays.bias ? data.arrays.bias.data[cell.column] : null;
  const long = terms.length > MOST_TERMS;
  const shown = long ? [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, SHOWN_TERMS) : terms;
  const heads = data.slug === "join" ? headSums(view, terms) : [];
  const limit = Math.max(...shown.map(({ product }) => Math.abs(product)), Math.abs(bias ?? 0));
  const rows = shown.map((term) => termRow(view, term, limit));
  if (long) rows.push(restRow(view, terms, shown));
  if (bias !== null) rows.push(biasRow(view, bias, limit));
  const [leftName, rightName] = [data.left[0], data.above[0]];
  const columns = [{ text: "" }, { text: shortName(view, leftName), role: roleClass(leftName) },
    { text: projectionName(rightName) ?? shortName(view, rightName), role: roleClass(rightName) }, { text: data.texts.product }];
  return [
    heads.length ? headTable(view, heads, bias) : null,
    heads.length ? el("p", { class: "ledger-note" }, fill(data.texts.same_sum, { W_O: projectionName("W_O") })) : null,
    long ? el("p", { class: "ledger-note" }, fill(data.texts.largest_terms, { shown: SHOWN_TERMS, count: terms.length })) : null,
    termTables(view, columns, rows),
  ];
}

function roleClass(name) {
  return ["query", "key", "value"].includes(name) ? name : "";
}

// W_O as it stands in the formula.
function projectionName(name) {
  return name.startsWith("W_") ? el("span", {}, "W", el("sup", {}, name.slice(2))) : null;
}

function shortName(view, name) {
  return view.data.texts[`short_${name}`] ?? view.data.texts[`matrix_${name}`];
}

function termRow(view, { term, a, b, product }, limit) {
  const innerAxis = view.data.axes[view.data.left[0]][1];
  const label = isWords(innerAxis) ? labelOf(view, innerAxis, term) : String(term + 1);
  const digits = matrixOf(view, view.data.left[0]).weights ? 3 : 2;
  const data = { "data-term": term, "data-left": String(a), "data-right": String(b), "data-product": String(product) };
  return el("tr", data,
    el("th", { scope: "row", title: label }, label), el("td", {}, number(a, digits), el("span", { class: "sign" }, " ×")),
    el("td", {}, number(b), el("span", { class: "sign" }, " =")), el("td", { class: "result" }, number(product)), bar(view, product, limit));
}

function restRow(view, terms, shown) {
  const rest = terms.reduce((sum, { product }) => sum + product, 0) - shown.reduce((sum, { product }) => sum + product, 0);
  const label = fill(view.data.texts.more_terms, { count: terms.length - shown.length });
  return el("tr", { class: "rest", "data-rest": String(rest) },
    el("th", { scope: "row", colspan: 3 }, label), el("td", { class: "result" }, number(rest)), el("td"));
}

function biasRow(view, bias, limit) {
  return el("tr", { class: "rest", "data-bias": String(bias) },
    el("th", { scope: "row", colspan: 3 }, view.data.texts.plus_bias), el("td", { class: "result" }, number(bias)), bar(view, bias, limit));
}

// What each head adds: the terms of its own rows of W_O.
function headSums(view, terms) {
  const { heads, dK } = view.data;
  return Array.from({ length: heads }, (_, head) =>
    terms.slice(head * dK, (head + 1) * dK).reduce((sum, { product }) => sum + product, 0));
}

function headTable(view, sums, bias) {
  const { data } = view;
  const limit = Math.max(...sums.map(Math.abs), Math.abs(bias));
  const rows = sums.map((sum, head) => el("tr", { "data-head": head, "data-product": String(sum), class: head === data.head ? "chosen" : "" },
    el("th", { scope: "row", colspan: 3 }, headChip(view, head), ` ${fill(data.texts.head_adds, { head: head + 1 }).join("")}`),
    el("td", { class: "result" }, number(sum)), bar(view, sum, limit)));
  return termTables(view, [{ text: data.texts.short_concat, span: 3 }, { text: data.texts.sum }], [...rows, biasRow(view, bias, limit)]);
}

function headChip(view, head) {
  const colour = view.theme.heads[head % view.theme.heads.length];
  return el("span", { class: "chip", "aria-hidden": "true", style: `background:${colour};color:${textOn(colour)}` }, String(head + 1));
}

// ---- one line per operation, for the steps that change each number by itself

function lines(rows) {
  return el("table", { class: "lines" }, el("tbody", {}, rows.filter(Boolean).map(([name, value, text, kind]) =>
    el("tr", { class: kind ?? "" }, el("th", { scope: "row" }, name),
      el("td", { "data-line": kind ?? "", "data-value": value === null ? null : String(value) }, text ?? number(value))))));
}

function scaleLedger(view, cell, total) {
  const { texts, dK } = view.data;
  const score = matrixOf(view, "scores").at(cell.row, cell.column);
  return lines([
    [texts.matrix_scores, score, undefined, "before"],
    [`÷ √${dK}`, Math.sqrt(dK), number(Math.sqrt(dK), 4), "divisor"],
    [`= ${texts.matrix_scaled_scores}`, total, undefined, "after"],
  ]);
}

function maskLedger(view, cell, total) {
  const { texts } = view.data;
  const allowed = matrixOf(view, "mask").at(cell.row, cell.column);
  return lines([
    [texts.matrix_scaled_scores, matrixOf(view, "scaled_scores").at(cell.row, cell.column), undefined, "before"],
    [texts.matrix_mask, allowed, allowed ? texts.may_look : texts.may_not_look, "mask"],
    [`= ${texts.matrix_masked_scores}`, total, undefined, "after"],
  ]);
}

function addLedger(view, cell, total) {
  const { data } = view;
  const { texts } = data;
  const parts = data.above.map((name) => ({ name, value: matrixOf(view, name).at(cell.row, cell.column) }));
  const summed = data.slug === "add_norm" || data.above.includes("embeddings");
  const rows = parts.map(({ name, value }, n) => {
    const sign = !summed || n === 0 ? "" : n === 1 ? "+ " : "= ";
    return [`${sign}${texts[`matrix_${name}`]}`, value, undefined, name];
  });
  if (data.eps === null) {
    rows.push([summed ? `= ${texts[`matrix_${data.corner}`]}` : texts[`matrix_${data.corner}`], total, undefined, "after"]);
    return lines(rows);
  }
  return lines([...rows, ...normLines(view, cell, parts.at(-1), total)]);
}

// LayerNorm of one row, written out.
function normLines(view, cell, { name, value }, total) {
  const { data } = view;
  const { texts } = data;
  const { mean, variance } = moments(matrixOf(view, name), cell.row);
  const gain = data.arrays.gain.data[cell.column];
  const shift = data.arrays.shift.data[cell.column];
  const standard = (value - mean) / Math.sqrt(variance + data.eps);
  return [
    [fill(texts.norm_head, { count: data.dModel }).join(""), null, "", "divider"],
    [texts.norm_mean, mean, number(mean, 4), "mean"],
    [texts.norm_variance, variance, number(variance, 4), "variance"],
    [texts.norm_eps, data.eps, `1e−${Math.round(-Math.log10(data.eps))}`, "eps"],
    [texts.norm_standard, standard, number(standard, 4), "standard"],
    [texts.norm_gain, gain, number(gain, 4), "gain"],
    [texts.norm_bias, shift, number(shift, 4), "bias"],
    [`= ${texts[`matrix_${data.corner}`]}`, total, number(total, 4), "after"],
  ];
}

function moments(matrix, row) {
  let mean = 0;
  for (let column = 0; column < matrix.columns; column++) mean += matrix.at(row, column) / matrix.columns;
  let variance = 0;
  for (let column = 0; column < matrix.columns; column++) variance += (matrix.at(row, column) - mean) ** 2 / matrix.columns;
  return { mean, variance };
}

// ---- softmax: score, exponent, quotient, for a whole row

function softmaxLedger(view, cell) {
  return softmaxTable(view, softmaxRow(view, "masked_scores", "weights", cell.row), cell.column);
}

// The lines of one row's softmax; max and sum are the row's own, or those of the whole matrix.
function softmaxRow(view, scoresName, weightsName, row, whole = false) {
  const scores = matrixOf(view, scoresName);
  const weights = matrixOf(view, weightsName);
  const all = whole ? [...scores.values] : Array.from({ length: scores.columns }, (_, column) => scores.at(row, column));
  const max = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = all.reduce((total, score) => total + Math.exp(score - max), 0);
  const keys = Array.from({ length: scores.columns }, (_, column) => {
    const score = scores.at(row, column);
    return { column, score, exponent: Math.exp(score - max), weight: weights.at(row, column) };
  });
  return { max, sum, keys };
}

function softmaxTable(view, { max, sum, keys }, chosen, forced = null) {
  const { texts } = view.data;
  const long = keys.length > MOST_TERMS;
  const ranked = [...keys].sort((a, b) => b.exponent - a.exponent);
  const shown = long ? ranked.slice(0, SHOWN_TERMS) : keys;
  if (long && !shown.some(({ column }) => column === chosen)) shown.push(keys[chosen]);
  const limit = Math.max(...keys.map(({ exponent }) => exponent / sum));
  const rows = shown.map((key) => softmaxKey(view, key, sum, limit, key.column === chosen, forced && forced(key.column)));
  if (long) {
    const rest = keys.filter((key) => !shown.includes(key));
    const weight = rest.reduce((total, key) => total + key.weight, 0);
    rows.push(el("tr", { class: "rest", "data-rest": String(weight) },
      el("th", { scope: "row", colspan: 3 }, fill(texts.more_terms, { count: rest.length })), el("td", { class: "result" }, number(weight, 3)), el("td")));
  }
  const heads = [{ text: texts.axis_key_short, role: "key" }, { text: texts.softmax_score }, { text: "exp(s−max)" }, { text: `÷ ${number(sum)}` }];
  return el("div", { "data-max": String(max), "data-sum": String(sum) }, termTables(view, heads, rows));
}

function softmaxKey(view, { column, score, exponent, weight }, sum, limit, chosen, forced) {
  const label = view.data.labels.key[column];
  const data = { "data-term": column, "data-score": String(score), "data-exponent": String(exponent), "data-weight": String(weight) };
  const quotient = forced ? el("s", { title: view.data.texts.forced }, number(exponent / sum, 3)) : number(weight, 3);
  const row = el("tr", { ...data, class: `key-row${chosen ? " chosen" : ""}${score === -Infinity ? " hidden-key" : ""}` },
    el("th", { scope: "row", title: label }, label), el("td", {}, number(score)), el("td", {}, number(exponent, 3)),
    el("td", { class: "result" }, quotient), bar(view, forced ? exponent / sum : weight, limit, false));
  if (forced) row.lastChild.classList.add("struck");
  return row;
}
