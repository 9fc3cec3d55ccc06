"""The pages in the parts of the course: a card each, with a picture of what it shows."""

from __future__ import annotations

import streamlit as st

from attnviz.session.pages import GROUPS, ROOT, Page, Theme, base
from attnviz.ui.lesson import Lesson


def order(opened: Lesson) -> None:
    """Draw the cards of each part under its name."""
    # what the reader chose is known here before the browser follows it
    theme: Theme = "dark" if (opened.choices.theme or st.context.theme.type) == "dark" else "light"
    for group, pages in GROUPS.items():
        with st.container(key=f"map_{group}"):
            st.subheader(opened.texts(f"ui.group_{group}"), anchor=False)
            with st.container(key=f"cards_{group}"):
                for page in pages:
                    _card(opened, page, theme)


def _card(opened: Lesson, page: Page, theme: Theme) -> None:
    with st.container(key=f"card_{page.name}"):
        # no text of its own: the link below says where it leads, and covers it
        source = f"{base()}/thumbnails/{page.thumbnail(theme)}"
        st.html(f'<img src="{source}" width="480" height="270" alt="" loading="lazy">')
        st.page_link(
            ROOT / page.file,
            label=opened.texts("ui.page_number", number=page.number, title=opened.texts(page.title)),
            query_params=opened.choices.query_params_at(page),
        )
        st.markdown(opened.say(f"about_{page.name}"))
