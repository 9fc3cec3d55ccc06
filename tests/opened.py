"""A page as tests open it: through app.py, and then what it says and what its views and charts were sent."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from tests.views import unpack

APP = Path(__file__).resolve().parents[1] / "app.py"
Message = tuple[dict[str, Any], dict[str, np.ndarray]]  # values and arrays, as unpack() returns them


def open_page(route: str, **params: str) -> AppTest:
    """Open the page at ``route`` ("" is the start) with these query parameters; in English, no answer hidden."""
    app = AppTest.from_file(APP, default_timeout=240).switch_page(f"pages/{route or 'start'}.py")
    app.query_params.update({"lang": "en", "answers": "shown", **params})
    app.run()
    assert not app.exception
    return app


def packed(app: AppTest, view: str = "", key: str = "") -> list[bytes]:
    """What the views of one kind ("equation", "table", ...; all by default) were sent, in the order of the page."""
    protos = [element.proto for element in app.get("bidi_component")]
    kind = f"attnviz_{view}" if view else ""
    # the view of the page itself draws nothing
    drawn = [proto for proto in protos if view or not proto.component_name.endswith("attnviz_page")]
    return [bytes(proto.bytes) for proto in drawn if proto.component_name.endswith(kind) and proto.id.endswith(key)]


def sent(app: AppTest, view: str = "", key: str = "") -> list[Message]:
    """The same, as values and arrays."""
    return [unpack(data) for data in packed(app, view, key)]


def only(app: AppTest, view: str, key: str = "") -> Message:
    """What the only view of its kind, or of its key, was sent."""
    (message,) = sent(app, view, key)
    return message


def values(app: AppTest, *kinds: str) -> str:
    """The text of all elements of these kinds."""
    found = [element for kind in kinds for element in app.get(kind)]
    return "\n".join(element.value for element in found if isinstance(element, Element))


def said(app: AppTest, *more: str) -> str:
    """All that the page says in words, and the elements of ``more`` kinds ("latex", ...)."""
    kinds = ("markdown", "caption", "header", "info", "warning", *more)
    return values(app, *kinds)


def charts(app: AppTest) -> dict[str, Any]:
    """Every chart of the page by its key."""
    found = app.get("plotly_chart")
    return {element.proto.id.split("-")[-1]: json.loads(element.proto.spec) for element in found}
