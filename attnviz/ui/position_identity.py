"""The Position page: does a word stay itself when a position is added, and what positions do in the typed sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from attnviz.components.table import table
from attnviz.concepts.position import (
    RANDOM_POSITIONS,
    RANDOM_WORDS,
    Crowd,
    InSentence,
    crowd,
    embedding_table,
    encoding,
    in_sentence,
    nearest,
    random_table,
    survives,
)
from attnviz.figures import Curve, Mark, bars, curves
from attnviz.trace.records import Array, Trace
from attnviz.trace.tokens import EmptyTextError, label_of, tokenize
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, slider, switch, text_line
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.models import model_named, trace_of
from attnviz.ui.settings import flag, line, whole

WIDTHS = (4, 8, 16, 32, 64, 128, 512)
NEIGHBOURS = 6
ASKED = 400  # tokens of the real vocabulary, drawn at random
MEASURED = 50  # lost tokens whose neighbours are measured, at most
IN_FIGURE = 30  # tokens
INSIDE = "…"  # before a piece that does not open a word

WHO = line("who", "he", 40)
OTHER = line("other", "boy", 40)
AT = whole("at", 5, 0, RANDOM_POSITIONS - 1)
WIDTH = whole("width", 64, WIDTHS[0], WIDTHS[-1])
DRAW = whole("draw", 0, 0, 9999)
BARE = flag("bare")
SETTINGS = (WHO, OTHER, AT, WIDTH, DRAW, BARE)


@dataclass(frozen=True, eq=False)
class Asked:
    """One token plus a position, among all tokens of the model's vocabulary."""

    token: int
    other: int
    at: int
    rows: NDArray[np.int64]  # the nearest tokens to the sum, the nearest first
    apart: Array  # (row), their distances from the sum
    before: float  # distance from the token's own embedding to the other's
    kept: int  # at how many positions the token stays its own nearest
    length: float  # of the position's encoding


@st.cache_resource(show_spinner=False, max_entries=4)
def real_table(model: str, factor: bool) -> Array:
    """Return a model's embeddings, kept once for all users."""
    return embedding_table(model_named(model), factor=factor)


@st.cache_data(show_spinner=False, max_entries=1024)
def random_share(width: int, seed: int, factor: bool) -> float:
    """Return the share of (position, word) pairs of a random vocabulary that keep their word."""
    found = survives(random_table(width, seed, factor=factor), encoding(RANDOM_POSITIONS, width))
    return float(found.mean())


@dataclass(frozen=True)
class Drawn:
    """What was measured on tokens drawn from the model's vocabulary."""

    share: float  # of (position, token) pairs that keep their token
    lost: int  # tokens that get lost at some position
    gap: float  # median distance from a lost token to the nearest other; NaN when none is lost


@st.cache_data(show_spinner=False, max_entries=256)
def drawn_tokens(model: str, seed: int, factor: bool) -> Drawn:
    """Draw tokens from the model's own vocabulary, and compare them with all of it."""
    words = real_table(model, factor)
    asked = np.random.default_rng(seed).permutation(len(words))[:ASKED]
    found = survives(words, encoding(RANDOM_POSITIONS, words.shape[1]), asked)  # (position, token)
    lost = asked[~found.all(axis=0)]
    gap = float(np.median(nearest(words, words[lost[:MEASURED]], 2)[1][:, 1])) if len(lost) else float("nan")
    return Drawn(float(found.mean()), len(lost), gap)


@st.cache_data(show_spinner=False, max_entries=256)
def random_crowd(width: int, seed: int) -> Crowd:
    """Return how a random vocabulary lies, with the factor."""
    return crowd(random_table(width, seed, factor=True))


def word_controls(opened: Lesson) -> tuple[int, int, int]:
    """Let the reader type two words and choose a position; return two token ids and the position."""
    with st.container(key="position_words"):
        who = _token(opened, text_line(WHO, opened.say("who"), 40), WHO.default)
        other = _token(opened, text_line(OTHER, opened.say("other"), 40), OTHER.default)
        at = slider(AT, opened.say("at"), range(RANDOM_POSITIONS))
    return who, other, at


@st.cache_data(show_spinner=False, max_entries=1024)
def asked_about(model: str, token: int, other: int, at: int, factor: bool) -> Asked:
    """Add a position to a token's embedding and look for the nearest tokens."""
    words = real_table(model, factor)
    positions = encoding(RANDOM_POSITIONS, words.shape[1])
    rows, _ = nearest(words, words[token][None] + positions[at], NEIGHBOURS)
    chosen = np.array(list(dict.fromkeys([*rows[0].tolist(), token, other])))
    apart = np.linalg.norm(words[chosen] - (words[token] + positions[at]), axis=1).astype(np.float32)
    before = float(np.linalg.norm(words[other] - words[token]))
    kept = int(survives(words, positions, np.array([token])).sum())
    return Asked(token, other, at, chosen, apart, before, kept, float(np.linalg.norm(positions[at])))


