import numpy as np
import pytest

from attnviz.trace.links import head_numbers, largest_somewhere, search, standing

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


def one_head(weights: np.ndarray, mask: np.ndarray | None = None, *, positional: bool = True) -> dict[str, float]:
    weights = np.asarray(weights, dtype=np.float32)[None, None]
    mask = np.ones(weights.shape[2:], dtype=np.bool_) if mask is None else mask
    (numbers,) = head_numbers(weights, mask, positional=positional)
    return numbers._asdict()


def test_a_head_on_the_previous_token() -> None:
    numbers = one_head(np.vstack([np.eye(N)[0], np.eye(N)[:-1]]))  # the first looks at itself
    assert numbers["previous"] == 1
    assert numbers["same"] == pytest.approx(1 / N)
    assert numbers["next"] == 0
    assert numbers["distance"] == pytest.approx((N - 1) / N)
    assert numbers["first"] == pytest.approx(2 / N)
    assert (numbers["last"], numbers["entropy"]) == (0, 0)


def test_an_even_head_has_the_entropy_of_n_choices() -> None:
    numbers = one_head(np.full((N, N), 1 / N))
    assert numbers["entropy"] == pytest.approx(np.log(N), rel=1e-6)
    assert numbers["same"] == numbers["first"] == numbers["last"] == pytest.approx(1 / N)


def test_a_row_without_a_choice_has_no_say_in_the_entropy() -> None:
    causal = np.tril(FULL)
    even = causal / causal.sum(axis=1, keepdims=True)
    assert one_head(even, causal)["entropy"] == pytest.approx(np.log(range(2, N + 1)).mean(), rel=1e-6)


def test_a_mean_over_nothing_is_nan_without_a_warning() -> None:
    numbers = one_head(np.ones((1, 1)))
    assert np.isnan([numbers["entropy"], numbers["previous"], numbers["next"]]).all()
    assert (numbers["same"], numbers["first"], numbers["last"], numbers["distance"]) == (1, 1, 1, 0)


def test_words_of_two_sentences_have_no_distance() -> None:
    numbers = one_head(np.full((3, 4), 0.25), positional=False)
    assert np.isnan([numbers[name] for name in ("distance", "previous", "same", "next")]).all()
    assert numbers["entropy"] == pytest.approx(np.log(4), rel=1e-6)


def test_heads_come_in_the_order_of_layer_and_head() -> None:
    found = head_numbers(WEIGHTS, FULL, positional=True)
    assert [head[:2] for head in found] == list(np.ndindex(N_LAYERS, N_HEADS))
    for head in found:
        assert head.last == pytest.approx(WEIGHTS[head.layer, head.head, :, -1].mean(), rel=1e-6)


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
