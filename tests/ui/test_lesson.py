"""The frame of lessons, on a page of its own: what is asked, what is answered, what the link may hold."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.ui.lesson import Lesson, Option


def page() -> None:
    import streamlit as st

    from attnviz.session.catalog import Texts
    from attnviz.session.choices import current
    from attnviz.session.settings import decimal, flag, line, one_of, whole
    from attnviz.ui.inputs import number, segments, slider, switch, text_line
    from attnviz.ui.lesson import Lesson, Option

    class Plain(Lesson):
        def say(self, key: str, /, **places: object) -> str:
            return f"{key} {places}" if places else key

    count, heat = whole("count", 4, 1, 64), decimal("heat", 1.0, 0.1, 10)
    way, on, second = one_of("way", "row", "column"), flag("on"), line("second", "go")
    opened = Plain("x", current()[0], Texts("en"))
    n = slider(count, "count", [1, 2, 4, 8, 64])
    number(whole("seed", 1, 0, 99), "seed", 0, 99)
    slider(heat, "heat", [0.1, 1.0, 10.0])
    segments(way, "way", ["row", "column"], str)
    switch(on, "on")
    text_line(second, "second")
    with opened.section("one", n=n):
        st.write("in it")
    with opened.mistake("two"):
        st.write("wrong")
    square = n * n
    opened.predict(
        "three",
        [Option("same", str(n), "That is n."), Option("square", str(square), "n times n.")],
        "square" if square != n else "same",
    )
    opened.predict(
        "four",
        [Option("even", "Even", f"{n} is even."), Option("odd", "Odd", "It is not.")],
        "even",
        lambda: st.write(f"half of it is {n // 2}"),
    )


def run(**params: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params.update(params)
    app.run()
    assert not app.exception
    return app


def test_a_guess_is_answered_and_other_numbers_ask_again() -> None:
    app = run()
    assert app.radio[0].value is None
    assert not app.success
    assert not app.error
    app.radio[0].set_value("same").run()
    assert "That is n." in app.error[0].value
    app.radio[0].set_value("square").run()
    assert "n times n." in app.success[0].value
    app.select_slider(key="count").set_value(8).run()
    assert app.radio[0].value is None
    assert not app.success


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def button(app: AppTest, name: str, key: str) -> Any:
    (found,) = [button for button in app.button if (button.key or "").startswith(f"{name}_x_{key}_")]
    return found


def test_what_gives_the_answer_away_is_drawn_after_a_guess_right_or_wrong() -> None:
    for guess in ("even", "odd"):
        app = run()
        assert "half of it" not in said(app)
        app.radio[1].set_value(guess).run()
        assert "half of it is 2" in said(app)
        assert len(app.success) + len(app.error) == 1


def test_those_who_only_read_press_show_me() -> None:
    app = run()
    button(app, "show", "four").click().run()
    assert "half of it is 2" in said(app)
    assert "**Answer: Even** &ensp; 4 is even." in said(app)
    assert app.radio[1].value is None
    assert "n times n." not in said(app)  # the other question waits
    app.select_slider(key="count").set_value(8).run()
    assert "half of it is 4" in said(app)  # what was opened stays open, with the numbers of now
    assert "8 is even." in said(app)
    button(app, "again", "four").click().run()
    assert "half of it" not in said(app)
    assert "8 is even." not in said(app)


def test_asking_again_forgets_the_guess() -> None:
    app = run()
    app.radio[1].set_value("odd").run()
    button(app, "again", "four").click().run()
    assert app.radio[1].value is None
    assert not app.error
    assert "half of it" not in said(app)


def test_a_link_may_show_all_answers_and_a_press_hides_them_again() -> None:
    app = run()
    button(app, "show_all", "three").click().run()
    assert app.query_params["answers"] in ("shown", ["shown"])
    assert "half of it is 2" in said(app)
    assert "n times n." in said(app)
    button(app, "hide_all", "four").click().run()
    assert "answers" not in app.query_params
    assert "half of it" not in said(app)


def test_every_input_shows_the_link_and_writes_to_it() -> None:
    app = run(count="8", heat="10", way="column", on="on", second="나", layer="2")
    assert app.select_slider(key="count").value == 8
    assert app.toggle(key="on").value is True
    assert app.text_input(key="second").value == "나"
    app.toggle(key="on").set_value(False).run()
    app.number_input(key="seed").set_value(7).run()
    app.text_input(key="second").set_value("home").run()
    app.select_slider(key="heat").set_value(0.1).run()
    written = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}
    expected = {"count": "8", "heat": "0.1", "way": "column", "second": "home", "layer": "2", "seed": "7"}
    assert written == expected


def test_a_value_between_two_stops_shows_as_the_lower() -> None:
    assert run(count="7").select_slider(key="count").value == 4


def test_an_answer_that_cannot_be_chosen_is_a_fault_of_ours() -> None:
    class Plain(Lesson):
        def say(self, key: str, /, **places: object) -> str:
            return key

    with pytest.raises(ValueError, match="not among"):
        Plain("x", Choices(), Texts("en")).predict("one", [Option("a", "A", "")], "b")
