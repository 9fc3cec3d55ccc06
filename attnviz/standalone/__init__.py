"""A trace as a view in a notebook, or as one file: the app's own views, without a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.choices import Choices
from attnviz.session.naming import named
from attnviz.session.screen import Screen, completed
from attnviz.standalone.coded import digits_for
from attnviz.standalone.messages import heads_message, lines_message
from attnviz.standalone.page import document, fragment
from attnviz.standalone.still import png
from attnviz.trace.records import PARTS, Part, Trace
from attnviz.trace.seen import Seen, seen
from attnviz.trace.tokens import visible_line

View: TypeAlias = Literal["heads", "lines"]
Language: TypeAlias = Literal["en", "ko"]

_MESSAGES: dict[str, Callable[[Screen, Seen, int], bytes]] = {"heads": heads_message, "lines": lines_message}


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
        screen = self.screen
        shown = seen(screen.trace, screen.choices.part, by_word=True, special=False)
        digits = digits_for(shown.weights.size)
        model = named(screen.texts, screen.choices.model, "view")
        note = screen.texts("standalone.note", model=model, digits=digits)
        message = _MESSAGES[self.view](screen, shown, digits)
        return fragment(self.view, message, self._repr_png_(), self._caption(), note, screen.choices.lang)

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
    """Show a trace: "heads", all of them and one large; "lines", the paper's figure.

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
    choices = Choices(
        text=trace.text,
        model=trace.model_name,
        part=part,
        layer=_number("layer", layer, len(calls)),
        head=_number("head", head, calls[0].n_heads),
        lang=lang,
    )
    return Shown(view, completed(choices, Texts(lang), trace, trace))  # nothing is compared here


def _known(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def _number(name: str, index: int | None, count: int) -> int:
    """Return a place counted from 1, as in a link; 0 where it is not chosen."""
    if index is None:
        return 0
    if not 0 <= index < count:
        raise ValueError(f"{name} must be between 0 and {count - 1}, not {index}")
    return index + 1
