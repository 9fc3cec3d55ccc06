"""The URL is untrusted: what is not allowed becomes the default, and is named."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.session.choices import MAX_CHARACTERS, Choices, model_for, parse
from attnviz.trace.models import choosable

HOSTILE = (
    "../../etc/passwd", "99999", "0", "-1", "1.5", "1e3", "NaN", "inf", "%00", "\x00", "", " ", "1 ", "+1", "١", "²",
    "<script>alert(1)</script>", "1; DROP TABLE", "None", "true", "x" * 100_000, "9" * 5000,
)  # fmt: skip
NUMBERS = ("layer", "head", "query", "key", "step", "dim")
NAMES = ("model", "part", "role", "view", "wrong", "drawn", "answers", "lang", "size", "theme", "present")


@pytest.mark.parametrize("name", [*NUMBERS, *NAMES])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:20]))
def test_tampered_values_become_the_default_and_are_named(name: str, value: str) -> None:
    choices, refused = parse({name: value}, "en")
    assert choices == Choices() or not value.strip()
    assert refused == (name,) or not value.strip()


def test_every_choice_but_the_sentence_is_tried_above() -> None:
    assert {field.name for field in fields(Choices) if field.compare} == {"text", "characters", *NUMBERS, *NAMES}


def test_one_bad_value_does_not_spoil_the_others() -> None:
    choices, refused = parse({"layer": "2", "head": "abc", "text": "I go home", "lang": "ko"}, "en")
    assert choices == Choices(text="I go home", layer=2, lang="ko")
    assert refused == ("head",)


@pytest.mark.parametrize("name", ["__class__", "text2", "Layer", ""])
def test_unknown_names_are_ignored(name: str) -> None:
    assert parse({name: "1"}, "en") == (Choices(), ())


def test_a_text_is_cut_and_otherwise_kept_as_it_is() -> None:
    for text in ("\x00", "<b>", "%00%FF", "a\u202eb", "  two  blanks ", "", "ᄒ" * 10):
        assert parse({"text": text}, "en")[0].text == text
    assert len(parse({"text": "a" * 100_000}, "en")[0].text) == MAX_CHARACTERS


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:20]))
def test_a_forged_number_of_characters_is_refused(value: str) -> None:
    choices, refused = parse({"text": "a" * MAX_CHARACTERS, "characters": value}, "en")
    assert (choices.characters, refused) == ((99999, ()) if value == "99999" else (0, ("characters",)))


def test_how_much_was_typed_is_known_and_travels_in_the_link() -> None:
    long = parse({"text": "a first word" + " " * 4000 + "LASTWORD"}, "en")[0]
    assert long.characters == 4020
    assert parse(long.query_params(), "en")[0] == long
    assert parse({"text": "a" * 4000}, "en")[0].characters == 0
    assert parse({"text": "short", "characters": "5000"}, "en")[0].characters == 0  # nothing of it is missing


def test_the_language_follows_the_browser_until_one_is_chosen() -> None:
    assert parse({}, "ko")[0].lang == "ko"
    assert parse({"lang": "en"}, "ko")[0].lang == "en"
    assert parse({"lang": "xx"}, "ko") == (Choices(lang="ko"), ("lang",))


@pytest.mark.parametrize(
    ("params", "model"),
    [
        ({}, "translator"),
        ({"text": "나는 집에 간다 ."}, "korean"),
        ({"text": "나는 집에 간다 .", "model": "translator"}, "translator"),  # what the link names wins
        ({"text": "나는 집에 간다 .", "model": "nonsense"}, "korean"),
        ({"text": "I go home"}, "translator"),
        ({"text": "I go home", "model": "korean"}, "korean"),
        ({"text": "나는 집에 간다 .", "model": "single_head"}, "single_head"),
    ],
)
def test_the_script_chooses_the_model_unless_the_link_names_one(params: dict[str, str], model: str) -> None:
    found = parse(params, "en")[0]
    assert found.model == model
    assert parse(found.query_params(), "en")[0] == found
    assert ("model" in found.query_params()) == (model != model_for(found.text))


states = st.builds(
    Choices,
    text=st.one_of(st.text(max_size=200), st.just("나는 집에 간다 .")),
    model=st.sampled_from(choosable()),
    part=st.sampled_from(("encoder_self", "decoder_self", "cross")),
    layer=st.integers(0, 64),
    head=st.integers(0, 64),
    query=st.integers(0, 512),
    key=st.integers(0, 512),
    step=st.integers(1, 9),
    lang=st.sampled_from(("en", "ko")),
    size=st.sampled_from(("normal", "large")),
)


@given(states)
def test_a_link_reproduces_the_state(choices: Choices) -> None:
    assert parse(choices.query_params(), "en") == (choices, ())


@given(st.dictionaries(st.sampled_from([field.name for field in fields(Choices)]), st.text(max_size=30)))
def test_no_link_makes_it_fail_and_what_was_refused_is_the_default(params: dict[str, str]) -> None:
    choices, refused = parse(params, "en")
    usual = Choices(model=model_for(choices.text))
    assert all(getattr(choices, name) == getattr(usual, name) for name in refused)
    assert parse(replace(choices).query_params(), "en") == (choices, ())
