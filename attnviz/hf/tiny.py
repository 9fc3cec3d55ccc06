"""Tiny random models of many types: to try what is known of each, in seconds and without weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import CONFIG_MAPPING, AutoModel, AutoModelForCausalLM, PreTrainedTokenizerFast

# One size for whatever a configuration calls it.
_SAME = {
    32: "hidden_size d_model n_embd dim embedding_size word_embed_proj_dim emb_dim d_embed",
    3: "num_hidden_layers n_layer n_layers num_layers encoder_layers num_encoder_layers",
    2: "decoder_layers num_decoder_layers num_key_value_heads multi_query_group_num num_experts_per_tok eos_token_id",
    4: "num_attention_heads n_head n_heads num_heads encoder_attention_heads decoder_attention_heads attention_heads "
    "num_encoder_attention_heads num_decoder_attention_heads sliding_window "
    "num_experts num_local_experts n_routed_experts moe_num_experts",
    8: "head_dim d_kv d_head query_pre_attn_scalar",
    64: "intermediate_size ffn_dim d_ff hidden_dim n_inner d_inner encoder_ffn_dim decoder_ffn_dim ffn_hidden_size "
    "max_position_embeddings n_positions n_ctx max_seq_len",
    16: "moe_intermediate_size",
    200: "vocab_size",
    0: "pad_token_id",
    1: "bos_token_id",
}
SIZES: dict[str, Any] = {name: size for size, names in _SAME.items() for name in names.split()}

LATENT = {
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "n_group": 1,
    "topk_group": 1,
    "num_key_value_heads": 4,
}
OWN: dict[str, dict[str, Any]] = {
    "albert": {"embedding_size": 16},
    "electra": {"embedding_size": 16},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]], "num_layers": 4, "window_size": 4},
    "deepseek_v3": LATENT,
    "deepseek_v2": LATENT,
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 4},
    "longformer": {"attention_window": 4},
    "led": {
        "attention_window": 4,
        "max_encoder_position_embeddings": 64,
        "max_decoder_position_embeddings": 64,
    },
    "gptj": {"rotary_dim": 4},
    "codegen": {"rotary_dim": 4},
    "ctrl": {"dff": 64},
    "marian": {"decoder_start_token_id": 0},
    "qwen3_next": {
        "linear_num_value_heads": 4,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "num_hidden_layers": 4,
    },
    # its "no norm" lets numbers grow from layer to layer, until float32 has no five digits left for their softmax
    "mobilebert": {"intra_bottleneck_size": 32, "embedding_size": 16, "true_hidden_size": 32, "num_hidden_layers": 2},
    "fsmt": {"src_vocab_size": 200, "tgt_vocab_size": 200, "langs": ["en", "de"]},
    "squeezebert": dict.fromkeys(
        ["q_groups", "k_groups", "v_groups", "post_attention_groups", "intermediate_groups", "output_groups"], 1
    ),
    "jamba": {
        "num_hidden_layers": 4,
        "attn_layer_period": 2,
        "attn_layer_offset": 1,
        "expert_layer_period": 2,
        "use_mamba_kernels": False,
    },
    "convbert": {"head_ratio": 2},
    "rembert": {"input_embedding_size": 16, "output_embedding_size": 16},
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 1, "state_size": 8, "expand": 2},
}
# Where the common name means something else.
NOT: dict[str, tuple[str, ...]] = {
    "xlnet": ("max_position_embeddings", "n_positions"),
    "gpt_neo": ("num_hidden_layers",),
    "falcon": ("head_dim",),
    "prophetnet": ("num_hidden_layers",),
    "mamba2": ("num_attention_heads",),
    "deepseek_v2": ("head_dim",),
    "deepseek_v3": ("head_dim",),
}


def tiny_config(kind: str, **sizes: Any) -> Any:
    """Return a configuration of a model type, as small as it goes but for the ``sizes`` that are given."""
    cls = CONFIG_MAPPING[kind]
    base = cls()
    have = base.to_dict()
    named = have.keys() | cls.attribute_map.keys()
    known = {name: size for name, size in SIZES.items() if name in named or hasattr(base, name)}
    known |= OWN.get(kind, {}) | sizes
    return cls(**{name: size for name, size in known.items() if name not in NOT.get(kind, ())})


def tiny_model(kind: str, **sizes: Any) -> Any:
    """Make a model of a type with random numbers from a fixed seed, larger than those that training starts from."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = tiny_config(kind, **sizes)
        try:
            network = AutoModel.from_config(config, attn_implementation="eager")
        except ValueError:
            network = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            drawn = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                parameter.copy_(drawn / parameter.shape[-1] ** 0.5)
            else:
                parameter.add_(drawn * 0.1)
    if kind == "xmod":
        network.set_default_language("en_XX")
    return network.eval().float()


def tiny_tokenizer() -> Any:
    """Return a tokenizer of two hundred tokens, a letter each where it can."""
    words = ["<pad>", "<s>", "</s>", "<unk>", *(chr(code) for code in range(0x21, 0x7F))]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=64,
    )


def save_tiny(network: Any, folder: Path) -> None:
    """Write a network and the tokenizer that all of them share into a folder, as the hub holds them."""
    network.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
