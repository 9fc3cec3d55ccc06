"""The part of a model card that tells what the model read, where it comes from, and under which licences."""

from __future__ import annotations

from typing import Any

from training.markdown import table

TATOEBA = (
    "Tatoeba, English-German | 177,780 pairs | translation{masked} | tatoeba.org, by way of "
    "www.manythings.org/anki and the OPUS-MT test sets | CC BY 2.0 FR"
)
MENGE = (
    "Bible, Berean Standard Bible and Menge 1939 | 28,860 pairs | translation (a tenth of them each round){masked} | "
    "scrollmapper/bible_databases | CC0 (BSB), public domain (Menge)"
)
EUROPARL = (
    "European Parliament debates (europarlmin) | 88,381 lines, English only | masked words | European "
    "Parliament, by way of ufal/europarlmin | re-use allowed, source named"
)
KOREAN = (
    "Tatoeba, Korean-English | 5,222 pairs less those set apart | translation (four times each round), masked words | "
    "tatoeba.org, by way of three public copies that training/README.md names | CC BY 2.0 FR",
    "Python documentation in Korean | 26,300 pairs | translation, masked words | python/python-docs-ko | PSF-2.0",
    "Bible, Berean Standard Bible and the Korean Revised Version of 1961 | 30,769 pairs | translation (a fifth of them "
    "each round), masked words | scrollmapper/bible_databases | CC0 (BSB), public domain (KorRV)",
)
MASKED = {True: ", masked words (English side)", False: ""}
TESTED_GERMAN = "Tested on 2,000 other Tatoeba pairs (CC BY 2.0 FR; chosen on 1,000 development pairs)"
TREEBANK = (
    " and on UD_English-PUD (1,000 sentences, CC BY-SA 3.0), neither of which was trained on. The weights derive from "
    "Tatoeba and are under **CC BY 2.0 FR**; see `../LICENSE`. The code is under Apache-2.0."
)
LICENCE = (
    ". None of them was trained on. The weights derive from Tatoeba and are under **CC BY 2.0 FR**; see `../LICENSE`. "
    "The code is under Apache-2.0."
)
TESTED_KOREAN = (
    "Tested on 500 Tatoeba pairs drawn with a fixed seed (chosen on 200 others); no pair that shares a sentence with "
    "them was trained on"
)


def is_recurrent(result: dict[str, Any]) -> bool:
    """Whether the model is one of the recurrent ones."""
    return "d_hidden" in result["model"]["config"]


def is_korean(result: dict[str, Any]) -> bool:
    """Whether the model reads Korean."""
    return bool(result["model"]["name"] == "korean")


def data(result: dict[str, Any]) -> str:
    """Tell what the model read, where it comes from, and under which licences."""
    if is_korean(result):
        rows, tested = list(KOREAN), TESTED_KOREAN + LICENCE
    else:
        masked = MASKED[not is_recurrent(result)]
        rows = [TATOEBA.format(masked=masked), MENGE.format(masked=masked)]
        rows += [] if is_recurrent(result) else [EUROPARL]
        tested = TESTED_GERMAN + (TREEBANK if "treebank" in result else LICENCE)
    head = ["text", "pairs or sentences", "used for", "origin", "licence"]
    return f"## Data\n\n{table(head, [row.split(' | ') for row in rows])}\n\n{tested}"
