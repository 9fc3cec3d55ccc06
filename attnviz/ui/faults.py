"""A fault in a page: the reader gets a message with an id, the log the same id and the traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from attnviz.session.catalog import Texts
from attnviz.session.choices import current

_log = logging.getLogger(__name__)


@contextmanager
def faults_shown() -> Iterator[None]:
    """Show an unexpected exception without its text, which may hold paths or another's words."""
    try:
        yield
    except Exception:
        fault = secrets.token_hex(4)
        _log.exception("fault %s", fault)
        st.error(Texts(current()[0].lang)("ui.fault", fault=fault), icon=":material/error:")
