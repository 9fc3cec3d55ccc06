"""Sentences one click away."""

from __future__ import annotations

from attnviz.session.choices import DEFAULT_TEXT

EXAMPLES: dict[str, str] = {  # name in the catalogue ("examples.<name>") -> sentence
    "paper": (
        "It is in this spirit that a majority of American governments have passed new laws since 2009 "
        "making the registration or voting process more difficult ."
    ),
    "snake": DEFAULT_TEXT,
    "tired": "The animal didn't cross the street because it was too tired .",
    "wide": "The animal didn't cross the street because it was too wide .",
    "creature": "a fluffy blue creature roamed the verdant forest",
    "i_go_home": "I go home",
    "home_go_i": "home go I",
    "boy": "he is a boy",
    "korean": "파란색 복실복실한 생물이 숲을 돌아다니고 있다",
}
