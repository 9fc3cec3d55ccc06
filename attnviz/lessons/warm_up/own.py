"""Our own training on the Warm-up page: its schedule, its losses and its BLEU."""

from __future__ import annotations

import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import curves
from attnviz.concepts.schedule import OWN_DECAY, OWN_LEAST, OWN_WARMUP, own_schedule
from attnviz.figures.curves import Curve, Mark
from attnviz.figures.look import Look
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.session.numerals import millions
from attnviz.trace.evaluation import TrainingRun, load_evaluation
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson


def own_run() -> TrainingRun | None:
    """Return how our own model learned, if that was recorded."""
    evaluation = load_evaluation()
    return evaluation.training if evaluation else None


def ours(opened: Lesson, run: TrainingRun) -> None:
    """Show our own schedule, the losses and BLEU, over the steps of our own training."""
    for column, name in zip(st.columns(3), ("factor", "loss", "bleu"), strict=True):
        with column:
            figure = _own(opened.choices.lang, look(opened.choices), name, len(run.steps), run)
            chart(figure, f"warm_up_own_{name}", opened.say(f"own_{name}_alt"))
    st.caption(opened.say("own_note"))


@kept
def _own(lang: str, drawn: Look, name: str, n_steps: int, _run: TrainingRun) -> Figure:
    texts, run = Texts(lang), _run
    steps, factors = own_schedule(run.steps, run.seconds)
    pictures = {
        "factor": [Curve(texts("warm_up.factor"), steps, factors, drawn.accent)],
        "loss": [
            Curve(texts("warm_up.translation_loss"), run.steps, run.translation_loss, drawn.accent),
            Curve(texts("warm_up.masked_word_loss"), run.steps, run.masked_word_loss, "", "dash"),
        ],
        "bleu": [Curve("BLEU", run.steps, run.bleu, drawn.accent)],
    }
    marks = [Mark(run.steps[-1], run.bleu[-1], f"{run.bleu[-1]:.1f}")] if name == "bleu" else []
    figure = curves(
        pictures[name],
        drawn,
        x_title=texts("warm_up.step"),
        y_title=texts(f"warm_up.{name}_axis"),
        x_range=(0, 1.04 * run.steps[-1]),
        y_range=(0, None),
        marks=marks,
        height=340,
    )
    figure.update_xaxes(nticks=5)
    return figure


def own_places(run: TrainingRun, language: str) -> dict[str, object]:
    """Return the numbers of our own training that the text names."""
    return {
        "steps": f"{run.steps[-1]:,}",
        "minutes": f"{run.seconds[-1] / 60:,.0f}",
        "tokens": millions(run.target_tokens[-1], language),
        "optimiser": run.optimiser.capitalize(),
        "rise": OWN_WARMUP,
        "share": f"{100 * OWN_WARMUP / run.steps[-1]:.1f} %",
        "decay": f"{100 * OWN_DECAY:.0f} %",
        "least": f"{100 * OWN_LEAST:.0f} %",
    }
