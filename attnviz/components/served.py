"""A view's script as a file that the browser fetches once; Streamlit would send it along with every message.

Streamlit serves files of components whose package is installed, and finds none in a folder with the sources. So we
declare the component to it ourselves, by one method that its documentation does not name. Where that is gone, or
nothing can be written, the script travels with the messages: slower, and otherwise the same (docs/decisions/0010).
"""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.component_manager import BidiComponentManager
    from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).parent / "__pycache__"  # where Python, too, keeps what it makes of sources
_LOCK = threading.Lock()


def component(name: str, script: str, folder: Path = FOLDER) -> ComponentRenderer:
    """Return the component ``name`` that runs ``script``."""
    file = folder / f"{name}.{hashlib.sha256(script.encode()).hexdigest()[:16]}.js"
    try:
        from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
        from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

        _write(file, script)
        for old in folder.glob(f"{name}.*.js"):
            if old != file:
                with suppress(OSError):  # where nothing can be written it stays, and does no harm
                    old.unlink()
    except (ImportError, OSError):
        return st.components.v2.component(f"attnviz.{name}", js=script)

    manifest = ComponentManifest("attnviz", "", [ComponentConfig(name, ".")])
    renderers: WeakKeyDictionary[BidiComponentManager, ComponentRenderer] = WeakKeyDictionary()

    def mounted(**asked: Any) -> Any:
        manager = get_bidi_component_manager()  # the running server's; in tests each app has its own
        with _LOCK:
            if not file.exists():  # another version in the same folder has taken it away
                _write(file, script)
            if manager not in renderers:
                manager.register_from_manifest(manifest, folder)
                renderers[manager] = st.components.v2.component(f"attnviz.{name}", js=file.name)
        return renderers[manager](**asked)

    return mounted


def _write(file: Path, script: str) -> None:
    """Write a file so that nobody ever reads half of it."""
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        half = file.with_suffix(f".{os.getpid()}")
        half.write_text(script, encoding="utf-8")
        half.replace(file)
