"""Course map: the order of the pages and what each one teaches; below, every term in both languages."""

import streamlit as st

from attnviz.lessons.course.order import order
from attnviz.lessons.course.questions import questions
from attnviz.lessons.course.routes import routes
from attnviz.lessons.course.search import results
from attnviz.lessons.course.sheets import SEED, sheets
from attnviz.session.glossary import glossary
from attnviz.session.markdown import markdown_table
from attnviz.session.pages import PAGES
from attnviz.session.settings import line
from attnviz.ui.inputs import text_line
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

FIND = line("find", "", limit=60)
SEARCH = line("search", "", limit=60)

guard()
opened = lesson("course", FIND, SEARCH, SEED)
texts = opened.texts

if asked := text_line(SEARCH, opened.say("search"), limit=60).strip():
    results(opened, asked)

with opened.section("order"):
    order(opened)

with opened.section("routes"):
    routes(opened)

with opened.section("questions"):
    questions(opened)

with opened.section("paper"):
    sheets(opened)

with opened.section("glossary", count=len(glossary())):
    wanted = text_line(FIND, opened.say("find"), limit=60).strip()
    titles = {page.route: texts(page.title) for page in PAGES}
    found = [term for term in glossary() if term.matches(wanted)]
    if found:
        rows = [
            (
                f"**{term.en}**",
                f"{term.ko} ({term.ko_also})" if term.ko_also else term.ko,
                term.symbol,
                titles[term.page],
                f"`{term.api.removeprefix('attnviz.')}`" if term.api else "",
            )
            for term in found
        ]
        head = [opened.say(f"column_{name}") for name in ("en", "ko", "symbol", "page", "api")]
        with st.container(key="glossary"):
            st.markdown(markdown_table(head, rows))
    else:
        st.info(opened.say("nothing_found"), icon=":material/search_off:")
