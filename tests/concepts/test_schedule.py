"""Warm-up: the published rates, torch's own Adam and schedulers, 100 seeds, and schedules that are wrong."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnviz.concepts import schedule as concept
from attnviz.concepts.schedule import (
    FirstSteps,
    first_steps,
    learning_rate_factor,
    own_schedule,
    rate,
    schedule,
)
from attnviz.model.attention import MultiHeadAttention
from training import train

Rate = Callable[[float, int, int], float]


def test_published_rates(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["vaswani.lr"]["value"]
    d_model, warmup = value["d_model"], value["warmup"]
    for step, expected in value["step"].items():
        assert abs(rate(int(step), d_model, warmup) - expected) < 1e-12
    found = schedule(d_model, warmup, 20000)
    assert found.peak_step == value["peak_step"]
    assert abs(found.peak - value["peak"]) < 1e-12
    assert abs(schedule(d_model, 8000, 20000).peak - value["w8000_peak"]) < 1e-12
    assert abs(schedule(256, warmup, 20000).peak - value["d256_peak"]) < 1e-12
    rates = [rate(step, d_model, warmup) for step in range(1, 20001)]
    assert 1 + int(np.argmax(rates)) == value["peak_step"]


def test_torchs_scheduler_gives_the_same_rates() -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: 192**-0.5 * min((done + 1) ** -0.5, (done + 1) * 30**-1.5)
    )
    for step in range(1, 100):
        assert rate(step, 192, 30) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
        optimiser.step()
        scheduler.step()


def test_the_drawn_schedule_is_the_formula_at_whole_steps() -> None:
    found = schedule(128, 500, 3000)
    assert (found.steps[0], found.steps[-1]) == (1, 3000)
    assert 500 in found.steps
    assert (found.steps == found.steps.round()).all()
    np.testing.assert_allclose(found.rates, [rate(step, 128, 500) for step in found.steps], rtol=1e-15)
    np.testing.assert_array_equal(found.rates, np.minimum(found.rising, found.falling))
    assert found.rates.max() == found.peak


def test_steps_count_from_one() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        rate(0, 512, 4000)


# What the page says about the schedule, as functions of an implementation.


def has_its_peak_at_warmup(implementation: Rate, d_model: int, warmup: int) -> bool:
    steps = [1, max(1, warmup - 1), warmup, warmup + 1, 2 * warmup]
    best = max(steps, key=lambda step: implementation(step, d_model, warmup))
    return best == warmup and math.isclose(implementation(warmup, d_model, warmup), 1 / math.sqrt(d_model * warmup))


def rises_evenly_then_falls_with_the_root(implementation: Rate, d_model: int, warmup: int) -> bool:
    rising = implementation(warmup, d_model, warmup) / implementation(1, d_model, warmup)
    falling = implementation(4 * warmup, d_model, warmup) / implementation(warmup, d_model, warmup)
    return math.isclose(rising, warmup) and math.isclose(falling, 0.5)


def is_smaller_for_a_wider_model(implementation: Rate, d_model: int, warmup: int) -> bool:
    return math.isclose(implementation(7, 4 * d_model, warmup), implementation(7, d_model, warmup) / 2)


FACTS = [has_its_peak_at_warmup, rises_evenly_then_falls_with_the_root, is_smaller_for_a_wider_model]


@given(st.integers(1, 5000), st.integers(2, 20000))
def test_facts_hold_for_any_schedule(d_model: int, warmup: int) -> None:
    assert all(fact(rate, d_model, warmup) for fact in FACTS)


@pytest.mark.parametrize(
    ("mutant", "fact"),
    [
        (lambda step, d_model, warmup: rate(step, 1, warmup), is_smaller_for_a_wider_model),  # no scaling by d_model
        (lambda step, d_model, warmup: rate(step, d_model, 1), has_its_peak_at_warmup),  # no warm-up
        (lambda step, d_model, warmup: rate(step + 1, d_model, warmup), has_its_peak_at_warmup),  # from 0
        (
            lambda step, d_model, warmup: d_model**-0.5 * max(step**-0.5, step * warmup**-1.5),
            rises_evenly_then_falls_with_the_root,
        ),
    ],
    ids=["no d_model", "no warm-up", "from 0", "max"],
)
def test_a_fact_fails_on_a_wrong_schedule(mutant: Rate, fact: Callable[[Rate, int, int], bool]) -> None:
    assert not fact(mutant, 512, 4000)


# The first steps of a small training.


def test_the_small_training_is_torchs_adam() -> None:
    rates = [rate(step, 16, 10) for step in range(1, 7)]
    found = first_steps(rates, 3, 16, n_heads=2)
    chance = torch.Generator().manual_seed(3)
    model, teacher = (concept._random_layer(16, 2, chance) for _ in range(2))
    assert isinstance(model, MultiHeadAttention)
    inputs = torch.randn(4, 12, 16, generator=chance)
    wanted = teacher(inputs, inputs, None)[0].detach()
    start = model.W_Q.weight.detach().clone()
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for row, learning_rate in enumerate([*rates, 0.0]):
        loss = torch.nn.functional.mse_loss(model(inputs, inputs, None)[0], wanted)
        assert found.losses[row] == pytest.approx(float(loss.detach()), rel=1e-3)
        moved = float((model.W_Q.weight - start).detach().norm() / start.norm())
        assert found.moved[row] == pytest.approx(moved, rel=1e-3, abs=1e-9)
        adam.param_groups[0]["lr"] = learning_rate
        adam.zero_grad()
        loss.backward()
        adam.step()


def without_warm_up_is_wild(wild: FirstSteps) -> bool:
    jumps = wild.losses.max() > 2 * wild.losses[0]
    return bool(jumps and 0.9 < wild.moved[1] < 1.1 and wild.largest[-1] > wild.largest[0] + 0.05)


def with_warm_up_is_tame(tame: FirstSteps) -> bool:
    return bool((np.diff(tame.losses) < 0).all() and tame.moved[-1] < 0.1)


def test_what_the_page_says_holds_for_100_of_100_seeds() -> None:
    steps = range(1, 5)
    wild = [first_steps([rate(step, 64, 1) for step in steps], seed, 64) for seed in range(100)]
    tame = [first_steps([rate(step, 64, 100) for step in steps], seed, 64) for seed in range(100)]
    assert [seed for seed, run in enumerate(wild) if not without_warm_up_is_wild(run)] == []
    assert [seed for seed, run in enumerate(tame) if not with_warm_up_is_tame(run)] == []
    assert not with_warm_up_is_tame(wild[0])
    assert not without_warm_up_is_wild(tame[0])


# Our own schedule.


def test_training_uses_the_schedule_that_the_page_draws() -> None:
    assert vars(train)["learning_rate_factor"] is learning_rate_factor


@pytest.mark.parametrize(
    ("step", "progress", "factor"),
    [
        (0, 0, 1 / 120),
        (59, 0.01, 0.5),
        (119, 0.1, 1),
        (500, 0.55, 1),
        (500, 0.775, 0.5),
        (500, 0.999, 0.02),
        (9, 2, 0.02 / 12),
    ],
)
def test_our_own_factor(step: int, progress: float, factor: float) -> None:
    assert learning_rate_factor(step, progress) == pytest.approx(factor)


def test_our_own_schedule_over_a_recorded_training() -> None:
    steps, factors = own_schedule([500, 1000, 2000], [100.0, 250.0, 400.0])
    assert (steps[0], steps[-1]) == (1, 2000)
    assert factors.max() == 1
    at = dict(zip(steps.astype(int), factors, strict=True))
    assert at[60] == pytest.approx(0.5)
    late = [factor for step, factor in at.items() if step > 1000]
    assert late == sorted(late, reverse=True)
    assert late[-1] == 0.02
    half_time = max(step for step, factor in at.items() if factor == 1)
    assert half_time == pytest.approx(500 + 500 * (220 - 100) / 150, abs=6)  # .55 of 400 seconds


def test_a_very_short_training_has_a_schedule() -> None:
    steps, factors = own_schedule([3], [1.0])
    np.testing.assert_array_equal(steps, [1, 2, 3])
    assert np.isfinite(factors).all()
