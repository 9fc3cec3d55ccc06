import streamlit as st

from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    st.write("start", shown.trace.tokens, shown.layer, shown.head, shown.query, shown.key)
