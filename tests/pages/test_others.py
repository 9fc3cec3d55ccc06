"""Models of others through app.py: every kind on every page that shows any model."""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

pytest.importorskip("transformers")

import attnviz
from attnviz.hf.tiny import save_tiny, tiny_model
from attnviz.session import others
from attnviz.session.catalog import Texts
from attnviz.session.numerals import written
from attnviz.session.pages import PAGES
from attnviz.trace.listed import VARIABLE
from attnviz.trace.models import row_of
from attnviz.trace.records import PARTS
from tests.opened import charts, only, open_page, said, sent

pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = "the cat sat on a mat"
KINDS = {"bert": PARTS[:1], "llama": PARTS[1:2], "t5": PARTS}
VIEWS = [page for page in PAGES if page.kind == "view"]
opened = partial(open_page, text=TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("others")
    for kind in KINDS:
        save_tiny(tiny_model(kind), path / kind)
    # the llama alone has no head that writes; its twin has one
    save_tiny(cast(Any, attnviz.load_control(f"hf:{path / 'llama'}")).network, path / "writer")
    return path


@pytest.fixture(autouse=True, scope="module")
def listed(folder: Path) -> Iterator[None]:
    """List them, and let all stay in memory, for these tests go to and fro between them."""
    rows = [f"{kind}=hf:{folder / kind}" for kind in KINDS] + [
        f"writer=hf:{folder / 'writer'}",
        "gone=hf:./nowhere/at/all",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, ",".join(rows))
        patch.setattr(others, "_loaded", lru_cache(len(KINDS))(others._loaded.__wrapped__))
        yield


def in_url(app: Any) -> str:
    value = app.query_params["model"]
    return value if isinstance(value, str) else value[-1]


def notes(app: Any) -> list[str]:
    return [element.value for kind in ("error", "warning", "info") for element in app.get(kind)]


@pytest.mark.parametrize("page", VIEWS, ids=lambda page: page.name)
def test_every_kind_opens_every_view_and_says_what_it_is(page: Any) -> None:
    for kind, parts in KINDS.items():
        app = opened(page.route, model=kind)
        assert not [note for note in notes(app) if "weight goes to" not in note and page.name != "follow"]
        assert "our weights were held against those of its own code" in said(app)
        offered = [box.options for box in app.segmented_control if box.key == "part"]
        assert [len(options) for options in offered] == [len(parts)] * (len(parts) > 1)
        assert f"{kind} ({kind}, 3 × 4)" in app.selectbox(key="model").options
        assert in_url(app) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_all_heads_shows_the_models_own_weights_beside_its_twins(kind: str, folder: Path) -> None:
    model = attnviz.load_model(f"hf:{folder / kind}")
    part = KINDS[kind][-1]
    app = opened("heads", model=kind, part=part, layer="2", head="3", unit="tokens", hide_special="off")
    values, arrays = only(app, "heads")
    own = attnviz.trace(model, TEXT)
    np.testing.assert_allclose(arrays["chosen"], own.attention(part)[1].weights[2], atol=1e-6)
    assert arrays["colours"].shape[:2] == (len(own.attention(part)), 4)
    row, column = values["place"][2:]
    assert values["standing"]["weight"] == pytest.approx(own.attention(part)[1].weights[2, row, column], abs=1e-6)
    twin = others.other(row_of(kind)).read(TEXT).control
    assert twin.target_tokens == own.target_tokens  # what the model wrote, the twin reads
    assert values["standing"]["untrained"] == pytest.approx(twin.attention(part)[1].weights[2, row, column], abs=1e-6)


STEPS = {
    "bert": "vectors project scores scale mask softmax mix join add_norm",
    "llama": "vectors project rotate scores scale mask softmax mix join add_norm",
    "t5": "vectors project scores scale bias mask softmax mix join add_norm",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_are_those_of_the_record(kind: str) -> None:
    texts, slugs = Texts("en"), STEPS[kind].split()
    for language in ("en", "ko"):
        values, _ = only(opened("steps", model=kind, lang=language), "steps")
        assert values["names"] == [Texts(language)(f"steps.name_{slug}") for slug in slugs]
    found = []
    for number in values["order"]:
        values, arrays = only(opened("steps", model=kind, step=str(number), lang="en"), "steps")
        found.append(values["slug"])
        assert values["number"] == len(found)
        assert not [name for name in values["axes"] if f"steps.matrix_{name}" not in texts]
        assert arrays[values["corner"]].size
    assert found == slugs


def test_a_step_that_a_model_does_not_have_leads_to_the_one_before(folder: Path) -> None:
    rotate = 10
    assert only(opened("steps", model="llama", step=str(rotate)), "steps")[0]["slug"] == "rotate"
    assert only(opened("steps", model="bert", step=str(rotate)), "steps")[0]["slug"] == "project"
    assert only(opened("steps", model="translator", step=str(rotate)), "steps")[0]["slug"] == "project"


def test_grouped_queries_are_said_and_a_what_if_keeps_the_rest(folder: Path) -> None:
    values, _ = only(opened("steps", model="llama", step="2", role="key"), "steps")
    assert (values["sharedBy"], values["role"]) == (2, "key")
    values, arrays = only(opened("steps", model="t5", step="6", wrong="whole_matrix", layer="1", head="1"), "steps")
    own = others.other(row_of("t5")).read(TEXT).own.encoder_self[0]
    np.testing.assert_allclose(arrays["right_weights"], own.weights[0], atol=1e-6)
    assert arrays["wrong_weights"].sum() == pytest.approx(1, abs=1e-5)


def test_where_scores_are_not_divided_by_the_root_nobody_is_asked_to_leave_it_out() -> None:
    assert "no_scaling" in only(opened("steps", model="llama", step="6"), "steps")[0]["ways"]
    assert "no_scaling" not in only(opened("steps", model="t5", step="6"), "steps")[0]["ways"]


# All of them ask in one place; these two read the choices before it as well.
LESSONS = [page for page in PAGES if page.needs and page.name in ("position", "translate")]


@pytest.mark.parametrize("kind", ["llama", "bert"])
@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.name)
def test_a_page_that_takes_our_own_model_apart_says_so_and_uses_it(page: Any, kind: str) -> None:
    app = opened(page.route, model=kind, part="decoder_self")
    own = Texts("en")("ui.own_model", model=kind, own="translator")
    assert notes(app).count(own) == 1
    assert not app.get("error") and not app.get("warning")
    assert sent(app) or app.get("plotly_chart")
    assert in_url(app) == kind  # on the next view it is back


def test_what_another_model_wrote_is_gone_through_step_by_step() -> None:
    found = others.other(row_of("t5")).read(TEXT).own
    at, layer, head = 3, 2, 4
    app = opened("translate", model="t5", at=str(at), layer=str(layer), head=str(head), temperature="2")
    assert not notes(app)
    assert app.select_slider(key="at").options == [f"{n}. {label}" for n, label in enumerate(found.next_tokens, 1)]
    row = found.cross[layer - 1].weights[head - 1, at - 1]
    bodies = [html.proto.body for html in app.get("html")]
    own, cross = (body for body in bodies if "attnviz-chips" in body[:40])
    assert all(f"<small>{written(float(weight))}</small>" in cross for weight in row)
    assert own.count('class="off"') == len(found.target_tokens) - at  # what is not written yet
    scores = torch.tensor(found.logits[at - 1]).double() / 2
    likeliest = scores.softmax(-1).topk(10).values
    (listed,) = (body for body in bodies if "attnviz-next" in body[:40])
    assert all(f"<td>{written(float(one), 3)}</td>" in listed for one in likeliest)
    entropy = torch.distributions.Categorical(logits=scores).entropy() / np.log(2)
    assert f"Entropy **{written(float(entropy))} bits**" in said(app)
    heat = decoded(charts(app)["translate_alignment"], (len(found.next_tokens), -1))
    np.testing.assert_allclose(heat, found.cross[layer - 1].weights[head - 1], atol=1e-6)
    assert Texts("en")("translate.only_ours", own="translator") in said(app)
    assert not app.get("error")
    assert "빔 탐색" in said(opened("translate", model="t5", lang="ko"))


@pytest.mark.parametrize("name", ["minilm", "../../etc/passwd", "hf:a/b", "BERT"])
def test_an_unknown_alias_gives_the_usual_notice(name: str) -> None:
    app = opened("heads", model=name)
    assert notes(app) == [Texts("en")("ui.refused", names="model")]
    assert only(app, "heads")[0]["model"] == "translator"


def test_a_part_that_it_does_not_have_is_said() -> None:
    app = opened("heads", model="bert", part="cross")
    assert notes(app) == ["The model bert has no cross-attention; what it has is encoder self-attention."]
    app.button(key="told_way_1").click().run()
    assert only(app, "heads")[0]["part"] == "encoder_self"


def test_what_is_not_there_is_told_without_the_servers_places() -> None:
    app = opened("steps", model="gone")
    (told,) = notes(app)
    assert told.startswith("gone can't be shown: there is no such folder")
    assert "nowhere" not in told
    app.button(key="told_way_1").click().run()
    assert not app.get("error")


def test_too_large_a_model_is_refused_with_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(others.LIMIT, "0")
    for language, unit in (("en", "MB of memory"), ("ko", "MB가 필요")):
        (told,) = notes(opened("", model="bert", lang=language))
        assert re.search(rf"\b1 {unit}", told) and "0 MB" in told and others.LIMIT in told


@pytest.mark.parametrize(("told", "limit"), [("", 2500), ("many", 2500), ("-1", 2500), ("800", 800)])
def test_nonsense_as_a_limit_is_the_usual_one(told: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(others.LIMIT, told)
    assert others.memory_limit() == limit


def test_without_transformers_the_app_runs_and_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "_loaded", others._loaded.__wrapped__)
    monkeypatch.setattr("attnviz.api.find_spec", lambda name: None)
    app = opened("heads", model="bert")
    (told,) = notes(app)
    assert "pip install -r requirements-hf.txt" in told
    assert not notes(opened("heads", model="translator"))


def test_at_most_two_are_in_memory_and_a_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "_loaded", lru_cache(others.MOST)(others._loaded.__wrapped__))
    first = others.other(row_of("bert"))
    assert others.other(row_of("bert")) is first
    for kind in ("llama", "t5"):
        others.other(row_of(kind))
    assert others.other(row_of("bert")) is not first
    assert others.other(row_of("bert")).read(TEXT) is others.other(row_of("bert")).read(TEXT)


