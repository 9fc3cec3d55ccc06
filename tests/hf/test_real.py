"""Real weights, fetched where the network allows: the links that were measured before, within a thousandth."""

from typing import Any

import numpy as np
import pytest

import attnviz
from attnviz.hf.errors import HFError
from attnviz.hf.fetch import KNOWN, fetch
from attnviz.model.place import MODELS
from attnviz.trace.listed import NOTE

SENTENCE = (
    "It is in this spirit that a majority of American governments have passed new laws since 2009 making the "
    "registration or voting process more difficult ."
)
SNAKE = "The snake is very dangerous because it has a venom ."


def model_of(name: str) -> Any:
    try:
        folder = fetch(name, say=lambda line: None)
    except HFError as error:
        pytest.skip(f"{name} can't be had here: {error}")
    return attnviz.load_model(f"hf:{folder}")


# one test, not one a link: each process that tests would fetch the model for its own
def test_links_of_minilm() -> None:
    minilm = model_of("minilm")
    for text, query, key, place, weight in (
        (SENTENCE, "making", "difficult", (5, 9), 0.483),
        (SENTENCE, "making", "more", (2, 1), 0.379),
        (SNAKE, "it", "snake", (3, 1), 0.674),
    ):
        trace = attnviz.trace(minilm, text)
        pair = trace.by_word("encoder_self")[:, :, trace.words.index(query), trace.words.index(key)]  # (layer, head)
        assert np.unravel_index(int(pair.argmax()), pair.shape) == place
        assert abs(float(pair.max()) - weight) < 1e-3
    assert KNOWN["minilm"].revision in (MODELS / "minilm" / NOTE).read_text(encoding="utf-8")  # where it came from


@pytest.mark.full
def test_links_of_smollm2() -> None:
    trace = attnviz.trace(model_of("smollm2"), SENTENCE)
    pair = trace.by_word("decoder_self")[:, :, trace.words.index("more"), trace.words.index("making")]
    assert abs(float(pair.max()) - 0.990) < 1e-3
