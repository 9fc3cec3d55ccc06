"""What is known of each model type, tried with tiny random models.

``python -m attnviz.hf.types > docs/model-types.md``
"""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import torch
import transformers

from attnviz.hf.errors import HFError
from attnviz.hf.model import prepared
from attnviz.hf.tiny import tiny_model, tiny_tokenizer

TABLE = Path(__file__).parents[2] / "docs" / "model-types.md"
_NAMES = """
    bert roberta xlm-roberta camembert distilbert albert electra mpnet deberta deberta-v2 modernbert nomic_bert
    eurobert esm roformer longformer big_bird xlnet convbert mobilebert squeezebert rembert layoutlm ernie roc_bert
    megatron-bert xlm flaubert nystromformer ibert data2vec-text xmod luke bert-generation
    gpt2 gpt_neo gpt_neox gptj gpt_bigcode opt bloom falcon mpt llama mistral ministral mixtral qwen2 qwen2_moe qwen3
    qwen3_moe qwen3_next gemma gemma2 gemma3_text phi phi3 olmo olmo2 smollm3 cohere cohere2 cohere2_moe granite gpt_oss
    stablelm starcoder2 deepseek_v2 deepseek_v3 glm glm4 nemotron helium persimmon codegen ctrl openai-gpt xglm biogpt
    exaone exaone4 exaone_moe lfm2 jamba mamba mamba2 rwkv bitnet modernbert-decoder arcee hunyuan_v1_dense ernie4_5
    ernie4_5_moe seed_oss apertus aria_text cwm doge diffllama afmoe granite_swa gpt_neox_japanese
    t5 mt5 umt5 longt5 switch_transformers bart mbart marian m2m_100 pegasus pegasus_x blenderbot blenderbot-small
    plbart nllb-moe prophetnet fsmt led bigbird_pegasus
"""
TYPES = tuple(_NAMES.split())
HEAD = f"""# Model types

What attnviz knows of a model of [transformers](../requirements-hf.txt) {transformers.__version__}, by its \
`model_type`. Made by `python -m attnviz.hf.types`, which tries each with a tiny random model; \
`tests/hf/test_types.py` recomputes every number of each in float64.

- **full**: everything that a record of our own models holds, every number from its neighbours.
- **partly**: all but what the last column names.
- **weights only**: the weights that the model itself gives away, and not what they are made of.
- **refused**: nothing, and why.

| type | what is known | attention calls of three layers | why not all |
|---|---|---|---|
"""


class Row(NamedTuple):
    """One line of the table."""

    kind: str
    tier: str
    calls: str
    reason: str

    def __str__(self) -> str:
        return f"| {self.kind} | {self.tier} | {self.calls} | {self.reason} |"


def row_of(kind: str) -> Row:
    """Try one type."""
    try:
        model = prepared(kind, tiny_model(kind), tiny_tokenizer())
    except HFError as error:
        return Row(kind, "refused", "", str(error).removeprefix(f"{kind}: ").removesuffix("."))
    calls = ", ".join(f"{part} {count}" for part, count in model.n_layers.items())
    return Row(kind, model.tier, calls, model.reason)


def rows_of(table: str) -> list[Row]:
    """Read the lines of the table back."""
    line = re.compile(r"^\| (\S+) \| (full|partly|weights only|refused) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)
    return [Row(*found) for found in line.findall(table)]


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows = [row_of(kind) for kind in TYPES]
    counts = {tier: sum(row.tier == tier for row in rows) for tier in ("full", "partly", "weights only", "refused")}
    told = ", ".join(f"{count} {tier}" for tier, count in counts.items())
    sys.stdout.write(HEAD + "\n".join(map(str, rows)) + f"\n\nOf {len(rows)} types: {told}.\n")


if __name__ == "__main__":
    main()
