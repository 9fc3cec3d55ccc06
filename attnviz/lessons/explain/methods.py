"""Five ways to ask which source token a prediction comes from, side by side, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import bars_across
from attnviz.components.table import table
from attnviz.concepts.explanation import METHODS, Explained, agreement
from attnviz.lessons.explain.shared import View
from attnviz.session.markdown import literal
from attnviz.session.numerals import written
from attnviz.session.settings import whole
from attnviz.trace.pieces import pieces
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import select
from attnviz.ui.lesson import Option, prose

HIDE = whole("hide", 0, 0, 200, of_sentence=True)  # the source token that the reader hides, from 1; 0: the heaviest


def said(view: View, name: str) -> str:
    """Name a method."""
    return view.opened.say(f"method_{name}", **view.place)


def methods(view: View, found: Explained) -> None:
    """Draw what each method says of each source token, as shares; below it the numbers themselves."""
    opened, names = view.opened, [said(view, name) for name in METHODS]
    figure = bars_across(
        pieces(view.labels, view.screen.trace.word_of),
        {opened.say(f"short_{name}", **view.place): found.share(name) for name in METHODS},
        look(opened.choices),
        y_title=opened.say("axis_source"),
    )
    chart(figure, "explain_methods", opened.say("methods_alt", word=view.steps[view.row]))
    with opened.numbers():
        table(
            "explain_numbers",
            opened.texts,
            np.array([found.of(name) for name in METHODS], dtype=np.float32),
            caption=opened.say("numbers_caption"),
            corner=opened.say("axis_method"),
            rows=names,
            columns=view.labels,
            roles=("", "key"),
        )
    prose("about", "\n".join(f"- **{said(view, name)}.** {opened.say(f'about_{name}')}" for name in METHODS))
    tops = [view.labels[int(np.abs(found.of(name)).argmax())] for name in METHODS]
    kind = "tops_same" if len(set(tops)) == 1 else "tops_differ"
    tokens = "; ".join(f"{name}: **{literal(top)}**" for name, top in zip(names, tops, strict=True))
    st.markdown(opened.say(kind, tokens=tokens, token=literal(tops[0])))


def agree(view: View, found: Explained) -> None:
    """Draw the rank correlation of every two methods."""
    opened, names, found_between = view.opened, [said(view, name) for name in METHODS], agreement(found)
    figure = bars_across(
        names,
        {opened.say(f"short_{name}", **view.place): found_between[place] for place, name in enumerate(METHODS)},
        look(opened.choices),
        y_title=opened.say("axis_method"),
        digits=2,
    )
    chart(figure, "explain_agreement_bars", opened.say("agreement_alt"))
    with opened.numbers():
        table(
            "explain_agreement",
            opened.texts,
            found_between.astype(np.float32),
            caption=opened.say("agreement_caption", count=len(view.labels)),
            corner=opened.say("axis_method"),
            rows=names,
            columns=names,
            digits=2,
        )
    st.markdown(opened.say("agreement_note"))


def predict_hidden(view: View, found: Explained, hides: Callable[[], None]) -> None:
    """Ask which token costs most when it is hidden."""
    opened, drop = view.opened, found.leave_one_out
    best = int(drop.argmax())
    offered = dict.fromkeys([*np.argsort(-found.mean)[:3].tolist(), int(found.rollout.argmax()), best])
    options = [
        Option(
            str(place),
            opened.say("token_number", token=literal(view.labels[place]), number=place + 1),
            opened.say(
                "hidden_why", token=literal(view.labels[place]), drop=written(float(drop[place]), 3),
                weight=written(float(found.mean[place]), 3), best=literal(view.labels[best]),
                best_drop=written(float(drop[best]), 3), best_weight=written(float(found.mean[best]), 3),
            ),
        )
        for place in sorted(offered)
    ]  # fmt: skip
    opened.predict("hidden", distinct(options, str(best)), str(best), hides, word=view.word)


def reason(view: View, found: Explained) -> None:
    """Let the reader take the heaviest token for the reason, and hide it."""
    opened, weights, drop = view.opened, found.mean, found.leave_one_out
    places = range(1, len(view.labels) + 1)
    heaviest = int(weights.argmax()) + 1
    chosen = select(
        HIDE, opened.say("hide"), (0, *places),
        lambda place: opened.say("heaviest", token=view.labels[heaviest - 1]) if not place
        else f"{place}. {view.labels[place - 1]}",
    )  # fmt: skip
    at = (chosen or heaviest) - 1
    after = found.probability * float(np.exp(-drop[at]))
    ranks = [1 + int((values > values[at]).sum()) for values in (weights, drop)]
    st.markdown(
        opened.say(
            "reason_numbers", token=literal(view.labels[at]), word=view.word, weight=written(float(weights[at]), 3),
            weight_rank=ranks[0], drop_rank=ranks[1], count=len(view.labels), before=written(found.probability, 3),
            after=written(after, 3), layer=view.screen.layer + 1,
        )
    )  # fmt: skip
    kind = "same" if ranks[0] == ranks[1] else "less" if ranks[1] > ranks[0] else "more"
    st.markdown(opened.say(f"reason_{kind}"))
