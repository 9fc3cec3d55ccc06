"""Writes MODEL_CARD.md from evaluation.json: ``python -m training.card --weights weights/translator``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from training.card_data import data, is_korean, is_recurrent
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


def about(result: dict[str, Any]) -> str:
    """Say what the model is."""
    model, config = result["model"], result["model"]["config"]
    return f"""\
{title(result)}

{shape(result)}
- **Tokens:** byte-level BPE shared by both languages, so that any text has tokens{same_tokens(result)}.
- **Size:** {model["parameters"]:,} parameters, {model["bytes"] / 1e6:.1f} MB in half precision (sha256 \
`{model["sha256"]}`). All numbers below were measured on this file; `evaluation.json` beside it holds them all. One \
table of {config["vocabulary_size"]:,} embeddings serves source, target and output."""


COMPARISON = ("single_head", "recurrent_attention", "recurrent")  # with the translator


def same_tokens(result: dict[str, Any]) -> str:
    """Say whether a model that is compared reads the translator's own tokens."""
    if result["model"]["name"] not in COMPARISON:
        return ""
    return (
        "; the translator's own"
        if result["model"].get("translators_tokens", True)
        else "; those of an earlier translator"
    )


def title(result: dict[str, Any]) -> str:
    """Name the model and say what it is for."""
    name, pair = result["model"]["name"], "Korean-English" if is_korean(result) else "English-German"
    if not is_recurrent(result):
        purpose = (
            "It is there to be compared with the translator, which has eight heads a layer and as many parameters."
            if name == "single_head"
            else "It is small enough to show every number of it; it is not a translator to rely on."
        )
        way = "Korean into English" if is_korean(result) else "everyday English into German"
        return (
            f"# {name}: a small {pair} Transformer made to be looked at\n\n"
            f'An encoder-decoder Transformer after "Attention Is All You Need" that translates {way}. {purpose}'
        )
    attention = result["model"]["config"]["attention"]
    what = (
        "with attention: each state of the decoder looks back at all states of the encoder (Luong et al. 2015, dot)"
        if attention
        else "without attention: the decoder starts from the encoder's last state and sees nothing else of the source"
    )
    return (
        f"# {name}: a small {pair} recurrent translator made to be looked at\n\n"
        f"A recurrent encoder-decoder {what}. It is there to be compared with the Transformer, on the same pairs, "
        "in the same tokens, with about as many parameters."
    )


def shape(result: dict[str, Any]) -> str:
    """Tell the sizes and the order of what is computed."""
    config = result["model"]["config"]
    if is_recurrent(result):
        joined = "[attention value; state]" if config["attention"] else "state"
        return (
            f"- **Shape:** one GRU layer reads the source from left to right, one writes; states of "
            f"{config['d_hidden']}, embeddings of {config['d_model']}; combined state tanh(W_c {joined} + b_c) of "
            f"{config['d_model']}, scored against the embeddings. The attention value is not fed back into "
            f"the next step."
        )
    heads = "1 head" if config["n_heads"] == 1 else f"{config['n_heads']} heads"
    return (
        f"- **Shape:** {config['n_encoder_layers']} encoder and {config['n_decoder_layers']} decoder "
        f"layers, {heads} each, "
        f"d_model {config['d_model']}, d_ff {config['d_ff']}, sinusoidal positions.\n"
        f"- **Block:** {BLOCKS[config['norm_first']]}"
    )


LOSSES = {
    True: "Two losses at once: cross-entropy of the next {written} token (label smoothing .1), and, on the encoder "
    "alone, cross-entropy of hidden {read} words (15 % of the tokens hidden, weight .5). The second is not in the "
    "paper: it gives the encoder heads that follow positions and syntax, which translation alone did not give in "
    "this time.",
    False: "One loss: cross-entropy of the next {written} token (label smoothing .1). The Transformers also learn "
    "hidden English words, partly from text that this model never sees: a difference to keep in mind when comparing.",
}


