"""What recording a model of others costs, and what all its heads weigh: ``make bench``. Ratios within one run."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import torch

import attnviz
from attnviz.components.heads import message
from attnviz.hf import HFModel
from attnviz.hf.tiny import tiny_model, tiny_tokenizer
from attnviz.model.place import MODELS
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.session.screen import Screen
from attnviz.trace.listed import NOTE
from attnviz.trace.seen import seen

N_TOKENS = 128
GOAL = 1.3  # recorded over plain

Ratio = Callable[[Callable[[], object], Callable[[], object]], tuple[float, float]]


def other_costs(paired_ratio: Ratio) -> None:
    """Print trace() over the model's own plain forward pass: its fused attention, and nothing recorded."""
    text = "abcdefgh " * (N_TOKENS // 8)
    print(f"\n{'tokens':>6} {'model of others':>16} {'plain ms':>9} {'trace/plain':>12} {'goal':>6}")
    models: dict[str, Any] = {"small llama": _small("llama", hidden_size=256, intermediate_size=688, head_dim=32)}
    if (MODELS / "minilm" / NOTE).is_file():
        models["minilm"] = attnviz.load_model(f"hf:{MODELS / 'minilm'}")
    else:
        print(f"{'':>6} {'minilm':>16} is not here: make model MODEL=minilm")
    for name, model in models.items():
        read = text if name != "minilm" else "the house is old and the garden is new " * 20
        n_tokens = len(attnviz.trace(model, read).tokens)
        ratio, floor = paired_ratio(partial(attnviz.trace, model, read), _plain(model, read, n_tokens))
        print(f"{n_tokens:>6} {name:>16} {floor:>9.1f} {ratio:>12.2f} {GOAL:>6.2f}")


def large_views() -> None:
    """Print what 12 x 12 heads on 128 tokens weigh: the page's message, and attnviz.show's HTML."""
    model = _small("bert", hidden_size=144, num_hidden_layers=12, num_attention_heads=12)
    trace = attnviz.trace(model, " ".join("abcdefgh"[index % 8] for index in range(N_TOKENS)))
    shown = seen(trace, "encoder_self", by_word=True, special=False)
    screen = Screen(Choices(model=trace.model_name), Texts("en"), trace, lambda: trace, 0, 0, 0, 0)
    sent = len(message(screen, shown, shown, per_head=False, transposed=False))
    written = len(attnviz.show(trace)._repr_html_().encode())
    print(f"\n{'heads':>6} {'words':>6} {'page, bytes':>12} {'goal':>9} {'show, bytes':>12} {'goal':>9}")
    print(f"{144:>6} {len(trace.words):>6} {sent:>12} {6_000_000:>9} {written:>12} {3_000_000:>9}")


def _small(kind: str, **sizes: int) -> Any:
    tokenizer = tiny_tokenizer()
    tokenizer.model_max_length = 2 * N_TOKENS
    return attnviz.wrap_hf(tiny_model(kind, max_position_embeddings=2 * N_TOKENS, **sizes), tokenizer, kind)


def _plain(model: HFModel, text: str, n_tokens: int) -> Callable[[], object]:
    """Return the forward pass of a second copy of the network, as ``transformers`` itself runs it."""
    copy = type(model.network)(deepcopy(model.network.config)).eval()  # which holds how attention is computed
    copy.load_state_dict(model.network.state_dict())
    copy.set_attn_implementation("sdpa")
    ids = torch.tensor([model.tokenizer(text)["input_ids"][:n_tokens]])

    @torch.inference_mode()
    def forward() -> Any:
        return copy(input_ids=ids, use_cache=False) if model.kind == "decoder" else copy(input_ids=ids)

    return forward
