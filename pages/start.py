"""Start: the paper's figure for the reader's sentence, its strongest link, and whether that is special."""

from dataclasses import replace

import streamlit as st

from attnviz.components.headline import headline_card, special_card
from attnviz.components.lines import lines
from attnviz.lessons.start.vote import voted
from attnviz.session.bet import bet_of
from attnviz.session.markdown import literal
from attnviz.session.pages import PAGES, ROOT
from attnviz.session.seen import seen_of
from attnviz.trace.evaluation import evaluation_of
from attnviz.trace.headline import headline, measured_for, paper_link
from attnviz.trace.models import others, row_of
from attnviz.ui.controls import model_control, part_control
from attnviz.ui.others import next_token, notice_sink
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    if others():
        with st.container(horizontal=True, vertical_alignment="center", key="start_controls"):
            part_control(shown)
            model_control(shown)
    bet = bet_of(shown, st.query_params.to_dict())  # whoever comes by a link wants to see what it shows
    texts, part = shown.texts, shown.choices.part
    words, control = (seen_of(trace, part, by_word=True, special=False) for trace in (shown.trace, shown.control))
    evaluation = evaluation_of(shown.trace.model_name)
    measured = measured_for(shown.trace, evaluation) if part == "encoder_self" and words.by_word else None
    place = (shown.layer, shown.head, words.row_of(shown.query), words.column_of(shown.key))
    picked = shown.picked and (*shown.picked[:2], words.row_of(shown.picked[2]), words.column_of(shown.picked[3]))
    found = headline(words, control, place, measured, picked)
    bet = voted(shown, bet, words, place[:3])
    paper = paper_link(shown.trace, shown.control, evaluation)
    # the next pages show this very link
    link = replace(
        shown.choices, layer=shown.layer + 1, head=shown.head + 1, query=shown.query + 1, key=shown.key + 1
    ).query_params()
    files = {page.route: ROOT / page.file for page in PAGES}
    with st.container(key="start"):
        with st.container(key="start_headline"):
            # a link that is not there has no place of its own to be told at
            said = paper if paper and (not paper.found or paper.is_about(found.query, found.key)) else None
            headline_card(shown, found, said, bet=bet)
        with st.container(key="start_watch"):
            watch = texts("start.watch", word=literal(found.query))
            st.page_link(files["follow"], label=watch, icon=":material/play_circle:", query_params=link)
        with st.container(key="start_figure"):
            lines(shown, shown=words, control=control if row_of(shown.choices.model).trained else None, bet=bet)
        with st.container(key="start_special"):
            special_card(shown, found, bet=bet)
    notice_sink(shown)
    next_token(shown)
    with st.container(key="lesson"):
        st.markdown(texts.lesson("start"))

    ways = {
        "follow": f"**{texts('start.course')} →** {texts('start.way_follow', n=len(PAGES))}",
        "heads": f"**{texts('start.explore')} →** {texts('start.way_heads', n=found.standing.n_heads)}",
    }
    with st.container(horizontal=True, key="way_on"):
        for route, label in ways.items():
            with st.container(key=f"way_{route}"):
                st.page_link(files[route], label=label, query_params=link)
