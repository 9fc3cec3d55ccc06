"""Search over pages, their sections and the terms, in both languages at once, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import streamlit as st

from attnviz.session.catalog import LANGUAGES, Texts, strings
from attnviz.session.glossary import glossary
from attnviz.session.pages import PAGES, ROOT, Page
from attnviz.ui.lesson import Lesson

MOST = 12  # results shown

# The parts of each page, in its order: s_ a section, w_ a wrong way; each is the key of a container and of a title.
# Parts that are drawn only for some models, or after an answer, lead to their page.
_PARTS = {
    "averaging": "w_slip s_four",
    "by-hand": "s_overview s_steps s_dictionary s_questions s_mistakes w_whole w_square s_sheets",
    "softmax": "s_exponents s_temperature s_shift w_overflow s_axes w_axis",
    "scaling": "s_spread s_row s_gradient w_divisor s_model w_leave_out",
    "masking": "s_ways w_nan s_which s_batch w_no_padding s_future w_no_causal",
    "multi-head": "s_flow s_sum w_join s_count s_rows s_value s_calculator",
    "position": "s_orders s_encoding s_layouts s_trained w_forget s_identity s_width w_bare s_sentence",
    "block": "s_whole s_inside s_order s_batch w_wrong s_depth",
    "context": "s_travel w_measures s_rows s_heads s_dots",
    "rnn": "s_bottleneck s_time s_scores s_distribution w_matrix s_value s_combined s_output s_previous s_alignment",
    "translate": "s_step s_last s_force s_alignment s_teacher s_beam s_padding w_no_padding",
    "quality": "s_models s_length s_learning s_examples s_bleu w_slip s_bands s_paper w_comparison",
    "explain": "s_prediction s_methods w_reason s_agreement s_shuffled s_ablation s_conclude",
    "cost": "s_curves w_always s_rows s_measured",
    "warm-up": "s_schedule s_peak s_why w_at_once s_own",
    "course": "s_order s_routes s_questions s_paper s_glossary",
}
PARTS = {
    route: tuple(name.replace("s_", "section_", 1) if name[0] == "s" else name.replace("w_", "what_if_", 1)
                 for name in names.split())
    for route, names in _PARTS.items()
}  # fmt: skip
_KIND = re.compile("^(section|what_if)_")
_MARKS = re.compile(r"[*`$_]|\\[a-z]+")


class Hit(NamedTuple):
    """One place that a search leads to."""

    page: Page
    part: str  # the key of its container; "" is the page itself
    title: str  # in the reader's language, Markdown
    rank: int  # 0 a page, 1 a term, 2 a part; 3 and more where only the words below a title have it


def title_of(texts: Texts, page: Page, part: str) -> str:
    """Return the title of a part of a page, or nothing where it has none of its own."""
    name = f"{page.name}.{_KIND.sub('', part)}_title"
    return re.sub(r"^\d+\. ", "", texts(name)) if _KIND.match(part) and name in texts else ""


def search(wanted: str, language: str) -> list[Hit]:
    """Return the places that hold every word of ``wanted``, in either language: titles first, then texts."""
    words = _plain(wanted).split()
    if not words:
        return []
    found: dict[tuple[str, str, str], Hit] = {}
    for hit, said in _entries(language):
        if all(word in said for word in words):
            found.setdefault((hit.page.route, hit.part, hit.title), hit)
    return sorted(found.values(), key=lambda hit: hit.rank)


def results(opened: Lesson, wanted: str) -> None:
    """Show what was found, each a link to its place."""
    hits = search(wanted, opened.texts.language)
    if not hits:
        st.info(opened.say("search_nothing"), icon=":material/search_off:")
    with st.container(key="course_results"):
        for hit in hits[:MOST]:
            page = opened.texts(hit.page.title)
            st.page_link(
                ROOT / hit.page.file,
                label=f"{hit.title} :gray[→ {page}]" if hit.title != page else f"**{page}**",
                query_params=opened.choices.query_params() | ({"to": hit.part} if hit.part else {}),
            )
    if len(hits) > MOST:
        st.caption(opened.say("search_more", count=len(hits) - MOST))


def _plain(text: str) -> str:
    return _MARKS.sub("", text).casefold()


def _entries(language: str) -> Iterator[tuple[Hit, str]]:
    """Yield each place with the words by which it is found: first its names, then what is written there."""
    own = Texts(language)
    pages = {page.route: page for page in PAGES}
    for page in PAGES:
        title = own(page.title)
        yield Hit(page, "", title, 0), _said(page.title, f"{page.name}.headline")
        yield Hit(page, "", title, 3), _said(f"{page.name}.lede", f"course.about_{page.name}")
        for part in PARTS.get(page.route, ()):
            key = f"{page.name}.{_KIND.sub('', part)}"
            hit = Hit(page, part, title_of(own, page, part), 2)
            yield hit, _said(f"{key}_title")
            yield hit._replace(rank=4), _said(f"{key}_text")
    for term in glossary():
        first, second = (term.ko, term.en) if language == "ko" else (term.en, term.ko)
        name = first if first == second else f"{first} ({second})"
        yield Hit(pages[term.page], "", name, 1), _plain(" ".join((term.en, term.ko, term.ko_also, term.api)))


def _said(*names: str) -> str:
    """Return strings in every language, as they are searched; what doesn't exist is left out."""
    return _plain(" ".join(strings(language).get(name, "") for language in LANGUAGES for name in names))
