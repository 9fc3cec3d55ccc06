"""Writes MODEL_CARD.md from evaluation.json: ``python -m training.card --weights weights/translator``.

The text is ``card.md.jinja``; this makes its tables. What kind of model it is stands in its row of
``attnviz/trace/models.py`` and in what was measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from attnviz.session.markdown import markdown_table
from attnviz.trace.models import MODELS
from training.card_data import LANGUAGES, data, is_recurrent, row_for
from training.card_links import links, relations
from training.head_words import decoder_table, encoder_table
from training.markdown import literal
from training.recipes import RECIPES

N_ABLATED = 10  # heads that the card lists


def card(result: dict[str, Any]) -> str:
    """Return the whole card."""
    row, recurrent, curve = row_for(result), is_recurrent(result), result["training"]["curve"]
    config = result["model"]["config"]
    reads, writes = LANGUAGES[row.reads or ""], LANGUAGES[row.writes or ""]
    pair = [reads, f"the model's {writes}"]
    made = {
        "row": row,
        "translator": RECIPES[MODELS[0].name].config(config["vocabulary_size"]),
        "beside": row.compared and row != next(one for one in MODELS if one.compared),
        "recurrent": recurrent,
        "reads": reads,
        "writes": writes,
        "config": config,
        "last": curve[-1],
        "data": data(result),
        "curve": curve_table(curve, masked=not recurrent),
        "sets": sets_table(result["translation"]),
        "lengths": lengths_table(result["translation"]["test_by_length"]),
        "examples_table": examples_table(result["examples"], pair),
        "class_table": examples_table(result.get("class_examples", []), pair),
    }
    if "treebank" in result:
        made["grammar"] = "\n\n".join([relations(result["treebank"]), links(result["links"])])
        made["heads"] = "\n\n".join([encoder_table(result["treebank"]), decoder_table(result["treebank"])])
    if "ablation" in result:
        made |= {"ablation_table": ablation_table(result["ablation"]), "n_ablated": N_ABLATED}
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,  # Markdown
    )  # fmt: skip
    environment.filters["f"] = format
    return environment.get_template("card.md.jinja").render(result | made)


def curve_table(curve: list[dict[str, float]], rows: int = 12, *, masked: bool = True) -> str:
    """Return about ``rows`` evenly spaced measurements, the last one always among them."""
    last = len(curve) - 1
    chosen = sorted({round(row * last / max(1, min(rows, len(curve)) - 1)) for row in range(min(rows, len(curve)))})
    return markdown_table(
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


def sets_table(scores: dict[str, Any]) -> str:
    """Return BLEU and chrF of every set of pairs."""
    names = {"test": "test", "dev": "development", "flores": "FLORES (general language)"}
    found = {label: scores[name] for name, label in names.items() if name in scores}
    rows = [[label, str(one["pairs"]), f"{one['BLEU']:.2f}", f"{one['chrF']:.2f}"] for label, one in found.items()]
    return markdown_table(["set", "pairs", "BLEU", "chrF"], rows)


def lengths_table(by_length: list[dict[str, Any]]) -> str:
    """Return BLEU and chrF by the length of the source."""
    rows = [
        [f"{a} to {b}" if b else f"{a} and more", str(row["pairs"]), f"{row['BLEU']:.1f}", f"{row['chrF']:.1f}"]
        for row in by_length
        for a, b in [row["words"]]
    ]
    return markdown_table(["length", "pairs", "BLEU", "chrF"], rows)


def examples_table(examples: list[dict[str, Any]], languages: list[str]) -> str:
    """Return sentences and what the model makes of them."""
    return markdown_table(languages, [[literal(one["source"]), literal(one["translation"])] for one in examples])


def ablation_table(found: dict[str, Any]) -> str:
    """Return the heads whose loss costs most, then each layer as a whole."""
    worst = sorted(found["heads"], key=lambda head: head["BLEU"])[:N_ABLATED]
    rows = [
        [
            *(one["part"], str(one["layer"] + 1), str(one["head"] + 1) if "head" in one else "all"),
            *(f"{one['BLEU']:.2f}", f"{one['BLEU'] - found['BLEU']:+.2f}"),
        ]
        for one in [*worst, *found["layers"]]
    ]
    return markdown_table(["part", "layer", "head", "BLEU without", "change"], rows)


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
