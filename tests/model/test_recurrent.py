"""The recurrent translator's shape, its strict loading, and the plain dot product as its score."""

import json
from pathlib import Path

import pytest
import torch

from attnviz.model.attention import attend
from attnviz.model.checkpoint import ModelError, load_checkpoint, load_recurrent, save_checkpoint
from attnviz.model.recurrent import RecurrentConfig, RecurrentTranslator
from training.tokenizer import train_tokenizer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer = train_tokenizer(["the cat sat", "die Katze"], 280)
    torch.manual_seed(0)
    network = RecurrentTranslator(RecurrentConfig(tokenizer.get_vocab_size(), 16, 24))
    save_checkpoint(tmp_path / "small", network, tokenizer)
    return tmp_path / "small"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    network, _ = load_recurrent(folder)
    assert network.config.attention
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_transformer_is_no_recurrent_model(folder: Path) -> None:
    with pytest.raises(ModelError, match="not a valid configuration"):
        load_checkpoint(folder)


def test_another_shape_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"attention": False}))
    with pytest.raises(ModelError, match="sha256"):
        load_recurrent(folder)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "8"])
def test_impossible_sizes_are_refused(size: object) -> None:
    with pytest.raises(ValueError, match="d_hidden"):
        RecurrentConfig(d_hidden=size)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="config names differ"):
        RecurrentConfig.from_dict({"d_hidden": 3})


def test_scale_one_is_the_plain_dot_product() -> None:
    query, key, value = (torch.randn(2, 5, 7, dtype=torch.float64) for _ in range(3))
    steps = attend(query, key, value, scale=1.0)
    assert torch.equal(steps.scaled_scores, steps.scores)
    assert torch.allclose(steps.weights, (query @ key.mT).softmax(dim=-1))
    assert torch.allclose(attend(query, key, value, scale=7**-0.5).weights, attend(query, key, value).weights)
