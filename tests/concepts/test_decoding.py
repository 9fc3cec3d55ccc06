"""Decoding: the distribution, forced beginnings, beam search and one-by-one writing, against outside oracles."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz import Model
from attnviz.concepts.beam import Beam, Hypothesis, beam_steps, searched
from attnviz.concepts.decoding import (
    END,
    apart,
    continued,
    forced,
    log_probability,
    next_distribution,
    one_by_one,
    padded,
    piece,
    telling,
    write,
)
from attnviz.model.config import Config
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID, Transformer
from attnviz.trace.tokens import spelled

SENTENCES = ("I go home because it is late .", "The cat sleeps .", "Where is the station ?", "Go !")
TINY = Config(vocabulary_size=6, d_model=8, n_heads=2, n_encoder_layers=1, n_decoder_layers=2, d_ff=12, embedding_std=3)
SOURCE = (4, 5, 4, END_ID)


def tiny(seed: int) -> Transformer:
    torch.manual_seed(seed)
    return Transformer(TINY).eval().requires_grad_(False)


def all_translations(model: Transformer, length: int) -> dict[tuple[int, ...], float]:
    """Return log P of everything that can be written in ``length`` tokens, from plain forward passes."""
    found = {}
    for size in range(1, length + 1):
        for ids in itertools.product((4, 5), repeat=size - 1):
            lasts = (END_ID,) if size < length else (END_ID, 4, 5)
            for last in lasts:
                sequence = (*ids, last)
                if any(len(set(sequence[at : at + 3])) == 1 for at in range(size - 2)):
                    continue
                logs = model(torch.tensor([SOURCE]), torch.tensor([[START_ID, *ids]]))[0].double().log_softmax(-1)
                found[sequence] = float(logs[range(size), sequence].sum())
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_what_trying_everything_finds(seed: int) -> None:
    model = tiny(seed)
    everything = all_translations(model, 3)
    *_, beam = beam_steps(model, SOURCE, 30, 3)
    kept = {one.ids: one.log_probability for one in beam.ranked(0)}
    assert kept.keys() == everything.keys()
    assert all(math.isclose(kept[ids], log, abs_tol=1e-5) for ids, log in everything.items())
    for alpha in (0, 0.6, 1):
        best = max(
            (ids for ids in everything if ids[-1] == END_ID), key=lambda ids: _score(everything[ids], ids, alpha)
        )
        assert beam.ranked(alpha)[0].ids == best


def _score(log: float, ids: tuple[int, ...], alpha: float) -> float:
    return log / ((5 + len(ids)) ** alpha / 6**alpha)


@pytest.mark.parametrize("seed", range(20))
def test_one_beam_is_greedy_in_any_model(seed: int) -> None:
    model = tiny(seed)
    (ids,) = model.greedy(torch.tensor([SOURCE]), 9)
    *_, beam = beam_steps(model, SOURCE, 1, 9)
    (only,) = beam.ranked(0.6)
    assert [token for token in only.ids if token != END_ID] == ids
    assert only.finished == (only.ids[-1] == END_ID)


@pytest.mark.parametrize("text", SENTENCES)
def test_one_beam_is_greedy_in_the_translator(model: Model, text: str) -> None:
    done, (only,) = write(model, text), searched(model, text, 1).ranked(0)
    assert only.ids == (*done.ids, END_ID)[: done.n_steps]
    assert math.isclose(only.log_probability, log_probability(done), abs_tol=1e-3)


@pytest.mark.parametrize("width", [2, 5])
def test_every_hypothesis_has_the_log_probability_of_a_plain_forward(model: Model, width: int) -> None:
    text = SENTENCES[0]
    beam, source = searched(model, text, width), write(model, text).source
    assert len(beam.ranked(0)) == width
    for one in beam.ranked(0):
        target = torch.tensor([[START_ID, *one.ids[:-1]]])
        logs = model.transformer(torch.tensor([source]), target)[0].log_softmax(-1)
        assert math.isclose(float(logs[range(len(one.ids)), one.ids].sum()), one.log_probability, abs_tol=1e-3)


def test_a_beam_never_holds_more_than_its_width_nor_loses_what_is_finished() -> None:
    for seed in range(10):
        *_, beam = beam_steps(tiny(seed), SOURCE, 3, 8)
        for step in range(beam.n_steps):
            assert len(beam.unfinished[step]) + len(beam.finished[step]) <= 3
            assert all(len(one.ids) == step + 1 and not one.finished for one in beam.unfinished[step])
            assert all(one.ids[-1] == END_ID and one.finished for one in beam.finished[step])
            assert not step or beam.finished[step][: len(beam.finished[step - 1])] == beam.finished[step - 1]
            assert all(
                len(set(one.ids[at : at + 3])) > 1 for one in beam.ranked(0, step) for at in range(len(one.ids) - 2)
            )


def test_normalisation_turns_the_order_and_unfinished_ones_come_last() -> None:
    short, long = Hypothesis((4, END_ID), -2.0, True), Hypothesis((4, 5, 4, 5, 4, 5, 4, END_ID), -2.2, True)
    open_one = Hypothesis((4,), -0.1, False)
    beam = Beam(3, ((open_one,),), ((long, short),))
    assert beam.ranked(0) == (short, long, open_one)
    assert beam.ranked(1) == (long, short, open_one)
    assert Hypothesis((4,), -3.0, False).score(0.6) == -3  # one token: (5 + 1) / 6


Distribute = Callable[..., Any]
LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=12)


def equals_torch(distribute: Distribute, logits: list[float], temperature: float) -> None:
    row = np.array(logits, dtype=np.float32)
    found = distribute(row, temperature, len(row))
    own = torch.softmax(torch.tensor(row, dtype=torch.float64) / temperature, dim=-1)
    np.testing.assert_allclose(found.probabilities, own[list(found.ids)], atol=1e-12)
    assert (np.diff(found.probabilities) <= 0).all()
    entropy = torch.distributions.Categorical(probs=own).entropy() / math.log(2)
    assert math.isclose(found.entropy, float(entropy), abs_tol=1e-6)
    assert -1e-9 <= found.entropy <= math.log2(len(row)) + 1e-9


@settings(deadline=None)
@given(LOGITS, st.sampled_from([0.1, 0.5, 1.0, 2.0, 5.0]))
def test_the_distribution_is_torchs_softmax(logits: list[float], temperature: float) -> None:
    equals_torch(next_distribution, logits, temperature)


@pytest.mark.parametrize("mutant", [lambda t: 1 / t, lambda _: 1.0, lambda t: t + 0.1], ids=["product", "none", "more"])
def test_a_wrong_temperature_is_caught(mutant: Callable[[float], float]) -> None:
    with pytest.raises(AssertionError):
        equals_torch(lambda row, t, count: next_distribution(row, mutant(t), count), [0.0, 1.0, 3.0], 0.5)


def test_the_limits_of_the_temperature() -> None:
    row = np.array([1.0, 3.0, 2.5, -1.0], dtype=np.float32)
    cold, warm = next_distribution(row, 1e-3), next_distribution(row, 1e6)
    np.testing.assert_allclose(cold.probabilities, [1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(warm.probabilities, 0.25, atol=1e-5)
    assert cold.entropy < 1e-6
    assert math.isclose(warm.entropy, 2, abs_tol=1e-6)
    assert cold.ids == warm.ids == next_distribution(row).ids == (1, 2, 0, 3)
    with pytest.raises(ValueError, match="above 0"):
        next_distribution(row, 0)


@pytest.mark.parametrize("text", SENTENCES)
def test_the_distribution_is_that_of_the_plain_forward(model: Model, text: str) -> None:
    done = write(model, text)
    logits = attnviz.logits(model, text, done.trace.target)
    for step in range(done.n_steps):
        found = next_distribution(done.trace.logits[step])
        own = torch.softmax(torch.tensor(logits[step]), -1)
        np.testing.assert_allclose(found.probabilities, own[list(found.ids)], atol=1e-5)
        assert 0 <= found.rest < 1


@pytest.mark.parametrize("text", [*SENTENCES, "word " * 40, "Straße 😀 3.5 <b>"])
def test_writing_one_by_one_gives_the_rows_of_all_at_once(model: Model, text: str) -> None:
    done = write(model, text)
    stepwise = one_by_one(model, done.source, done.ids)
    found = apart(done.trace, stepwise)
    assert max(found.decoder_self, found.cross) < 2e-5
    assert found.logits <= 1e-5 * max(1.0, found.largest_logit)
    later = ~done.trace.decoder_self[0].mask
    assert np.isnan(stepwise.decoder_self[:, :, later]).all()
    assert all((call.weights[:, later] == 0).all() for call in done.trace.decoder_self)


def test_apart_sees_a_row_that_moved(model: Model) -> None:
    done = write(model, SENTENCES[0])
    other = write(model, SENTENCES[0], "Ein Hund")
    stepwise = one_by_one(model, done.source, done.ids)
    without = model.transformer.decode(
        torch.tensor([[START_ID, *done.ids]]),
        model.transformer.encode(torch.tensor([done.source])).hidden,
        causal=False,
    )
    moved = np.abs(model.transformer.logits(without.hidden)[0].numpy() - stepwise.logits).max()
    assert moved > 0.1  # without the causal mask the two are different computations
    assert other.ids[:2] != done.ids[:2]


@pytest.mark.parametrize("text", SENTENCES)
def test_nothing_forced_is_the_models_own_translation(model: Model, text: str) -> None:
    done = write(model, text)
    assert done.trace.target == attnviz.translate(model, text)
    assert done.ended
    assert done.steps[-1] == END
    assert len(done.steps) == done.n_steps == len(done.ids) + 1
    assert done.trace.next_tokens[: done.n_steps - 1] == done.steps[:-1]
    layer, head, step = telling(done.trace, done.steps)
    assert step < done.n_steps
    assert telling(done.trace, done.steps, 1, 3)[:2] == (1, 3)
    assert layer < len(done.trace.cross)
    assert head < done.trace.cross[0].n_heads


@pytest.mark.parametrize("beginning", ["Ein Hund", "Regier", "Straße , 3.5 ; </b>", "日本 😀"])
def test_what_is_forced_is_kept_and_greedy_goes_on_from_there(model: Model, beginning: str) -> None:
    done = write(model, SENTENCES[0], beginning)
    start = forced(model, beginning).ids
    assert done.ids[: len(start)] == start == done.prefix
    row = torch.tensor(done.trace.logits)
    for step in range(len(start), done.n_steps):
        target = torch.tensor([[START_ID, *done.ids[:step]]])
        likeliest = int(model.transformer.forbid(row[step : step + 1], target).argmax())
        assert likeliest == (*done.ids, END_ID)[step]
    assert searched(model, SENTENCES[0], 1, beginning).ranked(0)[0].ids == (*done.ids, END_ID)[: done.n_steps]


def test_the_end_can_be_forced(model: Model) -> None:
    done = write(model, SENTENCES[0], f"Ich gehe {END}")
    assert done.trace.target == "Ich gehe"
    assert done.ended
    assert done.n_steps == done.n_forced == len(done.ids) + 1
    nothing = write(model, SENTENCES[0], END)
    assert (nothing.ids, nothing.n_steps, nothing.steps) == ((), 1, (END,))
    assert apart(nothing.trace, one_by_one(model, nothing.source, ())).logits < 1e-4


def test_a_forced_text_that_never_ends_is_cut(model: Model) -> None:
    cut = forced(model, "Hund " * 400)
    assert cut.n_dropped > 0
    done = write(model, "Go !", "Hund " * 400)
    assert done.ids == cut.ids
    assert len(done.ids) == attnviz.MAX_TOKENS


def test_a_chosen_token_is_forced_as_text(model: Model) -> None:
    done = write(model, SENTENCES[0])
    step = done.n_steps // 2
    for token in next_distribution(done.trace.logits[step]).ids:
        if token in (PAD_ID, START_ID, MASK_ID):
            continue
        text = continued(model, done.ids[:step], token)
        assert text.endswith(END) == (token == END_ID)
        assert write(model, SENTENCES[0], text).trace.target.startswith(text.removesuffix(END).strip())
        assert piece(model, token)


@pytest.mark.parametrize("n_padding", [1, 12])
def test_masked_padding_changes_nothing_and_open_padding_does(model: Model, n_padding: int) -> None:
    done = write(model, SENTENCES[0])
    masked = padded(model, done, n_padding, mask_padding=True)
    assert masked.translation == done.trace.target
    assert masked.on_padding == 0
    assert masked.weights < 2e-5
    assert masked.logits < 1e-4
    seen = padded(model, done, n_padding, mask_padding=False)
    assert seen.on_padding > 0
    assert seen.weights > 100 * masked.weights
    assert seen.logits > 100 * masked.logits


@pytest.mark.parametrize("mask_padding", [True, False])
@pytest.mark.parametrize("beginning", ["", "Ein", "Der Hund " + END])
def test_what_padding_leaves_alone_is_not_written_twice(model: Model, mask_padding: bool, beginning: str) -> None:
    for text in SENTENCES:
        done = write(model, text, beginning)
        source = torch.tensor([[*done.source, *[PAD_ID] * 8]])
        (ids,) = model.transformer.greedy(source, done.limit, done.prefix, mask_padding=mask_padding)
        found = padded(model, done, 8, mask_padding=mask_padding)
        assert found.translation == spelled(model.tokenizer, ids)


def test_no_padding_is_no_change(model: Model) -> None:
    done = write(model, SENTENCES[0], "Der Hund")
    found = padded(model, done, 0, mask_padding=False)
    assert found.translation == done.trace.target
    assert found.on_padding == 0
    assert found.logits < 1e-4
