"""The whole model: shapes, padding, decoding, and the paper's block against PyTorch's own layer."""

import dataclasses
from typing import Any

import pytest
import torch
from torch import nn

from attnviz.model.config import Config
from attnviz.model.layers import EncoderLayer
from attnviz.model.transformer import END_ID, PAD_ID, START_ID, Transformer

SMALL = Config(vocabulary_size=50, d_model=24, n_heads=3, n_encoder_layers=2, n_decoder_layers=2, d_ff=40)


@pytest.fixture(scope="module")
def small() -> Transformer:
    torch.manual_seed(1)
    return Transformer(SMALL).eval().requires_grad_(False)


@pytest.mark.parametrize("norm_first", [True, False])
def test_the_encoder_layer_equals_pytorchs(norm_first: bool) -> None:
    torch.manual_seed(2)
    config = dataclasses.replace(SMALL, norm_first=norm_first)
    ours = EncoderLayer(config).eval()
    theirs = nn.TransformerEncoderLayer(24, 3, 40, batch_first=True, norm_first=norm_first).eval()
    attention = ours.self_attention
    first, _, second = ours.feed_forward
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(
            torch.cat([attention.W_Q.weight, attention.W_K.weight, attention.W_V.weight])
        )
        theirs.self_attn.in_proj_bias.copy_(torch.cat([attention.W_Q.bias, attention.W_K.bias, attention.W_V.bias]))
        for mine, its in (
            (attention.W_O, theirs.self_attn.out_proj),
            (first, theirs.linear1),
            (second, theirs.linear2),
            (ours.self_residual.norm, theirs.norm1),
            (ours.feed_forward_residual.norm, theirs.norm2),
        ):
            its.load_state_dict(mine.state_dict())
    x = torch.randn(2, 5, 24)
    torch.testing.assert_close(ours(x, None)[0], theirs(x), atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing(small: Transformer) -> None:
    short, long = [5, 6, 7, END_ID], [8, 9, 10, 11, 12, 13, END_ID]
    target = torch.tensor([[START_ID, 20, 21]])
    alone = small(torch.tensor([short]), target)
    batch = torch.tensor([short + [PAD_ID] * 3, long])
    together = small(batch, target.expand(2, -1))
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-5)


def test_later_target_tokens_leave_earlier_logits_untouched(small: Transformer) -> None:
    source = torch.tensor([[5, 6, 7, END_ID]])
    first = small(source, torch.tensor([[START_ID, 20, 21, 22]]))
    second = small(source, torch.tensor([[START_ID, 20, 30, 31]]))
    torch.testing.assert_close(first[:, :2], second[:, :2], atol=1e-6, rtol=0)
    assert (first[:, 2:] - second[:, 2:]).abs().max() > 1e-3


def test_greedy_takes_the_likeliest_token_each_time(small: Transformer) -> None:
    source = torch.tensor([[5, 6, 7, END_ID]])
    (ids,) = small.greedy(source, 12)
    for position, token in enumerate(ids):
        logits = small(source, torch.tensor([[START_ID, *ids[:position]]]))[0, -1]
        logits[[PAD_ID, START_ID, 3]] = -torch.inf
        if position > 1 and ids[position - 1] == ids[position - 2]:
            logits[ids[position - 1]] = -torch.inf
        assert token == logits.argmax()
    assert all(len(set(ids[i : i + 3])) > 1 for i in range(len(ids) - 2))


def test_greedy_in_a_batch_equals_greedy_alone(small: Transformer) -> None:
    sources = [[5, 6, END_ID], [8, 9, 10, 11, END_ID]]
    batch = torch.tensor([sources[0] + [PAD_ID] * 2, sources[1]])
    assert small.greedy(batch, 9) == [small.greedy(torch.tensor([source]), 9)[0] for source in sources]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"n_heads": 5}, "split"), ({"d_model": 0}, "positive"), ({"d_model": 21, "n_heads": 3}, "even")],
)
def test_impossible_sizes_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SMALL, **change)


def test_greedy_goes_on_from_a_given_beginning(small: Transformer) -> None:
    source = torch.tensor([[5, 6, 7, END_ID], [8, 9, END_ID, PAD_ID]])
    free = small.greedy(source, 8)
    started = small.greedy(source, 8, [20, 21, 22])
    assert all(ids[:3] == [20, 21, 22] and len(ids) <= 8 for ids in started)
    assert small.greedy(source, 8, free[0][:2])[0] == free[0]
    assert small.greedy(source, 8, [20, END_ID]) == [[20], [20]]


def test_padding_that_is_seen_is_not_the_same(small: Transformer) -> None:
    alone, filled = torch.tensor([[5, 6, END_ID]]), torch.tensor([[5, 6, END_ID] + [PAD_ID] * 30])
    assert small.greedy(filled, 8) == small.greedy(alone, 8) == small.greedy(alone, 8, mask_padding=False)
    open_memory = small.encode(filled).hidden[:, :3]
    assert (open_memory - small.encode(alone).hidden).abs().max() > 1e-3


def test_extend_gives_the_last_row_of_decode(small: Transformer) -> None:
    memory = small.encode(torch.tensor([[5, 6, 7, END_ID]])).hidden
    target = torch.tensor([[START_ID, 20, 21, 22]])
    whole, pasts = small.decode(target, memory), small.start(memory)
    for size in range(1, 5):
        step = small.extend(target[:, :size], memory, pasts)
        pasts = step.pasts
        torch.testing.assert_close(step.logits, small.logits(whole.hidden[:, size - 1]), atol=1e-5, rtol=1e-5)
        for run, own in zip(step.layers, whole.layers, strict=True):
            for name in ("self", "cross"):
                query = own.attention[name].query[:, :, size - 1 : size]
                torch.testing.assert_close(run.attention[name].query, query, atol=1e-5, rtol=1e-5)
