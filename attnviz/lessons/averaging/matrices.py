"""The matrices of "Averaging to attention": projections, scores, and the mix that all stages share."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
import streamlit as st

from attnviz.components.equation import Divide, Matrix, Product, Softmax, equation
from attnviz.concepts.averaging import Mixed
from attnviz.lessons.averaging.shared import BOUND, EDIT, Shown

Role: TypeAlias = Literal["", "query", "key", "value"]


def _x(shown: Shown, role: Role = "", *, edit: bool = True, transposed: bool = False) -> Matrix:
    """X as it takes part: plain, or asking, answering and handing over."""
    say, values = shown.lesson.say, shown.numbers.x
    return Matrix(
        {"query": "x", "key": "x_key", "value": "x_value"}.get(role, "x") if not edit else "x",
        values.T if transposed else values,
        "X^T" if transposed else "X",
        say({"": "matrix_x", "query": "matrix_x_query", "key": "matrix_x_key", "value": "matrix_x_value"}[role]),
        rows=() if transposed else shown.words,
        columns=shown.words if transposed else (),
        role=role,
        row_role="" if transposed else role,
        column_role=role if transposed else "",
        scale="signed",
        edit="number" if edit else "",
        bound=BOUND,
    )


def projections(shown: Shown, found: Mixed) -> None:
    """Draw how Q, K and V are made of X."""
    say, numbers = shown.lesson.say, shown.numbers
    made = (("query", "Q", numbers.W_Q, found.query), ("key", "K", numbers.W_K, found.key))
    for box, (role, symbol, W, vectors) in zip(
        st.columns(3), (*made, ("value", "V", numbers.W_V, found.value)), strict=True
    ):
        name = f"W_{symbol}"
        items: list[Matrix | str] = [
            _x(shown, edit=role == "query"),
            "×",
            Matrix(name, W, f"W^{symbol}", role=role, scale="signed", edit="number", bound=BOUND),  # type: ignore[arg-type]
            "=",
            Matrix(
                role,
                vectors,
                symbol,
                say(f"matrix_{role}"),
                rows=shown.words,
                role=role,  # type: ignore[arg-type]
                row_role=role,  # type: ignore[arg-type]
                scale="signed",
                how=Product("x", name),
            ),
        ]
        with box:
            equation(f"averaging_{role}", shown.lesson.texts, items, label=say(f"matrix_{role}"), on_edit=EDIT)


def scores(shown: Shown, found: Mixed) -> None:
    """Draw the scores, and what is left of them after dividing."""
    say, words = shown.lesson.say, shown.words
    if shown.stage == "dots":
        left, right = _x(shown, "query"), replace(_x(shown, "key", edit=False, transposed=True), name="x_key")
    else:
        left = Matrix("query", found.query, "Q", rows=words, role="query", row_role="query", scale="signed")
        right = Matrix("key", found.key.T, "K^T", columns=words, role="key", column_role="key", scale="signed")
    scores = Matrix(
        "scores",
        found.scores,
        "S",
        say("matrix_scores"),
        rows=words,
        columns=words,
        row_role="query",
        column_role="key",
        scale="signed",
        how=Product(left.name, right.name),
    )
    scaled = replace(
        scores,
        name="scaled_scores",
        values=found.scaled_scores,
        symbol="",
        title=say("matrix_scaled_scores"),
        how=Divide("scores", float(np.sqrt(found.query.shape[1])), "√2"),
    )
    equation(
        f"averaging_scores_{shown.stage}",
        shown.lesson.texts,
        [left, "×", right, "=", scores, "÷ √2 =", scaled],
        label=say("matrix_scores"),
        on_edit=EDIT,
    )


def mix(shown: Shown, found: Mixed) -> None:
    """The line that all stages share: weights times vectors, from the second on with the softmax before it."""
    say, words, stage = shown.lesson.say, shown.words, shown.stage
    asks: Role = "query" if stage in ("dots", "roles") else ""
    answers: Role = "key" if asks else ""
    table = {"rows": words, "columns": words, "row_role": asks, "column_role": answers}
    weights = Matrix("weights", found.weights, "A", say("matrix_weights"), scale="weights", sums="rows", **table)  # type: ignore[arg-type]
    before: list[Matrix | str] = []
    if stage != "mean":
        masked = Matrix(
            "masked_scores",
            found.masked_scores,
            "",
            say("matrix_masked_scores"),
            scale="signed",
            masked=found.ahead,
            **table,  # type: ignore[arg-type]
        )
        before, weights = [masked, "→ softmax →"], replace(weights, how=Softmax("masked_scores"))
    values = (
        Matrix(
            "value", found.value, "V", say("matrix_value"), rows=words, role="value", row_role="value", scale="signed"
        )
        if stage == "roles"
        else _x(shown, "value" if asks else "", edit=not asks)
    )
    output = output_matrix(shown, "output", found, Product("weights", values.name))
    equation(
        f"averaging_mix_{stage}",
        shown.lesson.texts,
        [*before, weights, "×", values, "=", output],
        label=say("matrix_output"),
        on_edit=EDIT,
    )


def output_matrix(
    shown: Shown, name: str, found: Mixed, how: Product | None = None, title: str = "matrix_output"
) -> Matrix:
    """Return what a stage makes of every word."""
    return Matrix(name, found.head_output, "", shown.lesson.say(title), rows=shown.words, scale="signed", how=how)
