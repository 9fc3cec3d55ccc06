"""Where each file of text comes from and under which licence: one row a file, for cards and licence alike.

weights/LICENSE holds the whole list of names and addresses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """One file of text; ``credits`` are the names that weights/LICENSE must hold."""

    what: str
    origin: str
    licence: str
    credits: tuple[str, ...]

    @property
    def share_alike(self) -> bool:
        """Whether weights that have read it go under CC BY-SA 4.0."""
        return "SA" in self.licence or "Sharing" in self.licence


EVERYDAY = (
    "Cataclysm: Dark Days Ahead, Flare, Freeorion (game texts), Scratch (website), contrastive-controlled-mt "
    "(conversation), Tatoeba joined over a third language"
)
DOCS = (
    "GNOME help, tldr-pages, Home Assistant, IoT for Beginners, Open Source Guides, Hugging Face course, The Debian "
    "Administrator's Handbook"
)
WORDS = ("OpenStreetMap", "Unicode CLDR")
GAMES = ("Cataclysm: Dark Days Ahead", "Flare", "Scratch", "contrastive-controlled-mt")
HELP = ("GNOME", "tldr", "Home Assistant", "IoT for Beginners", "Open Source Guides", "Hugging Face", "Debian")
MIXED = "CC BY-SA 3.0 and 4.0, CDLA-Sharing-1.0, BSD-3-Clause, CC BY 2.0 FR"
OPEN = "CC BY-SA 3.0, CC BY 4.0, Apache-2.0, MIT"

ORIGINS = {
    "tatoeba.train.en-de.tsv.gz": Origin(
        "Tatoeba, English-German: everyday sentences",
        "tatoeba.org, by way of www.manythings.org/anki and the OPUS-MT test sets",
        "CC BY 2.0 FR",
        ("Tatoeba", "manythings.org", "OPUS-MT"),
    ),
    "bible.bsb-germenge.en-de.tsv.gz": Origin(
        "Bible, Berean Standard Bible and Menge 1939",
        "scrollmapper/bible_databases",
        "CC0 (BSB), public domain (Menge)",
        ("Berean Standard Bible", "Hermann Menge"),
    ),
    "europarlmin.en.txt.gz": Origin(
        "European Parliament debates (europarlmin), English only",
        "European Parliament, by way of ufal/europarlmin",
        "re-use allowed, source named",
        ("European Parliament", "europarlmin"),
    ),
    "extra.everyday.en-de.tsv.gz": Origin(
        "Dialogue, game prose, everyday sentences, English-German", EVERYDAY, MIXED, (*GAMES, "Freeorion")
    ),
    "extra.wiki.en-de.tsv.gz": Origin(
        "Wikipedia sentences and questions, English-German",
        "mlqe-pe, machine-translation-gender-eval, XQuAD",
        "CC0, CC BY-SA 3.0 and 4.0",
        ("mlqe-pe", "machine-translation-gender-eval", "XQuAD"),
    ),
    "extra.docs.en-de.tsv.gz": Origin("Help, handbooks and courses, English-German", DOCS, OPEN, HELP),
    "extra.words.en-de.tsv.gz": Origin("Nouns, English-German", " and ".join(WORDS), "ISC, Unicode-3.0", WORDS),
    "tatoeba.en-ko.tsv.gz": Origin(
        "Tatoeba, Korean-English, less the pairs set apart: everyday sentences",
        "tatoeba.org, by way of three public copies that training/README.md names",
        "CC BY 2.0 FR",
        ("Tatoeba", "OPUS-MT"),
    ),
    "python-docs.en-ko.tsv.gz": Origin(
        "Python documentation in Korean", "python/python-docs-ko", "PSF-2.0", ("Python Software Foundation",)
    ),
    "bible.bsb-korrv.en-ko.tsv.gz": Origin(
        "Bible, Berean Standard Bible and the Korean Revised Version of 1961",
        "scrollmapper/bible_databases",
        "CC0 (BSB), public domain (KorRV)",
        ("Berean Standard Bible", "Korean Revised Version"),
    ),
    "stylekqc.en-ko.tsv.gz": Origin(
        "Everyday questions and requests, ten phrasings each, Korean-English",
        "cynthia/stylekqc, warnikchow/kosp2e",
        "CC BY-SA 4.0",
        ("StyleKQC", "kosp2e"),
    ),
    "extra.everyday.en-ko.tsv.gz": Origin(
        "Dialogue, game prose, captions, everyday sentences, Korean-English",
        EVERYDAY.replace(", Freeorion", "") + ", KorSTS, stsb-multi-mt",
        MIXED,
        (*GAMES, "KorNLU", "stsb-multi-mt"),
    ),
    "extra.docs.en-ko.tsv.gz": Origin(
        "Help, handbooks, courses, the declaration of human rights, Korean-English",
        DOCS + ", udhr",
        OPEN,
        (*HELP, "Declaration of Human Rights"),
    ),
    "extra.words.en-ko.tsv.gz": Origin("Nouns, Korean-English", " and ".join(WORDS), "ISC, Unicode-3.0", WORDS),
    "chatbot.ko.txt.gz": Origin("Everyday Korean, Korean only", "songys/Chatbot_data", "MIT", ("Chatbot_data",)),
}
