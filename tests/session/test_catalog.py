"""Every string and every lesson exists in both languages, with the same places, and is what code asks for."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from attnviz import Model
from attnviz.components.steps.values import WAYS
from attnviz.concepts.exercises import TOPICS, Exercise, exercise
from attnviz.concepts.worked_example import Worked
from attnviz.session.catalog import LANGUAGES, PACKAGE, Texts, files, lesson, strings
from attnviz.session.pages import PAGES
from attnviz.trace.follow import follow
from attnviz.trace.records import PARTS, Around, Meeting, Trace
from attnviz.trace.run import trace
from attnviz.trace.steps import ALL_STEPS, STEPS, step_record, steps_of
from tests.asked import Ask, Module, app, asked, fitting
from tests.asked_by_views import Read, read, scripts, template

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [language for language in LANGUAGES if language != "en"]

# What each view's ``texts`` are called in the catalogue.
GROUPS = {
    "equation": "equation.",
    "follow": "follow.",
    "headline": "start.",
    "heads": "heads.view_",
    "lines": "lines.",
    "many_heads": "multi_head.",
    "present": "present.",
    "steps": "steps.",
    "table": "table.",
}
TEMPLATES = {
    "by_hand_sheet.": [PACKAGE / "lessons" / "by_hand" / "worksheet.html"],
    "course_sheet.": [PACKAGE / "lessons" / "course" / "sheet.html"],
    "web.": sorted((PACKAGE / "web").glob("*.html")),
}
CASES = (
    "no_scaling",
    "whole_matrix",
    "drawn_mask",
    *(f"{way}_{what}" for way in ("other_mask", "zero_after") for what in ("open", "masked")),
)
# Lessons whose page is not in the course yet: nothing asks for their titles.
UNOPENED = {path.name for path in (PACKAGE / "lessons").iterdir()} - {page.name for page in PAGES}
SHEET = ("project", "scores", "scaled", "masked", "softmax", "output")


CHECKED = ("page", "answers", "socket", "cookies")
ROLES = ("query", "key", "value")
AFTER = ("memory", "concat", "output", "plus", "total", "normalised")


def every(family: str, *holes: tuple[str, ...]) -> set[str]:
    """The strings of a family: its holes filled in with everything."""
    return {family.format(*chosen) for chosen in product(*holes)}


@cache
def families() -> dict[str, dict[str, set[str]]]:
    """What made-up names can be, by view and family: a view that makes up another one fails until it stands here."""
    ways = tuple({way for offered in WAYS.values() for way in offered})
    sides = ("right", "wrong")
    return {
        "headline": {
            "paper_{}_{}": every("paper_{}_{}", ("found", "missing"), ("one", "many")),
            "[name]": {"models_beaten", "models_not_beaten", "this_model", "untrained_model", "this_is_untrained"},
        },
        "follow": {
            "row_{}": every("row_{}", (*made_of(), *ROLES, *AFTER)),
            "[said(record, step)]": {f"say_{step.slug}" for step in STEPS if step.slug != "mask"}
            | {"say_start", "say_vectors_first", "say_project_cross", "say_join_one"}
            | every("say_mask_{}", ("none", "some", "clear")),
        },
        "heads": {"[data.part]": set(PARTS), "[data.model]": set()},  # Python puts in what the model is called
        "lines": {"{}_words": every("{}_words", ("one", "all"))},
        "steps": {
            "[side]": set(sides),
            "axis_{}_down": every("axis_{}_down", ("query", "key")),
            "axis_{}_short": every("axis_{}_short", ("query", "key")),
            "formula_{}": every("formula_{}", tuple(step.slug for step in ALL_STEPS)),
            "matrix_{}": every("matrix_{}", (*matrices(), "right_weights", "wrong_weights")),
            "role_{}_{}": every("role_project_{}", ROLES) | every("role_{}_{}", ("vectors", "rotate"), ROLES[:2]),
            "row_of_{}": every("row_of_{}", sides),
            "say_{}": every("say_{}", story()),
            "shared_{}": every("shared_{}", ROLES[1:]),
            "short_{}": {"short_concat", "short_inputs", "short_memory"},  # the others are called as their matrix is
            "view_{}": every("view_{}", ("sentence", "word")),
            "way_other_mask_{}": every("way_other_mask_{}", ("open", "masked")),
            "way_{}": every("way_{}", tuple(way for way in ways if way != "other_mask")),
            "way_title_{}": every("way_title_{}", CASES),
            "way_text_{}": every("way_text_{}", CASES),
            "way_{}_{}": every("way_{}_{}", sides, CASES),
            "way_{}_note_{}": every("way_{}_note_{}", sides, CASES),
        },
        "by_hand_sheet.": {
            "matrix_{}": every("matrix_{}", ("W_Q", "W_K", "W_V", "mask", "exponential_sums", *worked())),
            "{}_title": every("{}_title", SHEET),
            "{}_text": every("{}_text", SHEET),
        },
        "course_sheet.": {
            "matrix_{}": {f"matrix_{name}" for one in exercises() for name in matrices_of(one)},
            "{}_title": every("{}_title", TOPICS),
            "{}_given": every("{}_given", TOPICS),
            "{}_{}_title": {f"{one.topic}_{step}_title" for one in exercises() for step in one.steps},
            "{}_{}_text": {f"{one.topic}_{step}_text" for one in exercises() for step in one.steps},
        },
        "web.": {
            "check_{}": every("check_{}", CHECKED),
            "fails_{}": every("fails_{}", CHECKED),
        },
    }  # fmt: skip


def exercises() -> list[Exercise]:
    return [exercise(topic, 0) for topic in TOPICS]


def matrices_of(one: Exercise) -> set[str]:
    """The names of all matrices on a sheet."""
    return {*one.given, *(name for matrices in one.steps.values() for name in matrices)}


def made_of() -> set[str]:
    """How the vector came about that attention reads, in every part and layer."""
    one = trace(MODEL["translator"], "I go home")
    return {name for part in PARTS for layer in (0, 1) for name in follow(one, part, layer, 0, 0).made_of}


def worked() -> tuple[str, ...]:
    """The matrices that a worked example has."""
    names = ("query", "key", "value", "scores", "scaled_scores", "masked_scores", "weights", "head_output")
    assert set(names) < set(Worked.__annotations__)
    return ("inputs", "exponentials", *names)


@cache
def matrices() -> tuple[str, ...]:
    """The names of all matrices of all steps, in models that normalise before and after, and in those of others."""
    ours = [trace(MODEL[name], "I go home") for name in ("translator", "post_norm")]
    found = {}
    for one, layers in ((ours[0], (0, 1)), (ours[1], (0, 1)), (with_all_steps(ours[0]), (0,))):
        for part, layer, role in product(PARTS if len(layers) > 1 else PARTS[:1], layers, ROLES):
            for step in steps_of(one, part, layer):
                for matrix in step_record(one, part, layer, 0, step.slug, role).matrices:  # type: ignore[arg-type]
                    found[matrix.name] = True
    return tuple(found)


def with_all_steps(one: Trace) -> Trace:
    """A trace whose first call has what only models of others have: a rotation, a cap, a bias, a second norm."""
    call, norm = one.encoder_self[0], next(iter(one.norms.values()))
    doubled, half = Meeting(2.0), np.float32(0.5)
    call = replace(
        call, softcap=5.0, bias=np.zeros_like(call.scores), query_projected=call.query * half, query_meeting=doubled,
        key_projected=call.key * half, key_meeting=doubled,
    )  # fmt: skip
    assert call.inputs is not None
    around = {"encoder.0.self": Around(call.inputs, None, norm, norm)}
    return replace(one, encoder_self=(call,), around=around)


MODEL: dict[str, Model] = {}


@pytest.fixture(autouse=True)
def models(model: Model, post_norm: Model) -> None:
    MODEL.update({"translator": model, "post_norm": post_norm})


def story() -> tuple[str, ...]:
    """The sentences that Step by step may say, as its script lists them."""
    source = scripts(PACKAGE / "components")["steps"]
    told = source[source.index("const storyOf = {") :]
    told = told[: told.index("\n};")]
    told = re.sub(r'[!=]== "\w+"|"\w+"\)', "", told)  # what is only compared or looked up
    names = set(re.findall(r'"(\w+)"', told))
    assert re.findall(r"`([^`]*)`", told) == ["project_${data.role}"]
    return (*names, *(f"project_{role}" for role in ROLES))


def places(text: str) -> set[str]:
    """What a string has to be given."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def braces(text: str) -> set[str]:
    """Names in braces, where nothing is filled in: those of LaTeX are the same in all languages."""
    return set(re.findall(r"\{(\w+)\}", text))


