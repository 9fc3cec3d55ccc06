"""The part of a model card that tells what the model read, where it comes from, and under which licences."""

from __future__ import annotations

from typing import Any

from attnviz.session.markdown import markdown_table
from attnviz.trace.models import MODELS, ModelRow, find
from training.sources import ORIGINS

LANGUAGES = {"en": "English", "de": "German", "ko": "Korean"}
# What the models read whose runs did not yet write it down, by the language that they read.
EARLIER = {
    "en": [
        {"file": "tatoeba.train.en-de.tsv.gz", "pairs": 177_780, "share": 1.0},
        {"file": "bible.bsb-germenge.en-de.tsv.gz", "pairs": 28_860, "share": 0.1},
        {"file": "europarlmin.en.txt.gz", "sentences": 237_940},
    ],
    "ko": [
        {"file": "tatoeba.en-ko.tsv.gz", "pairs": 4_354, "share": 4.0},
        {"file": "python-docs.en-ko.tsv.gz", "pairs": 26_300, "share": 1.0},
        {"file": "bible.bsb-korrv.en-ko.tsv.gz", "pairs": 30_769, "share": 0.2},
    ],
}
TESTED = {
    "en": "Tested on 2,000 other Tatoeba pairs (CC BY 2.0 FR; chosen on 1,000 development pairs)",
    "ko": (
        "Tested on 500 Tatoeba pairs drawn with a fixed seed (chosen on 200 others); no pair that shares a sentence "
        "with them was trained on"
    ),
}
TREEBANK = " and on UD_English-PUD (1,000 sentences, CC BY-SA 3.0)"
FLORES = ", and on FLORES (CC BY-SA 4.0)"
LICENCE = (
    ". None of that was trained on. The weights derive from the texts above and are under **{licence}**; see "
    "`../LICENSE`. The code is under Apache-2.0."
)


def is_recurrent(result: dict[str, Any]) -> bool:
    """Whether the model is one of the recurrent ones."""
    return "d_hidden" in result["model"]["config"]


def row_for(result: dict[str, Any]) -> ModelRow:
    """Return the model's row; one that is in no row is measured as the translator is."""
    return find(result["model"]["name"]) or MODELS[0]


def stages(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was read, one part of the training after another: files, target tokens, size of the vocabulary."""
    earlier = {
        "files": EARLIER[row_for(result).reads or ""],
        "target_tokens": result["training"]["curve"][-1]["target_tokens"],
        "vocabulary_size": result["model"]["config"]["vocabulary_size"],
    }
    return [stage if stage.get("files") else earlier | stage for stage in result["training"].get("texts") or [earlier]]


def used_for(file: dict[str, Any], *, masked: bool) -> str:
    """Say what a file was read for, and how much of it each round."""
    if "sentences" in file:
        return "masked words"
    share = file["share"]
    much = f" ({share:g} times each round)" if share > 1 else f" ({share:.0%} of it each round)" if share < 1 else ""
    return f"translation{much}{', masked words' if masked else ''}"


def data(result: dict[str, Any]) -> str:
    """Tell what the model read, where it comes from, and under which licences."""
    masked = not is_recurrent(result)
    *before, last = stages(result)
    rows = [
        [
            ORIGINS[file["file"]].what,
            f"{file.get('pairs', file.get('sentences')):,}",
            used_for(file, masked=masked),
            ORIGINS[file["file"]].origin,
            ORIGINS[file["file"]].licence,
        ]
        for file in last["files"]
        if masked or "pairs" in file
    ]
    tested = TESTED[row_for(result).reads or ""]
    tested += TREEBANK if "treebank" in result else ""
    tested += FLORES if "flores" in result["translation"] else ""
    head = ["text", "pairs or sentences", "used for", "origin", "licence"]
    under = LICENCE.format(licence=licence(result))
    return f"## Data\n\n{markdown_table(head, rows)}\n{''.join(map(_earlier, before))}\n{tested}{under}"


def licence(result: dict[str, Any]) -> str:
    """Return the licence of weights that have read this: share-alike where one of the texts is."""
    read = (ORIGINS[file["file"]] for stage in stages(result) for file in stage["files"])
    return "CC BY-SA 4.0" if any(origin.share_alike for origin in read) else "CC BY 2.0 FR"


def _earlier(stage: dict[str, Any]) -> str:
    """Tell of a part of the training that read other text."""
    names = "; ".join(ORIGINS[file["file"]].what for file in stage["files"] if "pairs" in file)
    return (
        f"\nThe first {stage['target_tokens'] / 1e6:.1f} million target tokens came from these alone: {names}; in a "
        f"vocabulary of {stage['vocabulary_size']:,} tokens. Then the parameters passed on, and each new token began "
        "as the mean of the old ones that spell it.\n"
    )
