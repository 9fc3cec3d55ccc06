"""A trace as a view in a notebook, or as one file: the app's own views, without a server."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.choices import Choices
from attnviz.session.screen import Screen
from attnviz.standalone.messages import Message, heads_message, lines_message, steps_message
from attnviz.standalone.page import document, fragment
from attnviz.standalone.still import png
from attnviz.trace.evaluation import evaluation_of
from attnviz.trace.headline import Place, opening_link
from attnviz.trace.opening import opening
from attnviz.trace.records import PARTS, Part, Trace
from attnviz.trace.tokens import visible_line

LARGE = 3_000_000  # characters, from which a notebook gets slow
View: TypeAlias = Literal["heads", "lines", "steps"]
Language: TypeAlias = Literal["en", "ko"]

_MESSAGES: dict[str, Callable[[Screen], Message]] = {
    "heads": heads_message,
    "lines": lines_message,
    "steps": steps_message,
}


@dataclass(frozen=True, eq=False)
class Shown:
    """A view of one trace: a notebook draws it, ``save`` writes it to a file that needs no network and no server."""

    view: str
    screen: Screen

    def __repr__(self) -> str:
        """Say what is shown."""
        return f"Shown({self.view!r}, {self.screen.trace!r})"

    def _caption(self) -> str:
        screen = self.screen
        return screen.texts(
            "standalone.still", layer=screen.layer + 1, head=screen.head + 1, text=visible_line(screen.trace.text)
        )

    def _repr_html_(self) -> str:
        """Return the view for a notebook; a still picture stays where scripts don't run."""
        data, note = _MESSAGES[self.view](self.screen)
        html = fragment(self.view, data, self._repr_png_(), self._caption(), note, self.screen.choices.lang)
        if len(html) > LARGE:
            warnings.warn(f"this view is {len(html) / 1e6:.1f} MB: a shorter text makes it smaller", stacklevel=2)
        return html

    def _repr_png_(self) -> bytes:
        """Return the chosen head as a picture, for what shows no HTML."""
        return png(self.screen.attention.weights[self.screen.head])

    def save(self, path: str | Path) -> Path:
        """Write one HTML file, and return its path."""
        file = Path(path)
        title = f"{visible_line(self.screen.trace.text)} · attnviz"
        file.write_text(document(self._repr_html_(), title, self.screen.choices.lang), encoding="utf-8")
        return file


def show(
    trace: Trace,
    view: View = "heads",
    lang: Language = "en",
    *,
    part: Part | None = None,
    layer: int | None = None,
    head: int | None = None,
) -> Shown:
    """Show a trace: "heads", all of them and one large; "lines", the paper's figure; "steps", one head step by step.

    ``part`` None: the first that the model has. ``layer`` and ``head`` count from 0, as in the trace; None: those of
    the most telling link. ``ValueError`` for what there isn't.
    """
    if not isinstance(trace, Trace):
        raise ValueError(f"only the trace of a Transformer can be shown, not {type(trace).__name__}")
    _known("view", view, get_args(View))
    _known("lang", lang, tuple(LANGUAGES))
    parts = [one for one in PARTS if trace.attention(one)]
    part = part or parts[0]
    _known("part", part, tuple(parts))
    calls = trace.attention(part)
    for name, index, count in (("layer", layer, len(calls)), ("head", head, calls[0].n_heads)):
        if index is not None and not 0 <= index < count:
            raise ValueError(f"{name} must be between 0 and {count - 1}, not {index}")
    choices = Choices(text=trace.text, model=trace.model_name, part=part, lang=lang)
    place = _place(trace, part, layer, head)
    # nothing is compared: it is its own control
    return Shown(view, Screen(choices, Texts(lang), trace, lambda: trace, *place))


def _place(trace: Trace, part: Part, layer: int | None, head: int | None) -> Place:
    """Return where the view opens, as the app does: a well-known link of this sentence, else the most telling one."""
    if part == "encoder_self" and layer is None and head is None:
        link = opening_link(trace, evaluation_of(trace.model_name))
        if link is not None:
            return link
    return opening(trace, part, layer, head)


def _known(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
