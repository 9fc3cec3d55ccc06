"""The views drawn in the browser: Streamlit components v2, a folder each with its wrapper, modules and style."""
