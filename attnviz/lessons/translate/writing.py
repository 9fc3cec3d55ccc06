"""The Translate page: writing in sight of the reader, who may stop it; where it was stopped stands in the link."""

from __future__ import annotations

import re
import zlib

from attnviz.concepts.decoding import Written, recorded, task
from attnviz.model.checkpoint import ModelError
from attnviz.session.kept import kept
from attnviz.session.models import model_named, whole_model, writing_of
from attnviz.session.settings import Setting
from attnviz.trace.models import NoPartError
from attnviz.trace.tokens import MAX_TOKENS, EmptyTextError, spelled
from attnviz.ui.lesson import Lesson
from attnviz.ui.progress import watched

NOT_STOPPED = (MAX_TOKENS, "")


def stop_setting(name: str) -> Setting[tuple[int, str]]:
    """Declare where the reader stopped, and what was being written: in another sentence it means nothing."""

    def read(text: str) -> tuple[int, str] | None:
        found = re.fullmatch(r"([1-9][0-9]{0,2})-([0-9a-f]{8}|)", text)
        return (int(found[1]), found[2]) if found and int(found[1]) <= MAX_TOKENS else None

    return Setting(name, NOT_STOPPED, read, lambda value: f"{value[0]}-{value[1]}")


STOP, BEAM_STOP = stop_setting("stop"), stop_setting("beam_stop")


def name_of(*asked: object) -> str:
    """Return a short name of what is being written, for the link."""
    return f"{zlib.crc32(repr(asked).encode('utf-8', 'surrogatepass')):08x}"


def stopped_at(stop: Setting[tuple[int, str]], name: str) -> int:
    """Return after how many tokens the reader stopped what has this name; as many as there can be if never."""
    return stop.value[0] if stop.value[1] == name else MAX_TOKENS


def so_far(opened: Lesson) -> str | None:
    """Write the translation in sight of the reader; return what stands there if it was stopped, else None."""
    try:
        whole_model(opened.choices.model)
        done = writing_in_sight(opened, "")
    except (EmptyTextError, ModelError, NoPartError):
        return None  # screen() says what is wrong
    return spelled(model_named(opened.choices.model).tokenizer, done.ids) if done.stopped else None


def writing_in_sight(opened: Lesson, beginning: str) -> Written:
    """Write a translation that starts with ``beginning``: what is written already, or more in sight of the reader."""
    model, text = opened.choices.model, opened.choices.text
    work, asked, name = (
        writing_of(model, text, beginning),
        task(model_named(model), text, beginning),
        name_of(model, text),
    )
    until = max(stopped_at(STOP, name), len(asked.prefix))
    is_done = watched(
        work, until, len, asked.limit,
        lambda count: opened.say("writing", count=count, most=asked.limit),
        (opened.say("stop"), lambda count: STOP.set((count, name))),
        "translate_writing_forced" if beginning else "translate_writing",
    )  # fmt: skip
    return _written(model, text, beginning, work.latest if is_done else work.latest[:until], not is_done)


@kept
def _written(model: str, text: str, beginning: str, ids: tuple[int, ...], stopped: bool) -> Written:
    return recorded(model_named(model), text, beginning, ids, stopped=stopped)
