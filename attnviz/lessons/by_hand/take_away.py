"""What the reader can take away from By hand: a worksheet, its answer key, the numbers."""

from __future__ import annotations

import streamlit as st

from attnviz.concepts.worked_example import Worked
from attnviz.lessons.by_hand.state import SEED, State
from attnviz.lessons.by_hand.worksheet import DIGITS, numbers_csv, sheet
from attnviz.session.paper import address
from attnviz.ui.lesson import Lesson


def take_away(opened: Lesson, shown: State, worked: Worked) -> None:
    """Offer the three files; each is made when it is asked for."""
    say, texts, words = opened.say, opened.texts, shown.names
    about = say(f"preset_{shown.preset.name}")
    stem = f"attnviz-{shown.preset.name.replace('_', '-')}"
    if shown.preset.name == "random":
        about, stem = say("about_seed", example=about, seed=SEED.value), f"{stem}-{SEED.value}"
    if shown.is_edited:
        about, stem = say("about_edited", example=about), f"{stem}-edited"
    own = {setting.name: setting.write(setting.value) for setting in shown.settings if setting.value != setting.default}
    link = address(st.context.url, "by-hand", {"lang": opened.choices.lang} | own)
    described = f"{about}. {texts('by_hand_sheet.left_out', words=' '.join(words))}"
    files = {
        "worksheet": ("html", "text/html", lambda: sheet(texts, worked, words, about, link, answers=False)),
        "key": ("html", "text/html", lambda: sheet(texts, worked, words, about, link, answers=True)),
        "numbers": ("csv", "text/csv", lambda: "\ufeff" + numbers_csv(worked, words, described)),
    }
    icons = {"worksheet": ":material/edit_note:", "key": ":material/fact_check:", "numbers": ":material/table:"}
    with st.container(horizontal=True, key="by_hand_files"):
        for name, (kind, mime, make) in files.items():
            st.download_button(
                say(f"file_{name}"), make, file_name=f"{stem}-{name}.{kind}", mime=mime, on_click="ignore",
                icon=icons[name], key=f"file_{name}", type="primary" if name == "worksheet" else "secondary",
            )  # fmt: skip
    st.caption(say("files_note", about=about, digits=DIGITS))
