"""Sinusoidal positions against the published numbers."""

from typing import Any

import pytest
import torch

from attnviz.model.positions import sinusoidal_positions


def test_the_papers_formula(golden: dict[str, dict[str, Any]]) -> None:
    published = torch.tensor(golden["vaswani.pe_d4"]["value"])
    torch.testing.assert_close(sinusoidal_positions(3, 4), published, atol=1e-6, rtol=0)


def test_not_the_tensor2tensor_layout(golden: dict[str, dict[str, Any]]) -> None:
    other = torch.tensor(golden["illustrated_transformer.pe_t2t_d4"]["value"])
    assert (sinusoidal_positions(3, 4) - other).abs().max() > 0.5


def test_identities(golden: dict[str, dict[str, Any]]) -> None:
    positions = sinusoidal_positions(200, 512)
    torch.testing.assert_close(positions.norm(dim=1), torch.full((200,), 16.0), atol=1e-4, rtol=0)
    for offset, cosine in golden["pe.identities"]["value"]["cos_by_offset_d512"].items():
        measured = torch.cosine_similarity(positions[40], positions[40 + int(offset)], dim=0)
        assert measured.item() == pytest.approx(cosine, abs=1e-3)


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        sinusoidal_positions(3, 5)
