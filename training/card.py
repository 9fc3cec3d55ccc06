"""Writes MODEL_CARD.md from evaluation.json: ``python -m training.card --weights weights/translator``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from training.card_links import links, relations
from training.head_words import decoder_table, encoder_table
from training.markdown import literal, table

BLOCKS = {
    True: "`x + Sublayer(LayerNorm(x))`, LayerNorm **before** each sub-layer and once more after the last layer "
    "(pre-norm, `norm_first: true`). The paper has `LayerNorm(x + Sublayer(x))`; in trial runs on this text "
    "the attention of post-norm models stayed near uniform.",
    False: "`LayerNorm(x + Sublayer(x))`, LayerNorm after each sub-layer, as in the paper (post-norm, "
    "`norm_first: false`).",
}
OPTIMISERS = {
    "muon": "Muon (Jordan et al. 2024) for the matrices inside the layers, Adam for embeddings, biases and LayerNorm",
    "adam": "Adam for all parameters",
}
DATA = """\
| text | pairs or sentences | used for | origin | licence |
|---|---|---|---|---|
| Tatoeba, English-German | 177,780 pairs | translation, masked words (English side) | tatoeba.org, by way of \
www.manythings.org/anki and the OPUS-MT test sets | CC BY 2.0 FR |
| Bible, Berean Standard Bible and Menge 1939 | 28,860 pairs | translation (a tenth of them each round), masked words \
| scrollmapper/bible_databases | CC0 (BSB), public domain (Menge) |
| European Parliament debates (europarlmin) | 88,381 lines, English only | masked words | European Parliament, \
by way of ufal/europarlmin | re-use allowed, source named |

Tested on 2,000 other Tatoeba pairs (CC BY 2.0 FR; chosen on 1,000 development pairs) and on UD_English-PUD (1,000 \
sentences, CC BY-SA 3.0), neither of which was trained on. The weights derive from Tatoeba and are under **CC BY 2.0 \
FR**; see `../LICENSE`. The code is under Apache-2.0."""


def about(result: dict[str, Any]) -> str:
    """Say what the model is."""
    model, config = result["model"], result["model"]["config"]
    return f"""\
# {model["name"]}: a small English-German Transformer made to be looked at

An encoder-decoder Transformer after "Attention Is All You Need" that translates everyday English into German. It is \
small enough to show every number of it; it is not a translator to rely on.

- **Shape:** {config["n_encoder_layers"]} encoder and {config["n_decoder_layers"]} decoder layers, \
{config["n_heads"]} heads each, d_model {config["d_model"]}, d_ff {config["d_ff"]}, sinusoidal positions, one table \
of {config["vocabulary_size"]:,} embeddings for source, target and output.
- **Block:** {BLOCKS[config["norm_first"]]}
- **Tokens:** byte-level BPE shared by both languages, so that any text has tokens.
- **Size:** {model["parameters"]:,} parameters, {model["bytes"] / 1e6:.1f} MB in half precision (sha256 \
`{model["sha256"]}`). All numbers below were measured on this file; `evaluation.json` beside it holds them all."""


def training(run: dict[str, Any]) -> str:
    """Tell how the model was trained, with the learning curve."""
    last = run["curve"][-1]
    command = f"\nStarted with `{run['command']}`.\n" if run["command"] else ""
    return f"""\
## Training

Two losses at once: cross-entropy of the next German token (label smoothing .1), and, on the encoder alone, \
cross-entropy of hidden English words (15 % of the tokens hidden, weight .5). The second is not in the paper: it \
gives the encoder heads that follow positions and syntax, which translation alone did not give in this time. Some \
sentences have their punctuation and clitics set apart, some short pairs are joined into longer ones. Optimiser: \
{OPTIMISERS[run["optimiser"]]}. The weights are a running average over the steps.

{last["step"]:,.0f} steps of about {last["target_tokens"] / last["step"]:,.0f} target tokens, \
{last["seconds"] / 60:,.0f} minutes, on {run["machine"]}.
{command}
Learning curve (BLEU on the first 300 development pairs; losses are means over the last few hundred steps):

{curve_table(run["curve"])}"""


def curve_table(curve: list[dict[str, float]], rows: int = 12) -> str:
    """Return about ``rows`` evenly spaced measurements, the last one always among them."""
    last = len(curve) - 1
    chosen = sorted({round(row * last / max(1, min(rows, len(curve)) - 1)) for row in range(min(rows, len(curve)))})
    return table(
        ["steps", "minutes", "million target tokens", "translation loss", "masked-word loss", "BLEU"],
        [
            [
                f"{line['step']:,.0f}",
                f"{line['seconds'] / 60:.0f}",
                f"{line['target_tokens'] / 1e6:.1f}",
                f"{line['translation_loss']:.2f}",
                f"{line['masked_word_loss']:.2f}",
                f"{line['dev_bleu_300']:.1f}",
            ]
            for line in (curve[row] for row in chosen)
        ],
    )


def translation(scores: dict[str, Any], examples: list[dict[str, Any]]) -> str:
    """Report BLEU and chrF, also by length, and the example sentences."""
    sets = {"test": scores["test"], "development": scores["dev"]}
    rows = [[name, str(s["pairs"]), f"{s['BLEU']:.2f}", f"{s['chrF']:.2f}"] for name, s in sets.items()]
    lengths = [
        [f"{a} to {b}" if b else f"{a} and more", str(row["pairs"]), f"{row['BLEU']:.1f}", f"{row['chrF']:.1f}"]
        for row in scores["test_by_length"]
        for a, b in [row["words"]]
    ]
    most = max(example["longest_repeat"] for example in examples)
    return f"""\
## Translation

Greedy decoding, Tatoeba. BLEU depends on the test set: these numbers don't compare with those on WMT news.

{table(["set", "pairs", "BLEU", "chrF"], rows)}

Signatures: BLEU `{scores["test"]["BLEU signature"]}`, chrF `{scores["test"]["chrF signature"]}`.

Test pairs by length of the source (words and punctuation marks):

{table(["length", "pairs", "BLEU", "chrF"], lengths)}

The example sentences. Decoding never takes a token a third time running; the longest row of one repeated piece (1 to \
4 tokens) here is {most}.

{table(["English", "the model's German"], [[literal(e["source"]), literal(e["translation"])] for e in examples])}"""


LIMITS = """\
## Limits

- It has read everyday sentences, the Bible and parliament debates, nothing else: names, numbers and modern subjects \
go wrong, long sentences often do.
- It has never seen Korean or any other script than the Latin one. Such text has tokens (bytes), and the arithmetic \
shown is right, but the attention pattern on it means nothing.
- Attention weights show where values were mixed from. They are not by themselves the reason for an output.
- Most heads have no name a human would give them; the descriptions below are read off averages, and a relation found \
in one sentence need not be found in the next.
- One seed, one run. Another run has other heads in other places."""


def card(result: dict[str, Any]) -> str:
    """Return the whole card."""
    treebank = result["treebank"]
    parts = [
        about(result),
        "## Data\n\n" + DATA,
        training(result["training"]),
        translation(result["translation"], result["examples"]),
        relations(treebank),
        links(result["links"]),
        LIMITS,
        encoder_table(treebank),
        decoder_table(treebank),
    ]
    return "\n\n".join(parts) + "\n"


def write_card(weights: Path) -> None:
    """Write MODEL_CARD.md beside evaluation.json."""
    result = json.loads((weights / "evaluation.json").read_text(encoding="utf-8"))
    (weights / "MODEL_CARD.md").write_text(card(result), encoding="utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, type=Path)
    write_card(parser.parse_args().weights)


if __name__ == "__main__":
    main()
