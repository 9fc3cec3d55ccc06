"""Every page opens whatever the model: files missing or damaged, a model more, a model without a decoder."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Trace
from attnviz.lessons.cost import measured as cost
from attnviz.model import checkpoint
from attnviz.model.checkpoint import FILES, MANIFEST
from attnviz.model.place import PROJECT, WEIGHTS
from attnviz.session import models as kept
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.pages import PAGES, Page, page_without_model
from attnviz.trace import models as table
from attnviz.trace.models import MODELS, ModelRow
from attnviz.trace.run import load_control, load_model
from tests.opened import said, sent, values

ROOT = Path(__file__).resolve().parents[1]
TEXT = "The snake is dangerous"


def opened(page: Page, **params: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=240).switch_page(page.file)
    app.query_params.update({"answers": "shown", **params})
    app.run()
    assert not app.exception
    assert len(app.title) <= 1
    return app


def told(app: AppTest) -> str:
    return values(app, "error", "warning", "info")


def remove(file: Path) -> None:
    file.unlink()


def damage(file: Path) -> None:
    content = file.read_bytes()
    file.unlink()  # a link to the real one, which must not change
    file.write_bytes(content[: len(content) // 2])


WAYS = [(way, file) for file in (*FILES, MANIFEST) for way in (remove, damage)]


@pytest.fixture
def broken(other_models: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what breaks a file of every model; the app then reads copies, and has loaded none yet."""

    def spoil(way: Callable[[Path], None], name: str) -> None:
        for row in MODELS:
            folder = tmp_path / "weights" / row.folder
            folder.mkdir(parents=True, exist_ok=True)
            for file in (*FILES, MANIFEST):
                if not (folder / file).exists():
                    (folder / file).symlink_to(WEIGHTS / row.folder / file)
        for folder in (tmp_path / "weights").iterdir():
            way(folder / name)

    monkeypatch.setattr(checkpoint, "PROJECT", tmp_path)
    monkeypatch.setattr(kept, "load_model", partial(load_model, weights=tmp_path / "weights"))
    monkeypatch.setattr(kept, "load_control", partial(load_control, weights=tmp_path / "weights"))
    cost.measured.clear()
    return spoil


@pytest.mark.parametrize(("way", "file"), WAYS)
@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.name)
def test_every_damaged_file_of_every_model_is_named_with_its_remedy(
    broken: Callable[..., None], row: ModelRow, way: Callable[[Path], None], file: str
) -> None:
    broken(way, file)
    with pytest.raises(attnviz.ModelError) as caught:
        vars(kept)["load_model"](row.name)
    assert str(caught.value).startswith(f"weights/{row.folder}/{file}: ")
    assert str(caught.value).endswith(f"git checkout -- weights/{row.folder}")


def cases() -> Iterator[object]:
    """Each page in each language, and one after the other all that can happen to a file; make test: in one language."""
    for number, (page, (turn, language)) in enumerate(product(PAGES, enumerate(LANGUAGES))):
        way, file = WAYS[number % len(WAYS)]
        marks = () if turn == page.number % 2 else pytest.mark.full
        name = f"{page.name}-{language}-{way.__name__}-{file}"
        yield pytest.param(page, language, way, file, number, id=name, marks=marks)


@pytest.mark.parametrize(("page", "language", "way", "file", "number"), list(cases()))
def test_a_page_opens_without_weights_and_says_what_mends_them(
    broken: Callable[..., None], tmp_path: Path, page: Page, language: str, way: Callable[[Path], None], file: str,
    number: int,
) -> None:  # fmt: skip
    broken(way, file)
    app = opened(page, lang=language, text=f"Nobody has read sentence {number} before")
    errors = [error.value for error in app.error]
    if page.reads or page.name == "cost":
        (error,) = errors  # once, however many parts of the page want the model
        assert f"{file} " in error
        assert "`git checkout -- weights/" in error
        assert error.startswith(Texts(language)("ui.model_error", file="", remedy="")[:8])
        links = [link.proto.page for link in app.get("page_link")]
        assert page_without_model(page).route in links
    else:
        assert not errors
    everything = said(app, "error", "title")
    assert not [place for place in (str(tmp_path), str(ROOT)) if place in everything]


@pytest.mark.parametrize("name", ["position", "scaling", "block", "cost", "quality"])
def test_what_needs_no_model_stays_on_a_page_that_lost_its_own(broken: Callable[..., None], name: str) -> None:
    broken(remove, MANIFEST)
    page = next(page for page in PAGES if page.name == name)
    app = opened(page, lang="en", text="Nobody has read this before")
    headings = [header.value for header in app.header]
    assert len(headings) >= 2
    texts = Texts("en")
    free = {"position": "encoding", "scaling": "spread", "block": "batch", "cost": "rows", "quality": "bleu"}[name]
    assert texts(f"{name}.{free}_title") in headings