def read_by_views() -> dict[str, Read]:
    found = {view: read(source) for view, source in scripts(PACKAGE / "components").items()}
    for name, paths in TEMPLATES.items():
        found[name] = template("".join(path.read_text(encoding="utf-8") for path in paths))
    return {name: one for name, one in found.items() if one.names or one.families}


def asked_by_views() -> set[str]:
    """The full names of all strings that views and templates ask for."""
    found = set()
    for view, one in read_by_views().items():
        names = one.names | {name for family in one.families for name in families()[view][family]}
        found |= {f"{GROUPS.get(view, view)}{name}" for name in names}
    return found


@cache
def of_the_app() -> list[Ask]:
    return asked(app())


def asked_for() -> set[str]:
    """Every string that code, a view or a template can ask for."""
    return {key for ask in of_the_app() for key in ask.keys} | asked_by_views()


def calls(method: str) -> Iterator[tuple[Module, ast.Call]]:
    """The calls of a method of this name outside the catalogue's own module."""
    for module in app():
        for call in module.calls if module.name != "attnviz.session.catalog" else []:
            if isinstance(call.func, ast.Attribute) and call.func.attr == method:
                yield module, call


def unused(names: set[str]) -> set[str]:
    """The strings that nobody asks for; one for a single head is asked for where its plain one is."""
    found = {name for name in strings("en").keys() - names if name.removesuffix("_one") not in names}
    return {name for name in found if name.split(".")[0] not in UNOPENED}


