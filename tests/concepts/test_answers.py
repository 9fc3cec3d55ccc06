"""The notes' questions, answered in numbers: gradient, last vector, order, dictionary, tired or wide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import attnviz
from attnviz import Model
from attnviz.concepts.context import most_given
from attnviz.concepts.decoding import last_vector
from attnviz.concepts.position import terms_in_two_orders
from attnviz.concepts.residual import random_depth
from attnviz.concepts.worked_example import most_looked_at, with_queries_times, work
from attnviz.concepts.worked_presets import preset
from attnviz.lessons.block.depth import VANISHED, gradients
from attnviz.lessons.quality.bands import BANDS, examples
from attnviz.session.examples import EXAMPLES


def test_the_derivative_with_a_residual_connection_is_one_more() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 5)).double()
    x = torch.randn(5, generator=torch.Generator().manual_seed(0)).double()
    plain = torch.autograd.functional.jacobian(network, x)
    kept = torch.autograd.functional.jacobian(lambda x: x + network(x), x)
    assert torch.allclose(kept, torch.eye(5).double() + plain)


@pytest.mark.parametrize(("n_layers", "vanishes"), [(12, True), (1, False)])
def test_a_gradient_is_called_vanished_when_it_is(n_layers: int, vanishes: bool) -> None:
    def runs(norm: bool) -> dict[str, Any]:
        return {name: random_depth(n_layers, 1, residual=name == "with", norm=norm) for name in ("with", "without")}

    plain, normed = runs(False), runs(True)
    told = gradients(plain, normed, norm=False)
    assert told[0][0] == ("depth_vanishes" if vanishes else "depth_stays")
    lost = plain["without"].gradient
    assert (lost[0] / lost[-1] < VANISHED) == vanishes
    assert float(told[0][1]["factor"]) == pytest.approx((lost[0] / lost[-1]) ** (1 / (2 * n_layers)), abs=0.006)
    assert [name for name, _ in told[1:]] == ["depth_kept", "depth_switch_on"]
    assert gradients(normed, plain, norm=True)[2][0] == "depth_switch_off"
    assert plain["with"].gradient[0] > plain["with"].gradient[-1] * VANISHED


@pytest.mark.parametrize("row", [0, 2])
def test_the_last_vector_times_the_table_is_one_score_a_token(model: Model, row: int) -> None:
    trace = attnviz.trace(model, "I go home")
    found = last_vector(model, trace, row)
    np.testing.assert_allclose(found.scores, trace.logits[row], atol=1e-3)
    expected = torch.tensor(trace.logits[row]).double().softmax(dim=0).numpy()
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-4)
    product = found.lengths * np.linalg.norm(found.vector) * found.cosines
    np.testing.assert_allclose(product, found.scores, rtol=1e-3, atol=1e-3)


def test_a_weighted_sum_does_not_know_the_order_of_its_terms() -> None:
    first, second = terms_in_two_orders(("home", "go", "I"), ("I", "go", "home"), 4, 7, "I")
    np.testing.assert_allclose(first, second[::-1], atol=1e-12)
    assert first.sum() == pytest.approx(second.sum(), abs=1e-12)
    assert len(set(first.round(6))) == 3  # and the terms do differ


def test_bands_have_an_example_only_where_one_scores() -> None:
    found = examples([3.0, 24.0, 26.0, 100.0])
    assert found == {0: 0, 10: None, 20: 1 if abs(24 - 25) <= abs(26 - 25) else 2, 30: None, 40: None, 50: None, 60: 3}
    assert tuple(found) == BANDS


def test_with_long_queries_attention_is_a_dictionary() -> None:
    worked = work(preset("lecture").given)
    best = most_looked_at(worked, 0)
    assert best is not None
    far = with_queries_times(worked.given, 1000)
    np.testing.assert_allclose(far.head_output[0], worked.value[best], atol=1e-6)


def test_tired_and_wide_say_which_noun_gets_most(model: Model) -> None:
    trace = attnviz.trace(model, EXAMPLES["tired"])
    found = most_given(trace, "it", ("animal", "street"))
    assert found is not None
    weights = np.stack([call.weights for call in trace.encoder_self])  # (layer, head, query, key)

    def at(word: str) -> list[int]:
        return [token for token, place in enumerate(trace.word_of) if place == trace.words.index(word)]

    most = {
        word: weights[:, :, at("it")].mean(axis=2)[..., at(word)].sum(axis=-1).max() for word in ("animal", "street")
    }
    assert found[0] == max(most, key=most.__getitem__)
    assert found[1:] == pytest.approx(sorted(most.values(), reverse=True))
    assert most_given(trace, "it", ("animal", "river")) is None
    other_names = {"animal": "street", "street": "animal"}
    swapped = replace(trace, words=tuple(other_names.get(word, word) for word in trace.words))
    other = most_given(swapped, "it", ("animal", "street"))
    assert other is not None
    assert other[0] != found[0]
