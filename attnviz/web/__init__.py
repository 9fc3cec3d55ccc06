"""What the server answers besides Streamlit: a class, as plain HTML pages that need neither websockets nor scripts."""