def test_more_weights_than_a_message_holds_are_fewer_layers_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnviz.components.heads._MOST", 4 * 6 * 6 * 2)
    app = opened("heads", model="bert", layer="3")
    values, arrays = only(app, "heads")
    assert (values["firstLayer"], arrays["colours"].shape) == (1, (2, 4, 6, 6))
    assert len(values["order"]) == 12  # the search still ranks all heads
    assert "Layers 2 to 3 of 3 are shown" in said(app)
    app.selectbox(key="layer").set_value(1).run()
    assert only(app, "heads")[0]["firstLayer"] == 0


def test_the_head_of_another_model_that_is_most_alike_stands_beside_the_chosen_one() -> None:
    app = opened("heads", model="bert", layer="2", head="3", beside="t5")
    first, second = (others.other(row_of(kind)).read(TEXT) for kind in ("bert", "t5"))
    chosen = first.own.by_word("encoder_self")[1, 2]

    def correlations(trace: Any) -> Any:
        centred = [maps - maps.mean(-1, keepdims=True) for maps in (chosen, trace.by_word("encoder_self"))]
        return np.array(
            [[np.corrcoef(centred[0].ravel(), head.ravel())[0, 1] for head in layer] for layer in centred[1]]
        )

    own, chance = correlations(second.own), correlations(second.control).max()
    layer, head = np.unravel_index(own.argmax(), own.shape)
    told = said(app)
    assert f"Head {head + 1} of layer {layer + 1} of the t5 is most alike: similarity **{own.max():.2f}**" in told
    assert f"untrained twin has {chance:.2f}" in told
    drawn = charts(app)
    np.testing.assert_allclose(decoded(drawn["beside_t5"]), second.own.by_word("encoder_self")[layer, head], atol=1e-6)
    np.testing.assert_allclose(decoded(drawn["beside_bert"]), chosen, atol=1e-6)