def training(result: dict[str, Any]) -> str:
    """Tell how the model was trained, with the learning curve."""
    run = result["training"]
    pairs = min(300, result["translation"]["dev"]["pairs"])
    last = run["curve"][-1]
    command = f"\nStarted with `{run['command']}`.\n" if run["command"] else ""
    languages = (
        {"read": "Korean", "written": "English"} if is_korean(result) else {"read": "English", "written": "German"}
    )
    return f"""\
## Training

{LOSSES[not is_recurrent(result)].format(**languages)} Some sentences have their punctuation and clitics set apart, \
some short pairs are joined into longer ones. Optimiser: {OPTIMISERS[run["optimiser"]]}. The weights are a running \
average over the steps.

{last["step"]:,.0f} steps, {last["target_tokens"] / 1e6:.1f} million target tokens, \
{last["seconds"] / 60:,.0f} minutes, on {run["machine"]}.
{command}
Learning curve (BLEU on the first {pairs} development pairs; losses are means over the last few hundred steps):

{curve_table(run["curve"], masked=not is_recurrent(result))}"""


def curve_table(curve: list[dict[str, float]], rows: int = 12, *, masked: bool = True) -> str:
    """Return about ``rows`` evenly spaced measurements, the last one always among them."""
    last = len(curve) - 1
    chosen = sorted({round(row * last / max(1, min(rows, len(curve)) - 1)) for row in range(min(rows, len(curve)))})
    return table(
        [
            *("steps", "minutes", "million target tokens", "translation loss"),
            *(["masked-word loss"] if masked else []),
            "BLEU",
        ],
        [
            [
                f"{line['step']:,.0f}",
                f"{line['seconds'] / 60:.0f}",
                f"{line['target_tokens'] / 1e6:.1f}",
                f"{line['translation_loss']:.2f}",
                *([f"{line['masked_word_loss']:.2f}"] if masked else []),
                f"{line['dev_bleu_300']:.1f}",
            ]
            for line in (curve[row] for row in chosen)
        ],
    )


def translation(result: dict[str, Any]) -> str:
    """Report BLEU and chrF, also by length, and the example sentences."""
    scores, examples = result["translation"], result["examples"]
    languages = ["Korean", "the model's English"] if is_korean(result) else ["English", "the model's German"]
    sets = {"test": scores["test"], "development": scores["dev"]}
    sets |= {"FLORES (general language)": scores["flores"]} if "flores" in scores else {}
    rows = [[name, str(s["pairs"]), f"{s['BLEU']:.2f}", f"{s['chrF']:.2f}"] for name, s in sets.items()]
    error = scores["test"].get("BLEU standard error")
    doubt = (
        f" The test set's BLEU has a standard error of {error:.2f} (other draws of the pairs)."
        if error is not None
        else ""
    )
    lengths = [
        [f"{a} to {b}" if b else f"{a} and more", str(row["pairs"]), f"{row['BLEU']:.1f}", f"{row['chrF']:.1f}"]
        for row in scores["test_by_length"]
        for a, b in [row["words"]]
    ]
    most = max(example["longest_repeat"] for example in examples)
    return f"""\
## Translation

Greedy decoding, Tatoeba. BLEU depends on the test set: these numbers don't compare with those on WMT news.{doubt}

{table(["set", "pairs", "BLEU", "chrF"], rows)}

Signatures: BLEU `{scores["test"]["BLEU signature"]}`, chrF `{scores["test"]["chrF signature"]}`.

Test pairs by length of the source (words and punctuation marks):

{table(["length", "pairs", "BLEU", "chrF"], lengths)}

The example sentences. Decoding never takes a token a third time running; the longest row of one repeated piece (1 to \
4 tokens) here is {most}.

{table(languages, [[literal(e["source"]), literal(e["translation"])] for e in examples])}{typed(result, languages)}"""


