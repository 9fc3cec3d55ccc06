"""The pages and the panel of a class, as HTML; everything that somebody wrote is escaped by the template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from attnviz.classroom.classes import Seat
from attnviz.classroom.codes import spoken
from attnviz.classroom.record import Round
from attnviz.figures.look import PALETTE
from attnviz.session.catalog import LANGUAGES, PACKAGE, Texts
from attnviz.session.pages import PAGES, base
from attnviz.web.places import address, in_language, page_at
from attnviz.web.still import Still

FOLDER = Path(__file__).parent
_PANEL = (PACKAGE / "components" / "classroom" / "panel.css").read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def colours() -> str:
    """Return the palette as CSS variables, for both themes."""

    def variables(theme: str) -> str:
        return "".join(f"--{name}:{value};" for name, value in PALETTE[theme].items() if isinstance(value, str))

    return f":root{{{variables('light')}}}@media(prefers-color-scheme:dark){{:root{{{variables('dark')}}}}}"


def panel(seat: Seat, language: str, here: int, teacher: bool, *, wide: bool = False) -> str:
    """Return what a teacher or a student sees of the class on every page; ``wide``: on the page of the class itself."""
    texts = Texts(language)
    seen = [vote(one, seat, here, language) for one in (seat.record.round, seat.record.before)]
    return _template("panel.html").render(
        say=partial(_say, texts), record=seat.record, role=seat.role, here=here, is_away=not teacher, wide=wide,
        round=seen[0], before=seen[1] if seen[0] else None, language=language,
        base=base(),
    )  # fmt: skip


def vote(asked: Round | None, seat: Seat, here: int, language: str) -> Mapping[str, object] | None:
    """Return what may be seen of a vote: before the reveal a student sees neither the counts nor the answer."""
    if asked is None:
        return None
    split, is_open = asked.split(), asked.is_revealed or seat.role == "teacher"
    total = sum(split.values())
    return {
        "id": asked.id,
        "text": asked.text[language],
        "is_revealed": asked.is_revealed,
        "mine": asked.votes.get(seat.device, ""),
        "answered": len(asked.votes),
        "thinking": max(0, here - len(asked.votes)),
        "answer": asked.answer if is_open else "",
        "why": next(one.why[language] for one in asked.options if one.name == asked.answer)
        if asked.is_revealed
        else "",
        "options": [
            {
                "name": one.name,
                "label": one.label[language],
                "count": split[one.name] if is_open else 0,
                "share": round(100 * split[one.name] / total) if is_open and total else 0,
                "hands": asked.hands.get(one.name, 0),
            }
            for one in asked.options
        ],
    }


def class_page(seat: Seat | None, language: str, host: str, here: int, said: str = "") -> str:
    """Return the teacher's page: how to begin a class, or the class itself."""
    texts = Texts(language)
    places: dict[str, object] = {}
    if seat:
        join = f"{host}/join/{seat.record.id}"
        qr = segno.make(join, error="m").svg_inline(border=2, omitsize=True)
        titles = [(page.route, texts(page.title)) for page in PAGES]
        places = {
            "code": spoken(seat.record.code),
            "short": f"{host.partition('://')[2]}/join",
            "qr": qr,
            "pages": titles,
            "first": seat.record.pages[0] if seat.record.pages else titles[0][0],
            "last": seat.record.pages[-1] if seat.record.pages else titles[-1][0],
            "lesson": in_language(address(seat.record.at), language),
            "panel": panel(seat, language, here, teacher=True, wide=True),
        }
    return _page("teach.html", texts, seat=seat, said=said, **places)


def join_page(language: str, said: str = "", code: str = "") -> str:
    """Return the page on which a code is typed."""
    return _page("join.html", Texts(language), said=said, code=code)


def view_page(seat: Seat, language: str, here: int, teacher: bool, picture: Still | None, said: str = "") -> str:
    """Return what a student sees where nothing else works: the vote, and what the teacher shows."""
    texts = Texts(language)
    page = page_at(seat.record.at.path)
    title = texts(page.title) if page else ""
    return _page(
        "view.html", texts, title=title, still=picture, record=seat.record, said=said,
        live=in_language(address(seat.record.at), language),
        panel=panel(seat, language, here, teacher, wide=True),
    )  # fmt: skip


def check_page(language: str) -> str:
    """Return the page by which a school's IT staff sees what works here."""
    return _page("check.html", Texts(language))


def _page(name: str, texts: Texts, **places: object) -> str:
    return _template(name).render(
        say=partial(_say, texts),
        language=texts.language,
        base=base(),
        languages=LANGUAGES,
        colours=colours(),
        panel_css=_PANEL,
        **places,
    )


def _say(texts: Texts, name: str, **places: object) -> str:
    return texts(f"web.{name}", **places)