def decoded(chart: Any, shape: tuple[int, int] = (6, 6)) -> Any:
    z = next(trace for trace in chart["data"] if trace["type"] == "heatmap")["z"]
    return np.array(z) if isinstance(z, list) else np.frombuffer(b64decode(z["bdata"]), z["dtype"]).reshape(shape)


def test_a_model_of_ours_may_stand_beside_one_of_others() -> None:
    app = opened("heads", model="llama", beside="translator")
    assert "most alike" in said(app)
    assert not app.get("error")
    assert opened("heads", model="llama", beside="nobody").info[0].value == Texts("en")("ui.refused", names="beside")


def test_only_the_nine_steps_of_the_paper_are_a_film() -> None:
    assert only(opened("follow", model="bert"), "follow")[1]["weights"].sum() == pytest.approx(1, abs=1e-5)
    for kind in ("llama", "t5"):
        app = opened("follow", model=kind)
        assert Texts("en")("follow.not_known") in notes(app)
        assert not sent(app, "follow")


def test_a_decoder_says_what_it_would_write_next(folder: Path) -> None:
    model: Any = attnviz.load_model(f"hf:{folder / 'writer'}")
    scores = attnviz.logits(model, TEXT)[-1].astype(np.float64)
    shares = np.exp(scores - scores.max())
    best = (shares / shares.sum()).max()
    pages = {
        kind: "".join(str(one.proto.body) for one in opened("", model=kind).get("html")) for kind in (*KINDS, "writer")
    }
    assert f"<td>{best:.3f}</td>" in pages["writer"]
    assert [kind for kind, page in pages.items() if "<table" in page] == ["writer"]