def typed(result: dict[str, Any], languages: list[str]) -> str:
    """Show how the sentences come out that a class would type."""
    found = result.get("class_examples", [])
    rows = [[literal(example["source"]), literal(example["translation"])] for example in found]
    return (
        f"\n\nTen sentences that a class would type, chosen before training:\n\n{table(languages, rows)}"
        if rows
        else ""
    )


READS_GERMAN = """\
- It has read the texts above, nothing else: names, numbers and subjects that do not occur in them go wrong, long \
sentences often do.
- It has never seen Korean or any other script than the Latin one. Such text has tokens (bytes), and the arithmetic \
shown is right, but what the model makes of it means nothing."""
READS_KOREAN = """\
- It has read few everyday sentences beside technical documentation and the Bible in the Korean of 1961: everyday \
Korean often becomes English that has little to do with it. Read its scores and examples above before you \
trust a pattern.
- It has never seen other scripts than Hangul and the Latin one."""
COMPARED = """\
- The translator read more text than this model ({tokens:.1f} million target tokens here; the translator's card has \
its own). Part of the distance between their scores comes from that: compare the learning curves at equal tokens. A \
model that reads longer may still gain."""
ATTENDS = """\
- Attention weights show where values were mixed from. They are not by themselves the reason for an output."""
ONE_RUN = "- One seed, one run. Another run has other numbers"
HEADS_UNKNOWN = """\
- What each head does was not measured here as it is for the translator{why}. The app shows every head all the same."""
NAMES = """\
- Most heads have no name a human would give them; the descriptions below are read off averages, and a relation found \
in one sentence need not be found in the next."""


def limits(result: dict[str, Any]) -> str:
    """Say what not to expect."""
    config, recurrent = result["model"]["config"], is_recurrent(result)
    lines = [READS_KOREAN if is_korean(result) else READS_GERMAN]
    if result["model"]["name"] in COMPARISON:
        lines.append(COMPARED.format(tokens=result["training"]["curve"][-1]["target_tokens"] / 1e6))
    if config.get("attention", True):  # only a recurrent model can be without
        lines.append(ATTENDS)
    lines.append(ONE_RUN + ("." if recurrent else ", and its heads in other places."))
    if not recurrent:
        why = ": the treebank is English" if is_korean(result) else ""
        lines.append(NAMES if "treebank" in result else HEADS_UNKNOWN.format(why=why))
    return "\n".join(["## Limits\n", *lines])


def ablation(found: dict[str, Any], rows: int = 10) -> str:
    """Report the heads whose loss costs most."""
    worst = sorted(found["heads"], key=lambda head: head["BLEU"])[:rows]
    lines = [
        [h["part"], str(h["layer"] + 1), str(h["head"] + 1), f"{h['BLEU']:.2f}", f"{h['BLEU'] - found['BLEU']:+.2f}"]
        for h in worst
    ]
    layers = [
        [row["part"], str(row["layer"] + 1), "all", f"{row['BLEU']:.2f}", f"{row['BLEU'] - found['BLEU']:+.2f}"]
        for row in found["layers"]
    ]
    return f"""\
## What a head is worth

BLEU on the first {found["pairs"]} development pairs when a head is taken out (its output set to 0 before W^O), \
against {found["BLEU"]:.2f} with all of them: the {rows} heads whose loss costs most, then all heads of a layer at \
once. Small differences are noise; a head that costs nothing may have a twin that does its work.

{table(["part", "layer", "head", "BLEU without", "change"], [*lines, *layers])}"""


def card(result: dict[str, Any]) -> str:
    """Return the whole card."""
    parts = [about(result), data(result), training(result), translation(result)]
    if "treebank" in result:
        parts += [relations(result["treebank"]), links(result["links"])]
    if "ablation" in result:
        parts.append(ablation(result["ablation"]))
    parts.append(limits(result))
    if "treebank" in result:
        parts += [encoder_table(result["treebank"]), decoder_table(result["treebank"])]
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
