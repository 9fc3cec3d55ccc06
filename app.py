"""attnviz: run with ``streamlit run app.py``.

Streamlit imports this file once as a server, with the addresses of a class beside its own, and runs it as a script
for each reader.
"""

import streamlit as st


def main() -> None:
    """Draw the page that the address names, when it is this reader's turn."""
    from attnviz.session.turns import turn

    with turn():
        draw()


def draw() -> None:
    """Draw the page that the address names."""
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


if __name__ == "__main__":
    main()
else:
    from attnviz.web.routes import served_routes
    from attnviz.web.scripts import MIDDLEWARE

    app = st.App(__file__, routes=served_routes(), middleware=MIDDLEWARE)
