"""The script beside which the app is measured: a box for a sentence and a word."""

import streamlit as st

st.text_input("sentence", key="sentence")
st.write("empty")
