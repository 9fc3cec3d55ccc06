"""No line of Korean begins in the middle of a word, and none with a particle: in Chromium, with the app's rule."""

import html
import re

import pytest
from playwright.sync_api import Browser

from attnviz.session.catalog import files, lesson, strings
from attnviz.session.inserted import WORD_JOINER, held_together

# The words that stand on two lines. A dash, a tilde, a slash or the hyphen of an English word may end a line.
BROKEN = r"""
() => [...document.querySelectorAll("p")].flatMap(({ firstChild: text, clientWidth }) =>
  [...text.data.matchAll(/[^\s/·–—→~]+/g)].flatMap(({ 0: word, index }) => {
    const range = new Range();
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const boxes = [...range.getClientRects()];
    const width = boxes.reduce((sum, box) => sum + box.width, 0);
    const lines = new Set(boxes.map((box) => box.top)).size;
    return lines > 1 && width < clientWidth && !/[a-z]-[a-z]/.test(word) ? [word] : [];
  }))
"""
STYLE = "font: 18px 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif; word-break: keep-all; overflow-wrap: anywhere"


def _paragraphs() -> str:
    """Everything that Korean readers see, without marks of Markdown; W for each formula; in each place "나는".

    Under a root a number stands, as the app puts one there.
    """
    said = [*strings("ko").values()]
    said += [line for name in files("ko", "md") for line in lesson("ko", name).split("\n") if line]
    plain = (re.sub(r"\$\$.+?\$\$|\$[^$]+\$", "W", text, flags=re.DOTALL) for text in said if "|" not in text)
    rooted = (re.sub(r"√\{\w+\}", "√24", text) for text in plain)
    filled = (re.sub(r"\{\w+\}", "나는", re.sub(r"\{([^{}/]*)/[^{}]*\}", r"\1", text)) for text in rooted)
    words = map(held_together, filled)
    return "".join(f"<p>{html.escape(re.sub(r'[*`]|:(?:orange|green)', '', text))}</p>" for text in words)


@pytest.mark.parametrize("width", [330, 900])
def test_no_line_begins_inside_a_word(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_content(f'<body style="{STYLE}">{_paragraphs()}')
    held = page.evaluate(BROKEN)
    page.set_content(f'<body style="{STYLE}">{_paragraphs().replace(WORD_JOINER, "")}')
    loose = page.evaluate(BROKEN)
    page.close()
    assert held == []
    assert len(loose) > 5  # it is the joiner that holds them
