"""The wrong ways: each does what its name says, and only that."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import attnviz
from attnviz import Attention
from attnviz.concepts.wrong_ways import WRONG_WAYS, Masking, Wrong, compare, masked_ways

HEAD = 3


@pytest.fixture(scope="module")
def encoder() -> Attention:
    return attnviz.trace(
        attnviz.load_model(), "The snake is very dangerous because it has a venom", "Die Schlange"
    ).encoder_self[1]


@pytest.fixture(scope="module")
def decoder() -> Attention:
    return attnviz.trace(attnviz.load_model(), "I go home", "Ich gehe nach Hause .").decoder_self[0]


def softmax(scores: np.ndarray) -> np.ndarray:
    return torch.tensor(scores, dtype=torch.float64).softmax(-1).numpy()


@pytest.mark.parametrize("name", WRONG_WAYS)
def test_the_right_way_is_a_softmax_row_by_row(encoder: Attention, decoder: Attention, name: Wrong) -> None:
    for call in (encoder, decoder):
        right = compare(call, HEAD, name).right
        np.testing.assert_allclose(right.row_sums, 1, atol=1e-6)
        np.testing.assert_allclose(right.weights, softmax(right.scores), atol=1e-6)
        if name != "zero_after":
            np.testing.assert_array_equal(right.weights, call.weights[HEAD])


def test_no_scaling_is_the_softmax_of_the_raw_scores(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "no_scaling")
        raw = np.where(call.mask, call.scores[HEAD], -np.inf)
        np.testing.assert_allclose(found.wrong.weights, softmax(raw), atol=1e-5)
        np.testing.assert_allclose(found.wrong.row_sums, 1, atol=1e-6)
        assert found.wrong.weights.max(axis=1).mean() > found.right.weights.max(axis=1).mean()


def test_another_mask_is_causal_where_there_was_none(encoder: Attention) -> None:
    found = compare(encoder, HEAD, "other_mask").wrong
    assert (found.weights[np.triu_indices(len(found.weights), 1)] == 0).all()
    np.testing.assert_allclose(found.row_sums, 1, atol=1e-6)
    assert found.weights[0, 0] == 1


def test_another_mask_is_none_where_there_was_one(decoder: Attention) -> None:
    found = compare(decoder, HEAD, "other_mask").wrong
    assert found.mask.all()
    assert (found.weights[np.triu_indices(len(found.weights), 1)] > 0).any()
    np.testing.assert_allclose(found.weights, softmax(decoder.scaled_scores[HEAD]), atol=1e-6)


def test_a_drawn_mask_changes_its_own_rows_only(encoder: Attention) -> None:
    drawn = np.array(encoder.mask)
    drawn[2, 4] = False
    found = compare(encoder, HEAD, "drawn_mask", drawn)
    others = np.arange(len(drawn)) != 2
    np.testing.assert_allclose(found.wrong.weights[others], found.right.weights[others], atol=1e-7)
    assert found.wrong.weights[2, 4] == 0
    np.testing.assert_allclose(found.wrong.row_sums, 1, atol=1e-6)
    assert found.empty_rows == ()


def test_a_row_with_nothing_allowed_is_told_not_guessed(encoder: Attention) -> None:
    drawn = np.array(encoder.mask)
    drawn[1] = False
    found = compare(encoder, HEAD, "drawn_mask", drawn)
    assert found.empty_rows == (1,)
    assert np.isnan(found.wrong.weights[1]).all()
    assert np.isfinite(np.delete(found.wrong.weights, 1, axis=0)).all()
    everything = compare(encoder, HEAD, "drawn_mask", np.zeros_like(drawn))
    assert everything.empty_rows == tuple(range(len(drawn)))


def test_softmax_over_the_whole_matrix_shares_out_a_single_one(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "whole_matrix").wrong
        assert found.row_sums.sum() == pytest.approx(1, abs=1e-6)
        flat = softmax(call.masked_scores[HEAD].ravel())
        np.testing.assert_allclose(found.weights.ravel(), flat, atol=1e-6)


def test_zero_after_softmax_loses_what_it_cuts_away(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "zero_after")
        open_weights = softmax(call.scaled_scores[HEAD])
        causal = np.tril(np.ones(call.mask.shape, dtype=bool))
        np.testing.assert_array_equal(found.forced, ~causal)
        np.testing.assert_allclose(found.wrong.weights, np.where(causal, open_weights, 0), atol=1e-6)
        np.testing.assert_allclose(found.wrong.row_sums, np.where(causal, open_weights, 0).sum(1), atol=1e-5)
        assert found.wrong.row_sums.min() < 0.9999
        # the lecture's other remedy: dividing by what is left gives the right way again
        left = found.wrong.row_sums > 0.01  # of less than that float32 keeps too few digits to divide
        mended = found.wrong.weights[left] / found.wrong.row_sums[left, None]
        np.testing.assert_allclose(mended, found.right.weights[left], atol=1e-4)


@pytest.mark.parametrize("name", WRONG_WAYS)
def test_one_token_is_enough(name: Wrong) -> None:
    call = attnviz.trace(attnviz.load_model(), "Go", "").decoder_self[0]
    assert call.mask.shape == (1, 1)
    assert compare(call, 0, name).wrong.weights.shape == (1, 1)


def test_published_numbers(golden: dict[str, dict[str, object]]) -> None:
    """The Illustrated Transformer: scores 112 and 96 at d_k 64, scaled and not."""
    value = golden["illustrated_transformer.softmax"]["value"]
    assert isinstance(value, dict)
    query = np.zeros((1, 1, 64), dtype=np.float32)
    query[..., 0] = 1
    key = np.zeros((1, 2, 64), dtype=np.float32)
    key[0, :, 0] = value["scores"]
    anything = np.zeros((1, 2, 64), dtype=np.float32)
    parameters = None
    call = Attention(parameters, query[0], key[0], query, key, anything, np.ones((1, 2), dtype=bool))
    found = compare(call, 0, "no_scaling")
    np.testing.assert_allclose(found.right.weights[0], value["softmax_exact"], atol=1e-6)
    np.testing.assert_allclose(found.wrong.weights[0], value["softmax_if_unscaled"], atol=1e-6)


# ---- the ways to apply a mask

Case = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # query and key (token, d_k), mask (query, key)
Apply = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Random queries, keys and masks in float64; in half of the cases all scores lie about 150 below 0."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    n_tokens, d_k = draw(st.integers(2, 7)), draw(st.integers(2, 5))
    query, key = (torch.randn(n_tokens, d_k, generator=generator, dtype=torch.float64) for _ in range(2))
    if draw(st.booleans()):
        query[:, 0], key[:, 0] = 1, -150 * math.sqrt(d_k)
    mask = torch.rand(n_tokens, n_tokens, generator=generator) < 0.6
    return query, key, mask | torch.eye(n_tokens, dtype=torch.bool)


def way(name: Masking) -> Apply:
    return lambda query, key, mask: torch.tensor(masked_ways(query, key, mask)[name].weights)


def hidden_keys_get_exactly_nothing(apply: Apply, case: Case) -> None:
    query, key, mask = case
    assert (apply(query, key, mask)[~mask] == 0).all()


def rows_sum_to_one(apply: Apply, case: Case) -> None:
    torch.testing.assert_close(apply(*case).sum(dim=-1), torch.ones(len(case[0]), dtype=torch.float64))


def the_future_does_not_change_the_past(apply: Apply, case: Case) -> None:
    query, key, _ = case
    causal = torch.ones(len(query), len(query), dtype=torch.bool).tril()
    other_query, other_key = query.clone(), key.clone()
    other_query[-1], other_key[-1] = -query[-1], key[-1] + 1.5 * query[-2]
    # values too: a number in place of -inf lets the later values through, whatever their keys
    before, after = apply(query, key, causal) @ key[:, 1:], apply(other_query, other_key, causal) @ other_key[:, 1:]
    torch.testing.assert_close(before[:-1], after[:-1], rtol=0, atol=1e-10)


def padding_changes_nothing(apply: Apply, case: Case) -> None:
    query, key, _ = case
    size = len(query)
    everything, padded = torch.ones(size, size, dtype=torch.bool), torch.ones(size + 2, size + 2, dtype=torch.bool)
    padded[:, size:] = False
    longer_query, longer_key = torch.cat((query, query[:2])), torch.cat((key, key[:2].flip(0)))
    alone, batched = apply(query, key, everything), apply(longer_query, longer_key, padded)
    torch.testing.assert_close(batched[:size, :size], alone, rtol=0, atol=1e-12)


def it_is_what_pytorch_gives(apply: Apply, case: Case) -> None:
    query, key, mask = case
    value = torch.eye(len(key), dtype=torch.float64)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    torch.testing.assert_close(apply(query, key, mask), expected)


PROPERTIES = (
    hidden_keys_get_exactly_nothing,
    rows_sum_to_one,
    the_future_does_not_change_the_past,
    padding_changes_nothing,
    it_is_what_pytorch_gives,
)


def scores_of(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return query @ key.T / math.sqrt(query.shape[-1])


MUTANTS: dict[str, tuple[Apply, tuple[Callable[[Apply, Case], None], ...]]] = {
    "no mask": (lambda q, k, m: scores_of(q, k).softmax(-1), (PROPERTIES[0], *PROPERTIES[2:])),
    "mask inverted": (
        lambda q, k, m: scores_of(q, k).masked_fill(m & ~m.all(-1, keepdim=True), -math.inf).softmax(-1),
        (PROPERTIES[0], *PROPERTIES[2:]),
    ),
    "fill 0": (way("zero_before"), (PROPERTIES[0], *PROPERTIES[2:])),
    "fill -100": (way("minus_100"), (PROPERTIES[0], *PROPERTIES[2:])),
    "zero after": (way("zero_after"), PROPERTIES[1:]),
    "column softmax": (
        lambda q, k, m: scores_of(q, k).masked_fill(~m, -math.inf).softmax(0).nan_to_num(0),
        (PROPERTIES[1], *PROPERTIES[2:]),
    ),
    "no scaling": (
        lambda q, k, m: (q @ k.T).masked_fill(~m, -math.inf).softmax(-1),
        (it_is_what_pytorch_gives,),
    ),
}


def hold(rule: Callable[[Apply, Case], None], apply: Apply) -> None:
    """Try the rule on many cases."""

    @settings(derandomize=True, database=None, max_examples=60, phases=[Phase.generate], report_multiple_bugs=False)
    @given(cases())
    def tried(case: Case) -> None:
        rule(apply, case)

    tried()


@pytest.mark.parametrize("name", ["minus_inf", "renormalised"])
@pytest.mark.parametrize("rule", PROPERTIES, ids=lambda rule: rule.__name__)
def test_what_holds_for_minus_infinity_and_in_float64_for_dividing(
    rule: Callable[[Apply, Case], None], name: Masking
) -> None:
    hold(rule, way(name))


@pytest.mark.parametrize(
    ("name", "rule"),
    [(name, rule) for name, (_, rules) in MUTANTS.items() for rule in rules],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_each_rule_notices_each_wrong_way(name: Wrong, rule: Callable[[Apply, Case], None]) -> None:
    with pytest.raises(AssertionError):
        hold(rule, MUTANTS[name][0])


@given(cases())
def test_dividing_equals_minus_infinity_in_float64(case: Case) -> None:
    ways = masked_ways(*case)
    np.testing.assert_allclose(ways["renormalised"].weights, ways["minus_inf"].weights, rtol=0, atol=1e-12)
    for found in ways.values():
        np.testing.assert_allclose(found.row_sums, found.weights.sum(axis=1), atol=1e-12)
        np.testing.assert_allclose(found.hidden, np.where(found.mask, 0, found.weights).sum(axis=1), atol=1e-12)
    assert (ways["zero_after"].hidden == 0).all()


def test_dividing_fails_in_float32_where_minus_infinity_does_not() -> None:
    for kind, fails in ((torch.float32, True), (torch.float64, False)):
        key = torch.tensor([[0.0], [200.0]], dtype=kind)
        ways = masked_ways(torch.ones(1, 1, dtype=kind), key, torch.tensor([[True, False]]))
        np.testing.assert_array_equal(ways["minus_inf"].weights, [[1, 0]])
        assert np.isnan(ways["renormalised"].weights).all() == fails
        assert ways["minus_inf"].weights.dtype == str(kind).removeprefix("torch.")


def test_a_row_that_allows_nothing_is_not_a_number_and_minus_100_covers_it_up() -> None:
    query = torch.randn(3, 2, generator=torch.Generator().manual_seed(1))
    mask = torch.tensor([[True, True, False], [False, False, False], [True, True, True]])
    ways = masked_ways(query, query, mask)
    for name in ("minus_inf", "renormalised"):
        np.testing.assert_array_equal(np.isnan(ways[name].row_sums), [False, True, False])
    np.testing.assert_allclose(ways["minus_100"].weights[1], 1 / 3, atol=1e-6)
    assert ways["zero_after"].row_sums[1] == 0


def test_a_published_causal_mask(golden: dict[str, dict[str, object]]) -> None:
    """LLMs from scratch, chapter 3: the same weights by -inf and by dividing, and what zeroing alone leaves."""
    value, tolerance = golden["llms_from_scratch.ch03_causal_mask"]["value"], 1e-4
    assert isinstance(value, dict)
    scores = torch.tensor(value["scores"])  # of d_k = 2
    query, key = scores * math.sqrt(len(scores) / 2), torch.eye(len(scores))
    ways = masked_ways(query, key, torch.ones(6, 6, dtype=torch.bool).tril())
    np.testing.assert_allclose(ways["minus_inf"].weights, value["minus_inf"], atol=tolerance)
    np.testing.assert_allclose(ways["renormalised"].weights, value["zero_renormalised"], atol=tolerance)
    np.testing.assert_allclose(ways["zero_after"].weights, value["zeroed"], atol=tolerance)
    np.testing.assert_allclose(ways["zero_after"].row_sums, value["zeroed_row_sums"], atol=tolerance)
    open_ways = masked_ways(query, key, torch.ones(6, 6, dtype=torch.bool))
    np.testing.assert_allclose(open_ways["minus_inf"].weights, value["unmasked_weights"], atol=tolerance)