def answer(opened: Lesson, token: int, other: int, at: int) -> None:
    """Show what is nearest to the sum, as a picture and in words."""
    found = asked_about(opened.choices.model, token, other, at, True)
    distances(opened, found, "distances")
    verdict(opened, found, "still")


def distances(opened: Lesson, found: Asked, key: str) -> None:
    """Show how far the sum is from the nearest tokens and from the two that were typed."""
    names = [vocabulary_label(opened, row) for row in found.rows]
    drawn = look(opened.choices)
    series = {opened.say("axis_distance"): found.apart}
    colour = drawn.accent if key == "distances" else drawn.wrong
    figure = bars(names, series, drawn, y_title=opened.say("axis_distance"), colours=(colour,), digits=1)
    figure.update_layout(showlegend=False)
    chart(figure, key, opened.say("distances_alt", word=vocabulary_label(opened, found.token), at=found.at))
    if any(name.startswith(INSIDE) for name in names):
        st.caption(opened.say("pieces"))


def verdict(opened: Lesson, found: Asked, key: str) -> None:
    """Say which token is the nearest to the sum."""
    distance_of = dict(zip(found.rows.tolist(), found.apart.tolist(), strict=True))
    nearest_row = int(found.rows[0])
    st.markdown(
        opened.say(
            f"{key}_{'kept' if nearest_row == found.token else 'lost'}",
            word=literal(vocabulary_label(opened, found.token)),
            other=literal(vocabulary_label(opened, found.other)),
            nearest=literal(vocabulary_label(opened, nearest_row)),
            at=found.at,
            own=f"{distance_of[found.token]:.2f}",
            best=f"{distance_of[nearest_row]:.2f}",
            far=f"{distance_of[found.other]:.2f}",
            before=f"{found.before:.2f}",
            length=f"{found.length:.2f}",
            kept=found.kept,
            count=RANDOM_POSITIONS,
        )
    )


def real(opened: Lesson) -> None:
    """Show how many words of the model's vocabulary stay themselves."""
    words, found = real_table(opened.choices.model, True), drawn_tokens(opened.choices.model, DRAW.value, True)
    st.metric(opened.say("real"), percent(found.share))
    places = {"asked": ASKED, "total": f"{len(words):,}", "count": RANDOM_POSITIONS, "size": words.shape[1]}
    st.caption(opened.say("real_how", **places))
    if found.lost:
        st.caption(opened.say("real_lost", lost=found.lost, asked=ASKED, gap=f"{found.gap:.1f}"))


