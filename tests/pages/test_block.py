"""The block page through app.py."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "The animal didn't cross the street because it was too tired ."


def open_page(**params: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/block.py")
    app.query_params.update({"text": SENTENCE, "lang": "en", **params})
    app.run()
    assert not app.exception
    return app


def test_it_opens() -> None:
    for language in ("en", "ko"):
        open_page(lang=language)
