"""attnviz: run with ``streamlit run app.py``."""

import streamlit as st

from attnviz.ui.faults import new_page, told
from attnviz.ui.header import footer, header
from attnviz.ui.screen import navigation

st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
page = navigation()
with told():
    header(page.url_path)
    new_page()
    page.run()
with told():
    footer(page.url_path)
