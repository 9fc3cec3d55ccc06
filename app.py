"""attnviz: run with ``streamlit run app.py``."""

import streamlit as st

from attnviz.ui.faults import faults_shown
from attnviz.ui.header import footer, header
from attnviz.ui.screen import navigation

st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
page = navigation()
with faults_shown():
    header(page.url_path)
    page.run()
with faults_shown():
    footer(page.url_path)
