"""Kept results: made once, within the budget, shared parts weighed once."""

import threading
import time
from functools import partial

import numpy as np
import pytest
import torch

import attnviz
from attnviz import Model
from attnviz.session import kept as module
from attnviz.session.kept import SHELF, Shelf, kept, parts_of

KB = 1024


def block(kilobytes: int) -> np.ndarray:
    return np.zeros(kilobytes * KB, dtype=np.uint8)


def test_a_result_is_made_once_and_an_underscored_argument_does_not_tell_it_apart() -> None:
    made = []

    @kept
    def doubled(number: int, _why: object, sign: int = 1) -> int:
        made.append(number)
        return 2 * number * sign

    assert [doubled(2, object()), doubled(2, object()), doubled(number=2, _why=None, sign=1)] == [4, 4, 4]
    assert doubled(2, None, sign=-1) == -4
    assert made == [2, 2]
    doubled.clear()
    assert doubled(2, None) == 4
    assert made == [2, 2, 2]


def test_lists_dictionaries_and_arrays_tell_results_apart_by_what_they_hold() -> None:
    @kept
    def total(numbers: list[float], named: dict[str, list[int]], array: np.ndarray) -> float:
        return sum(numbers) + sum(map(sum, named.values())) + float(array.sum())

    assert total([1, 2], {"a": [3]}, np.ones(2)) == 8
    assert total([1, 2], {"a": [4]}, np.ones(2)) == 9
    assert total([1, 2], {"a": [4]}, np.zeros(2)) == 7
    assert total([1, 3], {"a": [4]}, np.zeros(2)) == 8


def test_any_number_of_arguments_tells_results_apart() -> None:
    @kept
    def joined(first: str, *more: str) -> str:
        return " ".join((first, *more))

    assert [joined("a", "b", "c"), joined("a", "b"), joined("a"), joined("a", "b", "d")] == [
        "a b c",
        "a b",
        "a",
        "a b d",
    ]


def test_many_threads_make_it_once() -> None:
    shelf, made = Shelf(KB), []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return 5

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(shelf.get("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 8
    assert made == [1]


def test_what_fails_is_not_kept_and_can_be_asked_again() -> None:
    shelf, answers = Shelf(KB), iter([ValueError("no"), None])

    def make() -> str:
        error = next(answers)
        if error:
            raise error
        return "yes"

    with pytest.raises(ValueError, match="no"):
        shelf.get("key", make)
    assert shelf.get("key", make) == "yes"


def test_the_longest_unused_goes_first_and_the_budget_holds() -> None:
    shelf = Shelf(100 * KB)
    for name in "abc":
        shelf.get(name, lambda: block(30))
    shelf.get("a", lambda: pytest.fail("a was there"))  # used again
    shelf.get("d", lambda: block(30))
    assert list(shelf) == ["c", "a", "d"]
    assert shelf.bytes <= shelf.budget
    shelf.get("huge", lambda: block(200))
    assert len(shelf) == 3  # what never fits empties nothing


def test_what_results_share_weighs_once_and_as_long_as_one_holds_it() -> None:
    shelf, shared = Shelf(1000 * KB), block(300)
    for number in range(5):
        shelf.get(number, partial(dict, own=block(10), view=shared[number:]))
    assert 300 * KB < shelf.bytes < 400 * KB
    shelf.forget(lambda key: key != 4)
    assert 300 * KB < shelf.bytes < 320 * KB
    shelf.forget(lambda _: True)
    assert shelf.bytes == 0


def test_a_part_that_changed_its_size_goes_with_the_bytes_that_it_came_with() -> None:
    shelf, growing = Shelf(1000 * KB), [0]
    shelf.get("first", lambda: {"growing": growing})
    growing.extend(range(10_000))
    shelf.get("second", lambda: {"growing": growing})
    shelf.forget(lambda _: True)
    assert shelf.bytes == 0


def test_a_trace_weighs_what_its_arrays_weigh(model: Model) -> None:
    trace = attnviz.trace(model, "The cat sleeps")
    weighed = sum(parts_of(trace).values())
    arrays = trace.logits.nbytes + sum(
        array.nbytes
        for call in (*trace.encoder_self, *trace.decoder_self, *trace.cross)
        for array in (call.query, call.key, call.value)
    )
    parameters = trace.encoder_self[0].W_Q.nbytes  # are the model's own, and the same for all of its traces
    assert arrays < weighed < 3 * arrays + parameters


def test_a_result_without_a_body_brings_nothing_into_others() -> None:
    shelf = Shelf(1000 * KB)
    shelf.get(("big", block(300).tobytes()), lambda: None)
    before = shelf.bytes
    shelf.get("other", lambda: [None, None])
    shelf.forget(lambda key: key != "other")
    assert before > 300 * KB
    assert shelf.bytes < KB


def test_a_tensor_weighs_its_storage() -> None:
    tensor = torch.zeros(1000)
    assert sum(parts_of((tensor, tensor[:10])).values()) < 4000 + KB


@pytest.mark.parametrize("said", ["much", "-1", "1.5"])
def test_a_budget_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv(module.VARIABLE, said)
    with pytest.raises(ValueError, match=module.VARIABLE):
        module._budget()


def test_the_usual_budget_is_half_a_gigabyte() -> None:
    assert SHELF.budget == 256 * 2**20
