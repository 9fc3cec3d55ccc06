"""Turns a 4-bit file of a Llama (GGUF) into a folder of ``transformers`` with numbers of 32 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from attnviz.hf.errors import HFError
from attnviz.hf.model import quiet

CONTROL = 3  # a special token's type
NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
OF_A_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(name: str, file: Path, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer's files into ``folder``; numbers stay the 4-bit copy's."""
    try:
        import gguf
    except ImportError as error:
        raise HFError(
            name, "its copy is a GGUF file", "pip install -r requirements-hf.txt -c constraints.txt"
        ) from error
    reader = gguf.GGUFReader(file)

    def told(field: str) -> Any:
        return reader.fields[field].contents()

    if told("general.architecture") != "llama":
        raise HFError(name, f"a GGUF file of {told('general.architecture')} can't be read, only one of llama")
    heads, shared = told("llama.attention.head_count"), told("llama.attention.head_count_kv")
    state = {}
    for tensor in reader.tensors:
        numbers = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(tuple(reversed(tensor.shape)))
        if ".attn_q." in tensor.name or ".attn_k." in tensor.name:
            numbers = _in_halves(numbers, heads if ".attn_q." in tensor.name else shared)
        state[_named(tensor.name)] = torch.from_numpy(np.array(numbers, dtype=np.float32))
    config = LlamaConfig(
        vocab_size=told("llama.vocab_size"),
        hidden_size=told("llama.embedding_length"),
        intermediate_size=told("llama.feed_forward_length"),
        num_hidden_layers=told("llama.block_count"),
        num_attention_heads=heads,
        num_key_value_heads=shared,
        max_position_embeddings=told("llama.context_length"),
        rms_norm_eps=float(f"{told('llama.attention.layer_norm_rms_epsilon'):.6g}"),
        rope_parameters={"rope_type": "default", "rope_theta": told("llama.rope.freq_base")},
        tie_word_embeddings="lm_head.weight" not in state,
        bos_token_id=told("tokenizer.ggml.bos_token_id"),
        eos_token_id=told("tokenizer.ggml.eos_token_id"),
        pad_token_id=told("tokenizer.ggml.padding_token_id"),
    )
    with quiet():
        network = LlamaForCausalLM(config)
        absent = network.load_state_dict(state, strict=False).missing_keys
        if set(absent) - {"lm_head.weight"} or (absent and not config.tie_word_embeddings):
            raise HFError(name, f"its file lacks {len(absent)} tensors", "fetch it again")
        network.save_pretrained(folder)
    _tokenizer(told, told("llama.context_length")).save_pretrained(folder)


def _named(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{OF_A_LAYER[part]}.weight"


def _in_halves(numbers: NDArray[Any], heads: int) -> NDArray[Any]:
    """Order the rows as ``transformers`` turns them: GGUF puts the two columns of each angle side by side."""
    pairs = numbers.reshape(heads, numbers.shape[0] // heads // 2, 2, -1)
    return pairs.swapaxes(1, 2).reshape(numbers.shape)


def _tokenizer(told: Any, longest: int) -> Any:
    pieces, kinds = told("tokenizer.ggml.tokens"), told("tokenizer.ggml.token_type")
    merges = [tuple(line.split(" ", 1)) for line in told("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({piece: index for index, piece in enumerate(pieces)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([piece for piece, kind in zip(pieces, kinds, strict=True) if kind == CONTROL])
    named = {
        f"{ours}_token": pieces[told(f"tokenizer.ggml.{theirs}_token_id")]
        for ours, theirs in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))
    }
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=longest, **named)