# ---- the languages


@pytest.mark.parametrize("language", OTHERS)
def test_both_languages_have_the_same_strings_with_the_same_places(language: str) -> None:
    assert strings(language).keys() == strings("en").keys()
    different = [name for name, text in strings("en").items() if braces(text) != braces(strings(language)[name])]
    assert not different


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_file_names_a_string_twice(language: str) -> None:
    for path in files(language, "json").values():
        names = [name for name, _ in json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)]
        assert len(names) == len(set(names)), path


@pytest.mark.parametrize("language", OTHERS)
def test_both_languages_have_the_same_files(language: str) -> None:
    for kind in ("json", "md"):
        ours, theirs = files(language, kind), files("en", kind)
        assert {name: path.parent for name, path in ours.items()} == {name: p.parent for name, p in theirs.items()}
    for name in files("en", "md"):
        assert braces(lesson("en", name)) == braces(lesson(language, name))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["json", "md"])
def test_every_file_of_text_has_a_name_of_its_own(language: str, kind: str) -> None:
    written = [path for path in PACKAGE.rglob(f"*.{kind}") if path.name.split(".")[-2] == language]
    assert written
    assert sorted(files(language, kind).values()) == sorted(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_and_no_lesson_is_empty(language: str) -> None:
    assert [name for name, text in strings(language).items() if not text.strip()] == []
    for name in files(language, "md"):
        assert lesson(language, name).strip()


NAMES = {
    "pad",
    "exp",
    "LayerNorm",
    "BLEU",
    "chrF",
    "GPT",
    "Tensor",
    "Transformer",
    "Linear",
    "softmax",
    "mask",
    "log",
    "small",
}
QUOTED = {"examples.i_go_home", "examples.home_go_i", "examples.boy", "context.preset_it"}  # English sentences


def letters(text: str) -> tuple[int, int]:
    """Count the Hangul and the Latin letters of a text, without formulas, code, names and short glosses."""
    text = re.sub(r"\$[^$]*\$|`[^`]*`|\{\w+\}|\]\([^)]*\)|https?://\S+|<[^>]+>", " ", text)
    text = re.sub(r"(?<=[가-힣])\([A-Za-z-]+( [A-Za-z-]+){0,2}\)", " ", text)  # 값(value)
    words = [word for word in re.findall(r"[A-Za-z_][\w^]*", text) if word.isascii() and word.isalpha()]  # no n²d, d_k
    plain = [word for word in words if word not in NAMES and len(word) > 2]
    return len(re.findall("[가-힣]", text)), sum(map(len, plain))


def is_korean(text: str) -> bool:
    """Whether a text is mostly Hangul; a letter of it says about as much as two Latin ones."""
    hangul, latin = letters(text)
    return 2 * hangul >= latin


def is_english(text: str) -> bool:
    """Whether Hangul is only quoted in a text."""
    hangul, latin = letters(text)
    return 4 * hangul <= latin


def test_korean_is_korean_and_english_is_english() -> None:
    assert [name for name, text in strings("ko").items() if name not in QUOTED and not is_korean(text)] == []
    assert [name for name, text in strings("en").items() if not is_english(text)] == []
    for name in files("en", "md"):
        assert is_korean(lesson("ko", name)) and is_english(lesson("en", name))
    changed = [name for name, text in strings("ko").items() if text != strings("en")[name]]
    assert len(changed) > 0.95 * len(strings("ko"))


@pytest.mark.parametrize(
    "planted", ["가 This is not translated.", "Attention weights", "어텐션 is computed from the scores of each row"]
)
def test_a_text_that_is_not_translated_is_found(planted: str) -> None:
    assert not is_korean(planted)
    assert not is_english("이것은 softmax 입니다")


# ---- what code asks for


def test_every_string_that_code_asks_for_exists_and_gets_its_places() -> None:
    assert [fault for ask in of_the_app() for fault in ask.faults] == []


def test_every_string_that_a_view_asks_for_exists_and_gets_its_places() -> None:
    english, wrong = strings("en"), []
    assert GROUPS.keys() | TEMPLATES.keys() == read_by_views().keys()
    for view, one in read_by_views().items():
        assert families().get(view, {}).keys() == one.families, view
        for name, given in one.filled:
            if (key := f"{GROUPS[view]}{name}") in english and places(english[key]) != given:
                wrong.append(f"{view}.js: {name} is given {sorted(given)}")
    optional = {f"steps.matrix_{name}" for name in matrices()} - english.keys()
    assert asked_by_views() - optional - english.keys() == set()
    assert not wrong


def test_each_group_of_strings_that_a_view_is_given_is_known() -> None:
    groups = {it for module, call in calls("group") if call.args for it in module.names(call.args[0])}
    assert groups - UNOPENED == {name.split(".")[0] for name in GROUPS.values()} - UNOPENED


def test_every_string_is_asked_for() -> None:
    assert unused(asked_for()) == set()


def test_every_lesson_in_markdown_is_asked_for() -> None:
    names = {it for module, call in calls("lesson") if len(call.args) == 1 for it in module.names(call.args[0])}
    assert names == files("en", "md").keys()


def planted(line: str) -> list[str]:
    """What is found wrong with one line in a lesson."""
    code = f'def draw(opened, key):\n    for name in ("weights", "logits"):\n        {line}\n'
    asks = asked((Module(PACKAGE / "lessons" / "masking" / "planted.py", code),))
    return [fault for ask in asks for fault in ask.faults]


@pytest.mark.parametrize(
    "line",
    [
        'opened.say("made")',
        'opened.say("titel")',
        'opened.texts("masking.titel")',
        'opened.say("title" if key else "titel")',
        'opened.say(f"rows_{name}_al")',
        'opened.say(f"rows_{key}_al")',
        'opened.say(f"rows_{key}_{name}")',
        'opened.say("window", first=1, last=2, total=3)',
        'opened.say("window", first=1, last=2, total=3, rest=4, more=5)',
        'opened.say("window")',
        'opened.section("no_such_section")',
        'opened.predict("no_such_question", [], "")',
        '[opened.say(f"rows_{which}") for which in ("weights", "loggits")]',
        'segments(key, ("weights", "loggits"), lambda which: opened.say(f"rows_{which}"))',
    ],
)
def test_a_planted_slip_is_found(line: str) -> None:
    assert planted(line)


@pytest.mark.parametrize(
    "line",
    [
        'opened.say("title")',
        'opened.say(f"rows_{name}_alt")',
        'opened.say(f"rows_{key}_alt")',
        'opened.section("which")',
    ],
)
def test_what_is_right_is_not_found(line: str) -> None:
    assert planted(line) == []


def test_a_planted_string_that_nobody_asks_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unused(asked_for() - {"masking.title", "steps.hint"}) == {"masking.title", "steps.hint"}
    for language in LANGUAGES:  # beside families: the rows of Masking, and the columns of All heads
        monkeypatch.setitem(strings(language), "masking.row_planted", "planted")
        monkeypatch.setitem(strings(language), "heads.planted", "planted")
    fitting.cache_clear()
    names = {key for ask in asked(app()) for key in ask.keys}
    fitting.cache_clear()
    assert {"masking.row_planted", "heads.planted"} & names == set()


def test_a_planted_slip_in_a_view_is_found() -> None:
    one = read('el("p", {}, texts.hnit, texts[`way_${name}`], fill(data.texts.more, { count: 1, vlaue: f({ a: 2 }) }))')
    assert (one.names, one.families) == ({"hnit", "more"}, {"way_{}"})
    assert one.filled == (("more", {"count", "vlaue"}),)
    assert read('texts[side === "wrong" ? "row" : `axis_${x}`]').names == {"row"}
    assert read("texts[name]").families == {"[name]"}


def test_emphasis_closes_between_punctuation_and_a_particle() -> None:
    korean = Texts("ko")
    assert "‘**간다\\.**’\u2060의" in korean("position.verdict_same", word="간다\\.")
    assert "*길이 벌점*\u2060(brevity" in korean.group("quality")["product"]
    assert "\u2060" not in Texts("en")("position.verdict_same", word="go\\.")


def test_a_missing_string_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts("en")("start.no_such_string")