def test_heads_taken_out_of_each_kind_show_what_it_does_without(folder: Path) -> None:
    out = {"bert": "e1-2_e3-1", "writer": "d1-2", "t5": "c1-1_e2-3"}
    told = {}
    for kind, heads in out.items():
        cut = only(opened("heads", model=kind, out=heads), "heads")[0]["cut"]
        assert "_".join(cut["out"]) == heads
        told[kind] = cut["told"]
    places: list[tuple[Any, int, int]] = [("encoder_self", 0, 1), ("encoder_self", 2, 0)]
    model = attnviz.load_model(f"hf:{folder / 'bert'}")
    before = attnviz.logits(model, TEXT)
    with attnviz.api.without_heads(cast(Any, model), places):
        after = attnviz.logits(model, TEXT)
    moves = {word: far for word, _, far in told["bert"]["rows"]}
    assert moves.keys() == set(TEXT.split())
    trace = attnviz.trace(model, TEXT)
    tokens = [token for token, word in enumerate(trace.word_of) if word == trace.words.index("cat")]
    far = np.linalg.norm((after - before)[tokens].mean(0)) / np.linalg.norm(before[tokens].mean(0))
    assert moves["cat"] == pytest.approx(float(far), rel=1e-5)
    writer = attnviz.load_model(f"hf:{folder / 'writer'}")
    with attnviz.api.without_heads(cast(Any, writer), [("decoder_self", 0, 1)]):
        scores = attnviz.logits(writer, TEXT)[-1].astype(np.float64)
    likeliest = float(np.exp(scores - scores.max()).max() / np.exp(scores - scores.max()).sum())
    assert max(after for _, _, after in told["writer"]["rows"]) == pytest.approx(likeliest, rel=1e-5)
    assert told["t5"]["diff"] and "rows" not in told["t5"]


def test_a_model_of_which_only_the_weights_are_known_keeps_its_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others.Other, "can_lose_heads", False)
    app = opened("heads", model="bert", out="e1-2")
    assert "can't be taken out of bert" in only(app, "heads")[0]["cut"]["told"]["cannot"]
    assert any("can't be taken out of bert" in note for note in notes(app))
