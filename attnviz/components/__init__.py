"""The views drawn in the browser: Streamlit components v2, each a .py with its .js and .css beside it."""
