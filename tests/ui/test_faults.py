"""An exception in a page shows an id and nothing of itself; the log has both."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest


def broken() -> None:
    from attnviz.ui.faults import told

    with told():
        raise RuntimeError("secret /path/to/something")


def test_the_reader_sees_an_id_and_the_log_the_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(broken).run(timeout=60)
    assert not app.exception
    (message,) = app.error
    fault = re.search(r"fault ([0-9a-f]{8})", message.value)
    assert fault
    assert "secret" not in message.value
    assert fault.group(1) in caplog.text
    assert "secret /path/to/something" in caplog.text