@pytest.mark.usefixtures("other_models")
def test_from_another_damaged_model_a_press_leads_to_the_translator(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> object:
        if name == "korean":
            raise attnviz.ModelError(PROJECT / "weights" / "korean" / "config.json", "the file is missing")
        return load_model(name)

    monkeypatch.setattr(kept, "load_model", missing)
    app = opened(next(page for page in PAGES if page.name == "steps"), lang="en", text=TEXT, model="korean")
    assert "weights/korean/config.json" in told(app)
    app.button(key="told_way_1").click().run()
    assert not app.error
    assert sent(app)


# --- a model more, and one of another kind


def encoder_only(trace: Trace) -> Trace:
    nothing = np.zeros((0, trace.logits.shape[1]), dtype=np.float32)
    return replace(
        trace, model_name="bert", target="", target_tokens=(), target_words=(), target_word_of=(), decoder_self=(),
        cross=(), next_tokens=(), logits=nothing,
    )  # fmt: skip


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sixth model with weights and without strings, and a seventh that has an encoder alone."""
    rows = (
        *MODELS,
        ModelRow("sixth", source="single_head", reads="en", writes="de", compared=True),
        ModelRow("bert", "encoder", "hf:google-bert/bert-base-uncased"),
    )
    monkeypatch.setattr(table, "MODELS", rows)
    for name in ("trace_of", "control_trace_of"):
        real = getattr(kept, name)

        def read(model: str, *given: str | None, real: Callable[..., Trace] = real) -> Trace:
            if model == "bert":
                return encoder_only(real("translator", given[0], ""))
            return real(model, *given)

        monkeypatch.setattr(f"attnviz.ui.screen.{name}", read)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("model", ["sixth", "bert"])
def test_a_row_more_opens_every_page(page: Page, model: str) -> None:
    language = "en" if model == "sixth" else "ko"
    app, texts = opened(page, lang=language, text=TEXT, model=model), Texts(language)
    assert not app.error
    if page.follows and model == "bert" and page.kind == "lesson":
        has, subject = texts("ui.part_encoder_self"), texts("models.any_subject", model="bert")
        (warning,) = [element.value for element in app.warning]
        assert warning == texts("ui.no_whole", model=subject, has=has)
        app.button(key="told_way_1").click().run()
        assert not app.warning
        assert "bert" not in str(app.query_params.get("model", ""))
    elif page.follows:
        assert not app.warning
        assert {box.value for box in app.selectbox if box.key == "model"} <= {model}
        assert sent(app) or app.get("plotly_chart")
    if page.name == "quality":
        assert any("sixth" in hint.value for hint in app.info)  # nothing was measured of it yet


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("page", [page for page in PAGES if page.kind == "view"], ids=lambda page: page.name)
def test_a_part_that_a_model_does_not_have_is_said_and_the_way_leads_to_one_that_it_has(page: Page) -> None:
    app, texts = opened(page, lang="en", text=TEXT, model="bert", part="cross"), Texts("en")
    places = {"model": texts("models.any_subject", model="bert"), "has": texts("ui.part_encoder_self")}
    assert [element.value for element in app.warning] == [texts("ui.no_part", missing=texts("ui.part_cross"), **places)]
    app.button(key="told_way_1").click().run()
    assert not app.warning
    assert sent(app)


# --- what a browser's message says


def forged(app: AppTest, key: str, text: str) -> AppTest:
    """Run the app as if a browser had sent ``text`` as the value of the list ``key``."""
    states = app._tree.get_widget_states()
    id_ = app.selectbox(key=key).id
    (state,) = [one for one in states.widgets if one.id == id_] or [states.widgets.add()]
    state.CopyFrom(WidgetState(id=id_, string_value=text))
    return app._run(states)


@pytest.mark.parametrize(
    ("route", "keys"),
    [
        ("multi-head", ("query", "layer", "head")), ("scaling", ("scaling_query",)), ("block", ("query",)),
        ("steps", ("model",)), ("context", ("word",)),
    ],
)  # fmt: skip
def test_a_forged_value_of_a_list_changes_nothing(route: str, keys: tuple[str, ...]) -> None:
    app = opened(next(page for page in PAGES if page.route == route), lang="en", text=TEXT)
    for key in keys:
        before = app.selectbox(key=key).value, dict(app.query_params)
        for text in ("../../etc/passwd", "-1"):
            forged(app, key, text)
            assert not app.exception
            assert not app.error
            assert (app.selectbox(key=key).value, dict(app.query_params)) == before
