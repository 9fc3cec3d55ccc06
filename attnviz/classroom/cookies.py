"""What a browser keeps of a class: cookies that no script can read, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from attnviz.classroom.classes import Visitor

DEVICE, CLASS, TEACHER = "attnviz_device", "attnviz_class", "attnviz_teacher"
LONGEST = 100  # characters of one


def visitor(cookies: Mapping[str, str]) -> Visitor:
    """Read a browser's cookies."""
    device, class_id, teacher = (cookies.get(name, "")[:LONGEST] for name in (DEVICE, CLASS, TEACHER))
    teaches, _, secret = teacher.partition(".")
    return Visitor(device, class_id, teaches, secret)
