"""Whether heads look at another noun in the second sentence."""

import numpy as np
import pytest

import attnviz
from attnviz.concepts.flip import Flip, flip

TIRED = "The animal didn't cross the street because it was too tired ."
WIDE = TIRED.replace("tired", "wide")


def made(*heads: tuple[tuple[float, float], tuple[float, float]]) -> Flip:
    """One layer: of each head what it gives the two nouns in the first sentence, and in the second."""
    return Flip(np.array(heads, dtype=np.float32).transpose(1, 0, 2)[:, None])


def test_a_head_turns_where_the_larger_of_the_two_changes_and_a_tie_turns_nothing() -> None:
    found = made(((0.6, 0.1), (0.5, 0.2)), ((0.6, 0.1), (0.2, 0.5)), ((0.3, 0.3), (0.2, 0.5)), ((0.1, 0.2), (0.2, 0.1)))
    np.testing.assert_array_equal(found.turned, [[False, True, False, True]])
    assert found.most_turned == pytest.approx(0.6)
    assert [found.preferred((0, head)) for head in (0, 1, 3)] == [(0, 0), (0, 1), (1, 0)]
    assert made(((0.6, 0.1), (0.5, 0.2))).most_turned == 0


def test_the_rival_is_the_head_that_gives_most_to_the_other_noun_and_more_than_to_the_first() -> None:
    found = made(((0.6, 0.5), (0.5, 0.2)), ((0.1, 0.3), (0.2, 0.5)), ((0.1, 0.4), (0.9, 0)))
    assert found.rival(1) == (0, 2)
    assert found.rival(0) == (0, 0)
    assert made(((0.6, 0.5), (0.1, 0.2))).rival(1) is None


def test_the_models_own_weights_are_compared(model: attnviz.Model) -> None:
    first, second = (attnviz.trace(model, text, "") for text in (TIRED, WIDE))
    found = flip(first, second, "it", ("animal", "street"))
    assert found is not None
    n_turned = 0
    for layer in range(len(first.encoder_self)):
        for head in range(first.encoder_self[0].n_heads):
            larger = []
            for at, trace in enumerate((first, second)):
                row = trace.encoder_self[layer].weights[head, trace.word_of.index(trace.words.index("it"))]
                own = [
                    sum(row[token] for token, word in enumerate(trace.word_of) if word == trace.words.index(noun))
                    for noun in ("animal", "street")
                ]
                np.testing.assert_allclose(found.weights[at, layer, head], own, atol=1e-6)
                larger.append(own[0] > own[1])
            n_turned += larger[0] != larger[1]
    assert found.turned.sum() == n_turned
    assert flip(first, attnviz.trace(model, "I go home", ""), "it", ("animal", "street")) is None
