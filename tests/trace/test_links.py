import numpy as np
import pytest

from attnviz.trace.links import alike, largest_somewhere, search, sink, standing

N_LAYERS, N_HEADS, N = 2, 3, 5


def rows_that_sum_to_one(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    weights = np.random.default_rng(seed).random((N_LAYERS, N_HEADS, *mask.shape)) * mask
    return (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)


FULL = np.ones((N, N), dtype=np.bool_)
WEIGHTS, CONTROL = rows_that_sum_to_one(FULL), rows_that_sum_to_one(FULL, 1)


def test_search_ranks_every_head_once_by_the_pairs_weight() -> None:
    links = search(WEIGHTS, CONTROL, row=3, column=1)
    assert sorted((link.layer, link.head) for link in links) == list(np.ndindex(N_LAYERS, N_HEADS))
    for link, follower in zip(links, links[1:], strict=False):
        assert link.weight >= follower.weight
    for link in links:
        assert link.weight == WEIGHTS[link.layer, link.head, 3, 1]
        assert link.untrained == CONTROL[link.layer, link.head, 3, 1]


def test_equal_heads_keep_their_order() -> None:
    even = np.full((N_LAYERS, N_HEADS, 2, 2), 0.5, dtype=np.float32)
    assert [link[:2] for link in search(even, even, 0, 0)] == list(np.ndindex(N_LAYERS, N_HEADS))


def test_standing_counts_the_cells_that_are_heavier() -> None:
    weights, control = WEIGHTS.copy(), CONTROL.copy()
    weights[1, 2, 0] = [0.1, 0.4, 0.2, 0.2, 0.1]
    weights[:, :, 0, 2] = [[0.3, 0.1, 0.1], [0.0, 0.5, 0.2]]
    control[:, :, 0, 2] = [[0.0, 0.6, 0.1], [0.0, 0.5, 0.3]]
    found = standing(weights, control, FULL, (1, 2, 0, 2))
    assert (found.rank_in_row, found.n_in_row) == (2, N)  # .4 is heavier, the other .2 is not
    assert (found.rank_among_heads, found.n_heads) == (3, N_LAYERS * N_HEADS)
    assert found.weight == np.float32(0.2)
    assert (found.untrained, found.untrained_best) == (np.float32(0.3), np.float32(0.6))


def test_only_cells_that_may_attend_count_in_a_row() -> None:
    causal = np.tril(FULL)
    assert standing(rows_that_sum_to_one(causal), CONTROL, causal, (0, 0, 2, 1)).n_in_row == 3


def test_columns_that_are_largest_in_some_head_are_counted_once() -> None:
    weights = np.zeros((1, 3, 2, 4), dtype=np.float32)
    weights[0, [0, 1, 2], 1, [3, 0, 3]] = 1
    assert largest_somewhere(weights, 1) == 2
    assert largest_somewhere(weights, 0) == 1


def test_there_is_no_rank_among_zeros() -> None:
    weights = np.zeros((N_LAYERS, N_HEADS, N, N), dtype=np.float32)
    weights[0, 0, 0] = [0.6, 0.395, 0.005, 0.0, 0.0]
    found = [standing(weights, CONTROL, FULL, (0, 0, 0, column)) for column in range(N)]
    assert [one.rank_in_row for one in found] == [1, 2, 3, None, None]
    assert standing(weights, CONTROL, FULL, (1, 1, 3, 3)).rank_among_heads is None


def test_a_head_is_most_alike_itself() -> None:
    for layer, head in np.ndindex(N_LAYERS, N_HEADS):
        best, *others = alike(WEIGHTS[layer, head], WEIGHTS)
        assert best[:2] == (layer, head)
        assert best.similarity == pytest.approx(1)
        assert all(-1 < other.similarity < 1 for other in others)


def test_similarity_is_the_correlation_of_rows_and_says_nothing_of_even_ones() -> None:
    one = np.array([[0.7, 0.2, 0.1], [0.0, 0.4, 0.6]])
    fainter = 0.1 * one + 0.3
    even, opposite = np.full((2, 3), 1 / 3), 1 - one
    found = {match[:2]: match.similarity for match in alike(one, np.array([[fainter, even, opposite]]))}
    assert [found[0, head] for head in range(3)] == [pytest.approx(1), 0, pytest.approx(-1)]


def test_a_sink_takes_most_weight_of_all_heads_together() -> None:
    layers = [np.array([[[0.9, 0.1], [0.7, 0.3]]]), np.array([[[0.2, 0.8], [0.4, 0.6]]])]  # (head, query, key)
    assert sink(layers) == (0, pytest.approx(0.55), 1, 2)
