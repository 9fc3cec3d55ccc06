"""What the output does when the weights are shuffled, made equal, or heads are taken out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import bars, histogram
from attnviz.concepts.ablation import Head
from attnviz.concepts.explanation import asked
from attnviz.concepts.weight_tests import SCOPES, Changed, taken_out
from attnviz.lessons.explain.shared import N_DRAWS, SCOPE, SEED, View, shuffled_in, uniform_in
from attnviz.model.transformer import END_ID, START_ID
from attnviz.session.kept import kept
from attnviz.session.markdown import markdown_table
from attnviz.session.models import model_named
from attnviz.session.numerals import written
from attnviz.trace.tokens import tokenize
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, segments
from attnviz.ui.lesson import Option


def unchanged(found: Changed) -> int:
    """Return in how many draws the prediction is what it was."""
    own, after = found.predictions
    return sum(token == own for token in after)


def shuffle_controls(view: View) -> None:
    """Let the reader choose whose weights are changed, and the seed of the draws."""
    opened = view.opened
    with st.container(horizontal=True, vertical_alignment="bottom", key="explain_scope"):
        segments(SCOPE, opened.say("scope"), SCOPES, lambda name: opened.say(f"scope_{name}", **view.place))
        number(SEED, opened.say("seed"), 0, 9999)


def shuffle(view: View) -> None:
    """Draw how far the output moves when weights are shuffled, beside the untrained twin; then equal weights."""
    opened, found, control = view.opened, shuffled_in(view), shuffled_in(view, control=True)
    series = {opened.say("trained"): found.distance, opened.say("untrained"): control.distance}
    drawn = histogram(
        series, look(opened.choices), x_title=opened.say("axis_distance"), y_title=opened.say("axis_draws"), n_bins=20
    )
    drawn.update_xaxes(range=(0, 1))
    chart(drawn, "explain_shuffled", opened.say("shuffled_alt", draws=N_DRAWS))
    before, after = found.probability(view.token)
    st.markdown(
        opened.say(
            "shuffled_numbers", draws=N_DRAWS, median=written(float(np.median(found.distance)), 3),
            control=written(float(np.median(control.distance)), 3), kept=unchanged(found), word=view.word,
            before=written(before, 3), after=written(float(np.median(after)), 3), seed=SEED.value,
        )
    )  # fmt: skip
    even = uniform_in(view)
    _, level = even.probability(view.token)
    own, (other,) = even.predictions
    places = {"distance": written(float(even.distance[0]), 3), "after": written(float(level[0]), 3),
              "before": written(before, 3), "word": view.word, "other": view.label(other)}  # fmt: skip
    st.markdown(opened.say("uniform_same" if own == other else "uniform_other", **places))


def predict_shuffled(view: View, hides: Callable[[], None]) -> None:
    """Ask how often the prediction survives."""
    opened, count = view.opened, unchanged(shuffled_in(view))
    share = count / N_DRAWS
    answer = "few" if share <= 0.1 else "some" if share <= 0.5 else "most" if share < 0.9 else "nearly"
    options = [
        Option(name, opened.say(f"shuffled_{name}"),
               opened.say("shuffled_why", kept=count, draws=N_DRAWS, word=view.word))
        for name in ("few", "some", "most", "nearly")
    ]  # fmt: skip
    opened.predict(
        "shuffled",
        options,
        answer,
        hides,
        word=view.word,
        draws=N_DRAWS,
        scope=opened.say(f"scope_{SCOPE.value}", **view.place),
    )


@kept
def _taken_out(model_name: str, text: str, ids: tuple[int, ...], row: int, layer: int) -> tuple[Changed, ...]:
    """Take out each head of a cross-attention's layer alone, then all of them."""
    model = model_named(model_name)
    source = tokenize(model.tokenizer, text).ids
    question = asked(model.transformer, source, (START_ID, *ids[:row]), (*ids, END_ID)[row])
    heads = [Head("cross", layer, head) for head in range(model.transformer.config.n_heads)]
    single = [taken_out(model, [head], question) for head in heads] if len(heads) > 1 else []
    return (*single, taken_out(model, heads, question))


def ablation(view: View) -> None:
    """Show the prediction and its probability without each head of the layer, and without all of them."""
    opened, screen = view.opened, view.screen
    found = _taken_out(screen.choices.model, screen.choices.text, view.ids, view.row, screen.layer)
    names = [opened.say("head_out", head=head + 1) for head in range(len(found) - 1)] + [opened.say("layer_out")]
    before = found[0].probability(view.token)[0]
    columns = ("without", "writes", "probability", "change", "distance")
    rows = [(opened.say("nothing_out"), view.word, written(before, 3), "–", "–")]
    for name, one in zip(names, found, strict=True):
        after = float(one.probability(view.token)[1][0])
        writes = view.label(one.predictions[1][0])
        rows.append((name, writes, written(after, 3), written(after - before, 3), written(float(one.distance[0]), 3)))
    figure = bars(
        [str(head + 1) for head in range(len(found) - 1)] + [opened.say("layer_out_short")],
        {opened.say("probability_without"): [float(one.probability(view.token)[1][0]) for one in found]},
        look(opened.choices),
        y_title=opened.say("probability_without"),
        x_title=opened.say("axis_out"),
        limits=(0, 1.08),
    )
    chart(figure, "explain_out", opened.say("ablation_alt", before=written(before, 3)))
    head = [opened.say(f"column_{name}", word=view.word) for name in columns]
    with opened.numbers():
        st.markdown(markdown_table(head, rows, "llrrr"))
    st.markdown(opened.say("ablation_before", word=view.word, before=written(before, 3)))
    st.markdown(opened.say("ablation_note"))
