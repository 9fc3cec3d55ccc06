"""Answers to choose from whose labels are worked out, so that two of them may come out the same."""

from __future__ import annotations

from collections.abc import Sequence

from attnviz.ui.lesson import Option


def distinct(options: Sequence[Option], answer: str) -> list[Option]:
    """Leave out options that look like the answer, or like an earlier one; ``answer`` names one of them."""
    labels = [option.label for option in options]
    right = next(option.label for option in options if option.name == answer)
    return [
        option
        for place, option in enumerate(options)
        if option.name == answer or option.label not in (right, *labels[:place])
    ]
