"""A view's script is a file that the browser fetches; messages carry what is drawn, and no script."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.routing import Route
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_routes import create_bidi_component_routes

SCRIPT = "export default () => {};\n// a second line\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "scripts"


def app(folder: str, script: str) -> None:
    from pathlib import Path

    import streamlit as st
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

    from attnviz.components.served import component

    component("attnviz_tried", script, Path(folder))(key="one", data=b"123")
    st.session_state["manager"] = get_bidi_component_manager()


def drawn(folder: Path, script: str = SCRIPT) -> Any:
    (element,) = AppTest.from_function(app, args=(str(folder), script)).run().get("bidi_component")
    return element.proto


def test_a_message_names_the_file_and_carries_no_script(written: Path) -> None:
    proto = drawn(written)
    assert (proto.js_content, proto.css_content, proto.bytes) == ("", "", b"123")
    assert (written / proto.js_source_path).read_text(encoding="utf-8") == SCRIPT
    assert proto.component_name == "attnviz.attnviz_tried"


def test_the_server_gives_the_file_as_javascript(written: Path) -> None:
    run = AppTest.from_function(app, args=(str(written), SCRIPT)).run()
    (element,) = run.get("bidi_component")
    get, *_ = create_bidi_component_routes(run.session_state["manager"], None)
    assert isinstance(get, Route)
    path = f"{element.proto.component_name}/{element.proto.js_source_path}"
    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "path_params": {"path": path}}
    with ThreadPoolExecutor(1) as other:  # a browser test before this one may hold a loop in this thread
        response = other.submit(asyncio.run, get.endpoint(Request(scope))).result()
    assert (response.status_code, response.body.decode()) == (200, SCRIPT)
    assert response.headers["content-type"].split(";")[0] in {"text/javascript", "application/javascript"}
    assert get.path == "/_stcore/bidi-components/{path:path}"


def test_another_script_is_another_file_and_the_old_one_goes(written: Path) -> None:
    first = drawn(written).js_source_path
    second = drawn(written, SCRIPT + "// more\n").js_source_path
    assert first != second
    assert [path.name for path in written.iterdir()] == [second]


def test_a_file_that_was_taken_away_is_written_again(written: Path) -> None:
    drawn(written)
    for path in written.iterdir():
        path.unlink()
    assert (written / drawn(written).js_source_path).exists()


def test_where_nothing_can_be_written_the_script_travels(tmp_path: Path) -> None:
    file = tmp_path / "a file, no folder"
    file.touch()
    assert drawn(file).js_content == SCRIPT


def test_without_streamlits_undocumented_part_the_script_travels(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "streamlit.components.v2.manifest_scanner", None)
    assert drawn(written).js_content == SCRIPT
    assert not written.exists()
