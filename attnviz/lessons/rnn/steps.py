"""The five steps of attention in a recurrent translator, each with its numbers and one of them written out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import bars
from attnviz.components.table import table
from attnviz.components.token_rows import Candidate, Chip, candidates, chips
from attnviz.concepts.decoding import next_distribution
from attnviz.concepts.recurrence import Terms, joined, terms, with_previous_state
from attnviz.concepts.softmax import weigh
from attnviz.lessons.rnn.shared import COMBINED, NUMBER, TOKEN, View, ledger
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import recurrent_named
from attnviz.session.numerals import adding_up, tiny, written
from attnviz.trace.records import Array
from attnviz.trace.tokens import label_of
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number
from attnviz.ui.lesson import Option

NEAR = 0.05  # of 0 or of 1: how far a weight may be to count as near


def parts(view: View) -> tuple[Array, Array, Array]:
    """Return scores, weights and attention value of the trace, which has attention."""
    trace = view.trace
    assert trace.scores is not None
    assert trace.weights is not None
    assert trace.attention_value is not None
    return trace.scores, trace.weights, trace.attention_value


def scores(view: View) -> None:
    """Steps one and two: all scores and weights of this position; one score as a sum of products."""
    opened, trace = view.opened, view.trace
    found, weights, _ = parts(view)
    row = found[view.row].astype(np.float64)
    written_out = terms(trace.decoder_states[view.row], trace.encoder_states[view.token])
    figure = bars(
        list(trace.tokens), {opened.say("score"): row}, look(opened.choices), y_title=opened.say("score"),
        x_title=opened.say("source_token"),
    )  # fmt: skip
    chart(figure, "rnn_scores_bars", opened.say("scores_alt"))
    with opened.numbers():
        _all_scores(view, row, weights[view.row], written_out)


def _all_scores(view: View, row: Array, weights: Array, written_out: Terms) -> None:
    opened, trace = view.opened, view.trace
    left, right = st.columns([2, 3], gap="large")
    with left:
        table(
            "rnn_scores",
            opened.texts,
            np.stack([row, np.exp(row - row.max()), weights], axis=1).astype(np.float32),
            caption=opened.say("scores_caption", row=view.row + 1),
            corner=opened.say("source_token"),
            rows=trace.tokens,
            columns=[opened.say("score"), opened.say("exponent"), opened.say("weight")],
            roles=("key", ""),
            chosen=(view.token, None),
            on_row=lambda index: TOKEN.set(index + 1),
        )
    with right:
        st.markdown(
            opened.say("score_of", token=view.name, read=view.read, shown=len(written_out.places), **view.sizes)
        )
        ledger(
            view, written_out,
            opened.say("decoder_state"), opened.say("encoder_state"), opened.say("score"),
        )  # fmt: skip


def distribution(view: View) -> None:
    """Step two: the weights as a row over the source tokens."""
    _, weights, _ = parts(view)
    row = weights[view.row]
    best = int(row.argmax())
    chips(
        view.opened.say("weights_alt"),
        [
            Chip(label, float(w), place == best)
            for place, (label, w) in enumerate(zip(view.trace.tokens, row, strict=True))
        ],
        "",
    )
    near = int(((row < NEAR) | (row > 1 - NEAR)).sum())
    total = written(float(row.sum(dtype=np.float64)), 2)
    st.caption(view.opened.say("weights_note", count=len(row), sum=total, near=near, **view.sizes))


def value(view: View) -> None:
    """Step three: one number of the attention value as a weighted sum."""
    opened, trace = view.opened, view.trace
    _, weights, values = parts(view)
    at = number(NUMBER, opened.say("number", **view.sizes), 1, values.shape[1]) - 1
    found = terms(weights[view.row], trace.encoder_states[:, at])
    products, total = adding_up([*found.products, *[found.rest] * bool(found.n_rest)], 4)
    head = [opened.say(name) for name in ("source_token", "weight")]
    head += [opened.say("state_number", number=at + 1), opened.say("product")]
    rows = [
        (f"**{opened.say('value_number', number=at + 1)}**", "", "", f"**{total}**"),
        *(
            (literal(trace.tokens[place]), written(float(a), 4), written(float(b), 4), product)
            for place, a, b, product in zip(found.places, found.left, found.right, products, strict=False)
        ),
    ]
    if found.n_rest:
        rows.append((opened.say("rest", count=found.n_rest), "", "", products[-1]))
    st.markdown(opened.say("value_result", number=at + 1, result=total))
    with opened.numbers():
        st.markdown(markdown_table(head, rows, "lrrr"))


def combined(view: View) -> None:
    """Step four: one number of the combined state: a sum of products, then tanh."""
    opened, step = view.opened, joined(view.trace, view.row)
    at = number(COMBINED, opened.say("number_combined", **view.sizes), 1, len(step.combined)) - 1
    column = view.trace.W_c[:, at]
    with opened.numbers():
        ledger(
            view, terms(step.joined, column), opened.say("joined"), opened.say("parameter"), opened.say("sum"),
            bias=float(view.trace.b_c[at]),
        )  # fmt: skip
    st.markdown(
        opened.say(
            "tanh", sum=written(float(step.summed[at]), 4), result=written(float(step.combined[at]), 4), number=at + 1
        )
    )


def output(view: View) -> None:
    """Step five: the vocabulary's scores and probabilities; the likeliest token's score written out."""
    opened, trace = view.opened, view.trace
    model, row = recurrent_named("recurrent_attention"), trace.logits[view.row]
    found = next_distribution(row)
    best = found.ids[0]
    left, right = st.columns([2, 3], gap="large")
    with left:
        candidates(
            opened.say("next_caption"),
            (opened.say("next_token"), opened.say("probability")),
            [
                Candidate(label_of(model.tokenizer, token), float(probability), place == 0)
                for place, (token, probability) in enumerate(zip(found.ids, found.probabilities, strict=True))
            ],
        )
    with right:
        st.markdown(opened.say("logit_of", token=literal(label_of(model.tokenizer, best))))
        with opened.numbers():
            ledger(
                view, terms(trace.combined_state[view.row], trace.output_embeddings[best]),
                opened.say("combined_state"), opened.say("embedding"), opened.say("logit"),
            )  # fmt: skip


def predict_heaviest(view: View, hides: Callable[[], None]) -> None:
    """Ask which source token gets the most weight."""
    opened, (_, weights, _) = view.opened, parts(view)
    row = weights[view.row]
    best = int(row.argmax())
    offered = sorted({best, *np.argsort(-row)[:3].tolist(), 0, len(row) - 1})
    options = [
        Option(
            str(place), literal(view.trace.tokens[place]),
            opened.say("heaviest_why", token=literal(view.trace.tokens[place]), weight=written(float(row[place]), 3),
                       best=literal(view.trace.tokens[best]), best_weight=written(float(row[best]), 3)),
        )
        for place in offered
    ]  # fmt: skip
    opened.predict("heaviest", distinct(options, str(best)), str(best), hides, word=view.word)


def whole_matrix(view: View) -> None:
    """The wrong way: one softmax over the scores of all positions at once."""
    opened = view.opened
    found, weights, _ = parts(view)
    wrong = weigh(found.astype(np.float64), "all")
    names = view.trace.next_tokens
    sums = np.stack([weights.sum(axis=1, dtype=np.float64), wrong.sum(axis=1)], axis=1)
    figure = bars(
        list(names), {opened.say("by_row"): sums[:, 0], opened.say("by_matrix"): sums[:, 1]}, look(opened.choices),
        y_title=opened.say("wrong_sum"), x_title=opened.say("written_token"),
    )  # fmt: skip
    chart(figure, "rnn_wrong_bars", opened.say("wrong_alt"))
    with opened.numbers():
        table(
            "rnn_wrong",
            opened.texts,
            sums.astype(np.float32),
            caption=opened.say("wrong_caption"),
            corner=opened.say("written_token"),
            rows=names,
            columns=[opened.say("by_row"), opened.say("by_matrix")],
        )
    worst = int(sums[:, 1].argmin())
    st.markdown(opened.say("wrong_why", word=literal(names[worst]), sum=tiny(float(sums[worst, 1]))))


def previous_state(view: View) -> None:
    """Luong's current state beside Bahdanau's previous one."""
    opened, (_, weights, _) = view.opened, parts(view)
    before = with_previous_state(view.trace)
    for name, row in (("luong", weights[view.row]), ("bahdanau", before[view.row])):
        st.markdown(opened.say(name, read=view.read))
        best = int(row.argmax())
        chips(
            opened.say(f"{name}_alt"),
            [Chip(label, float(w), place == best)
             for place, (label, w) in enumerate(zip(view.trace.tokens, row, strict=True))],
            "",
        )  # fmt: skip
    st.caption(opened.say("bahdanau_note"))
