"""What the pages state in words is what is computed: each statement that was wrong once, and its kind."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

import attnviz
from attnviz import Model
from attnviz.concepts.heads import value_matrix
from attnviz.concepts.schedule import schedule
from attnviz.session.catalog import LANGUAGES, Texts

LESSONS = Path(attnviz.__file__).parent / "lessons"
OWN_SENTENCE = ("explain", "heads", "masking", "multi_head", "scaling", "steps", "block", "rnn", "translate")


def strings(language: str, *lessons: str) -> dict[str, str]:
    """Every string and prose of some lessons, or of all, by file and name."""
    found = {}
    for path in sorted(LESSONS.glob(f"*/*{language}.json")):
        for name, text in json.loads(path.read_text(encoding="utf-8")).items():
            found[f"{path.parent.name}.{name}"] = text
    for path in sorted(LESSONS.glob(f"*/*.{language}.md")):
        found[f"{path.parent.name}.{path.name}"] = path.read_text(encoding="utf-8")
    return {name: text for name, text in found.items() if not lessons or name.split(".")[0] in lessons}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rate_falls_with_the_inverse_root_of_the_step(language: str) -> None:
    found = schedule(512, 4000, 64000)
    falling = found.rates[found.steps >= 4000]
    steps = found.steps[found.steps >= 4000]
    exponent = math.log(falling[-1] / falling[0]) / math.log(steps[-1] / steps[0])
    assert exponent == pytest.approx(-0.5, abs=1e-9)
    inverse = {"en": "inverse", "ko": "반비례"}[language]
    for name in ("schedule_text", "schedule_alt", "half_why_right", "half_why"):
        assert inverse in Texts(language).group("warm_up")[name].replace("*", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_x_that_value_down_multiplies(language: str, model: Model) -> None:
    call = attnviz.trace(model, "I go home").encoder_self[0]
    found = value_matrix(call.projections, 0)
    bias = call.value[0] - call.inputs @ found.down  # V is the result of value-down, not what it multiplies
    np.testing.assert_allclose(bias, np.broadcast_to(bias[0], bias.shape), atol=1e-5)
    assert call.value[0].shape[1] != found.down.shape[0]
    prose = Texts(language).lesson("multi_head_value")
    first = prose.split("$x$")[0]
    assert "$x$" in prose
    assert {"en": "a value is multiplied", "ko": "값(Value, V)의 오른쪽"}[language] not in prose
    assert {"en": "value-down", "ko": "다운"}[language] not in first


@pytest.mark.parametrize("language", LANGUAGES)
def test_equal_weights_are_said_to_be_enough_for_this_prediction_only(language: str) -> None:
    said = Texts(language).group("explain")["uniform_same"]
    assert {"en": "this prediction does not need the learned weights", "ko": "이 예측은 학습된 가중치가 없어도"}[
        language
    ] in said
    assert {"en": "can't be the explanation", "ko": "설명일 수 없습니다"}[language] not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_speaks_of_a_word_that_only_another_sentence_has(language: str) -> None:
    words = r"\b(cat|snake|creature|animal|street|spirit)\b"
    found = [name for name, text in strings(language, *OWN_SENTENCE).items() if re.search(words, text)]
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_transformer_did_not_keep_attention_only(language: str, model: Model) -> None:
    trace = attnviz.trace(model, "I go home")
    assert any("feed_forward" in name for name in trace.residual)  # so much else is there
    lede = Texts(language).group("rnn")["lede"]
    assert {"en": "only the attention", "ko": "어텐션만 남겼"}[language] not in lede
    assert {"en": "dropped the recurrence", "ko": "순환을 없애고"}[language] in lede


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_size_of_our_models_is_typed_into_a_text(language: str) -> None:
    sizes: set[int] = set()
    for name in ("translator", "single_head", "korean"):
        config = attnviz.load_model(name).transformer.config
        sizes |= {config.d_model, config.d_ff, config.vocabulary_size}
    recurrent = attnviz.load_model("recurrent_attention").network.config
    sizes |= {recurrent.d_model, recurrent.d_hidden, 2 * recurrent.d_hidden, recurrent.vocabulary_size}
    sizes -= {64, 512, 2048, 1024, 4096, 10_000}  # the paper's; the last is the base of its positions
    typed = "|".join(sorted({form for size in sizes for form in (str(size), f"{size:,}")}))
    found = {
        name: text
        for name, text in strings(language).items()
        if re.search(rf"(?<![\d.,{{])({typed})(?![\d}}])", text)
        and not name.startswith("block.order")  # trial runs of then
    }
    assert not found