def by_width(opened: Lesson) -> None:
    """Show the share of words that stay themselves, by d_model, for random embeddings."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        width = slider(WIDTH, opened.say("width"), WIDTHS)
        seed = number(DRAW, opened.say("draw"), 0, 9999)
        st.metric(opened.say("random"), percent(random_share(width, seed, True)))
        lies = random_crowd(width, seed)
        length = (width / 2) ** 0.5
        st.markdown(
            opened.say(
                "crowd",
                width=width,
                length=f"{length:.2f}",
                apart=f"{lies.apart:.2f}",
                half=f"{lies.apart / 2:.2f}",
                cosine=f"{lies.cosine:.2f}",
            )
        )
    with right:
        chart(_shares(opened, width, seed, (True,)), "by_width", opened.say("by_width_alt", width=width))
        st.caption(opened.say("random_how", words=f"{RANDOM_WORDS:,}", count=RANDOM_POSITIONS, seed=seed))


def predict_bare(opened: Lesson, token: int, other: int, at: int) -> None:
    """Ask what becomes of the word when the factor is left out."""
    found = asked_about(opened.choices.model, token, other, at, False)
    first = int(found.rows[0])
    answer = "itself" if first == token else "other" if first == other else "third"
    places = {
        "word": literal(vocabulary_label(opened, token)),
        "other": literal(vocabulary_label(opened, other)),
        "nearest": literal(vocabulary_label(opened, first)),
        "at": at,
        "length": f"{found.length:.2f}",
        "norm": f"{np.linalg.norm(real_table(opened.choices.model, False)[token]):.2f}",
        "kept": found.kept,
        "count": RANDOM_POSITIONS,
    }
    names = ("itself", "third") if token == other else ("itself", "other", "third")
    why = opened.say(f"bare_because_{'kept' if answer == 'itself' else 'lost'}", **places)
    options = [Option(name, opened.say(f"bare_{name}", **places), why) for name in names]
    opened.predict("bare", options, answer, **places)


def bare(opened: Lesson, token: int, other: int, at: int) -> None:
    """Let the reader leave the factor out and see the words get lost."""
    if not switch(BARE, opened.say("bare")):
        return
    model, seed = opened.choices.model, DRAW.value
    width = max(size for size in WIDTHS if size <= WIDTH.value)
    found = asked_about(opened.choices.model, token, other, at, False)
    left, right = st.columns(2, gap="large")
    with left:
        distances(opened, found, "bare_distances")
        verdict(opened, found, "lost_by")
    with right:
        chart(_shares(opened, width, seed, (True, False)), "bare_by_width", opened.say("bare_alt", width=width))
        with st.container(horizontal=True):
            st.metric(opened.say("random_at", width=width), percent(random_share(width, seed, False)))
            st.metric(opened.say("real"), percent(drawn_tokens(model, seed, False).share))


def sentence(opened: Lesson, trace: Trace) -> None:
    """Show the typed sentence's tokens: how long embedding and position are, and whether the token stays itself."""
    found = _in_sentence(opened.choices.model, opened.choices.text)
    n_tokens = len(trace.tokens)
    left, right = st.columns([1, 3], gap="large")
    with left:
        st.metric(opened.say("sentence_kept"), f"{int(found.kept.sum())} / {n_tokens}")
        places = {"length": f"{found.position.mean():.2f}", "mean": f"{found.embedding.mean():.2f}"}
        st.markdown(opened.say("sentence_how", **places, cosine=f"{np.abs(found.cosine).mean():.2f}"))
    with right:
        drawn = look(opened.choices)
        series = {
            opened.say("length_embedding"): found.embedding[:IN_FIGURE],
            opened.say("length_position"): found.position[:IN_FIGURE],
        }
        figure = bars(
            trace.tokens[:IN_FIGURE],
            series,
            drawn,
            y_title=opened.say("axis_length"),
            colours=(drawn.accent, drawn.series[1]),
            digits=1,
        )
        figure.update_traces(textposition="none")  # the table has the numbers
        chart(figure, "in_sentence", opened.say("sentence_alt"))
        if n_tokens > IN_FIGURE:
            st.caption(opened.say("sentence_cut", shown=IN_FIGURE, total=n_tokens))
    with st.expander(opened.say("sentence_table")):
        columns = ("length_embedding", "length_position", "cosine", "kept")
        numbers = np.stack((found.embedding, found.position, found.cosine, found.kept.astype(np.float32)), axis=1)
        table(
            "sentence_numbers",
            opened.texts,
            numbers,
            caption=opened.say("sentence_table"),
            corner=opened.say("token"),
            rows=[f"{index}: {token}" for index, token in enumerate(trace.tokens)],
            columns=[opened.say(name) for name in columns],
        )


def percent(share: float) -> str:
    """Write a share; "100 %" only when it is all."""
    shown = f"{100 * share:.1f}"
    return "> 99.9 %" if shown == "100.0" and share < 1 else f"{shown.removesuffix('.0')} %"


def vocabulary_label(opened: Lesson, token: int) -> str:
    """Return a token's text; a piece that does not open a word starts with three dots."""
    tokenizer = model_named(opened.choices.model).tokenizer
    shown = label_of(tokenizer, token)
    piece = tokenizer.id_to_token(token) or ""
    return shown if shown.startswith("‹") or piece.startswith("Ġ") else INSIDE + shown


def _token(opened: Lesson, text: str, default: str) -> int:
    """Return the first token of what was typed; say so when there are more, or none."""
    tokenizer = model_named(opened.choices.model).tokenizer
    try:
        tokens = tokenize(tokenizer, text)
    except EmptyTextError:
        st.caption(opened.say("hint_word", word=literal(default)))
        return tokenize(tokenizer, default).ids[0]
    if len(tokens.ids) > 2:  # the last is the end
        st.caption(opened.say("hint_piece", text=literal(text), piece=literal(tokens.labels[0])))
    return tokens.ids[0]


@st.cache_data(show_spinner=False, max_entries=256)
def _in_sentence(model: str, text: str) -> InSentence:
    trace = trace_of(model, text)
    return in_sentence(trace.embeddings, trace.positions, real_table(model, True))


def _shares(opened: Lesson, width: int, seed: int, factors: tuple[bool, ...]) -> go.Figure:
    drawn = look(opened.choices)
    lines = []
    for factor in factors:
        name, colour = ("with_factor", drawn.accent) if factor else ("without_factor", drawn.wrong)
        shares = [100 * random_share(size, seed, factor) for size in WIDTHS]
        lines.append(Curve(opened.say(name), WIDTHS, shares, colour))
    at = 100 * random_share(width, seed, factors[-1])
    figure = curves(
        lines,
        drawn,
        x_title=opened.say("axis_width"),
        y_title=opened.say("axis_share"),
        x_log=True,
        marks=[Mark(width, at, percent(at / 100))],
    )
    figure.update_traces(mode="lines+markers", marker_size=8, selector={"mode": "lines"})
    figure.update_xaxes(tickmode="array", tickvals=WIDTHS, ticktext=[str(size) for size in WIDTHS])
    figure.update_yaxes(range=(-4, 112))
    return figure
