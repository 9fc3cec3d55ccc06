"""A class as one record: every change makes the next one, and whoever comes late reads all there is.

The record holds no secret and no person: of the teacher's secret and the devices' tokens it keeps hashes, and the
tokens are random letters. Functions here are pure; ``classes.py`` decides who may call them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

LASTS = 3 * 3600  # seconds
MOST_DEVICES = 500
MOST_ASKED = 60  # sentences that wait in the teacher's list
MOST_ASKED_BY_ONE = 3
LONGEST = 200  # characters of a sentence that is asked
MOST_HANDS = 999


Text: TypeAlias = Mapping[str, str]  # language -> plain text: everybody reads a vote in his own


class NotNowError(ValueError):
    """What was asked for can't be done; ``why`` names the reason, as the pages tell it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def hashed(secret: str) -> str:
    """Return what the record keeps of a secret: SHA-256, hexadecimal. The secrets are random: no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Position:
    """Where the teacher is: a page of the app and what stands behind the question mark; ``move`` counts up."""

    path: str = "/"
    query: str = ""
    move: int = 0


@dataclass(frozen=True)
class Option:
    """One answer to vote for."""

    name: str
    label: Text
    why: Text


@dataclass(frozen=True)
class Round:
    """One vote on a question: changeable until it is locked, by a second vote or by the reveal."""

    id: str
    question: str  # which one: "masking.future"
    text: Text
    options: tuple[Option, ...]
    answer: str
    votes: Mapping[str, str] = field(default_factory=dict)  # device -> name of an option
    hands: Mapping[str, int] = field(default_factory=dict)  # name of an option -> raised hands, counted by the teacher
    is_revealed: bool = False

    def split(self) -> dict[str, int]:
        """Count votes and hands for each option."""
        votes = Counter(self.votes.values())
        return {option.name: votes[option.name] + self.hands.get(option.name, 0) for option in self.options}


@dataclass(frozen=True)
class Asked:
    """A sentence that somebody wants to see."""

    id: str
    text: str
    device: str


@dataclass(frozen=True)
class Class:
    """Everything about one class; ``devices`` and ``teacher`` are hashes."""

    id: str
    code: str
    teacher: str
    recovery: str
    started: float  # seconds since 1970
    version: int = 0
    at: Position = Position()
    calls: int = 0  # how often the teacher asked all back
    is_paused: bool = False
    pages: tuple[str, ...] = ()  # routes that stay open; (): all
    is_closed: bool = False  # nobody new comes in
    devices: tuple[str, ...] = ()
    round: Round | None = None
    before: Round | None = None  # the first vote on the same question
    asked: tuple[Asked, ...] = ()

    @property
    def ends(self) -> float:
        """When it ends by itself."""
        return self.started + LASTS

    @property
    def asks(self) -> str:
        """The question that it votes on now, whose answer no student's page tells; "" for none."""
        return self.round.question if self.round and not self.round.is_revealed else ""

    def to_json(self) -> bytes:
        """Return the record as the store keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()


def from_json(kept: bytes) -> Class:
    """Read back what :meth:`Class.to_json` wrote."""
    raw: dict[str, Any] = json.loads(kept)
    return Class(
        **raw
        | {
            "at": Position(**raw["at"]),
            "pages": tuple(raw["pages"]),
            "devices": tuple(raw["devices"]),
            "round": _round(raw["round"]),
            "before": _round(raw["before"]),
            "asked": tuple(Asked(**one) for one in raw["asked"]),
        }
    )


def _round(raw: dict[str, Any] | None) -> Round | None:
    return Round(**raw | {"options": tuple(Option(**one) for one in raw["options"])}) if raw else None


# ---- what a student's device does


def joined(record: Class, device: str) -> Class:
    """Let a device in; one that is in already stays in, whatever the door."""
    if device in record.devices:
        return record
    if record.is_closed:
        raise NotNowError("closed")
    if len(record.devices) >= MOST_DEVICES:
        raise NotNowError("full")
    return replace(record, devices=(*record.devices, device))


def voted(record: Class, device: str, round_id: str, option: str) -> Class:
    """Count a device's vote, in place of its earlier one; the same vote twice changes nothing."""
    vote = _open_round(record, round_id)
    if option not in {one.name for one in vote.options}:
        raise NotNowError("no_option")
    if vote.votes.get(device) == option:
        return record
    return replace(record, round=replace(vote, votes={**vote.votes, device: option}))


def asking(record: Class, device: str, sentence: str, new_id: str) -> Class:
    """Put a sentence into the teacher's list."""
    text = " ".join(sentence.split())[:LONGEST]
    if not text:
        raise NotNowError("empty")
    of_one = [one for one in record.asked if one.device == device]
    if any(one.text == text for one in of_one):
        return record
    if len(of_one) >= MOST_ASKED_BY_ONE or len(record.asked) >= MOST_ASKED:
        raise NotNowError("many_asked")
    return replace(record, asked=(*record.asked, Asked(new_id, text, device)))


# ---- what the teacher does


def moved(record: Class, path: str, query: str) -> Class:
    """Go somewhere, and all who follow with it."""
    now = record.at
    return record if (path, query) == (now.path, now.query) else replace(record, at=Position(path, query, now.move + 1))


def called(record: Class) -> Class:
    """Ask all back to where the teacher is."""
    return replace(record, calls=record.calls + 1)


def opened(record: Class, vote: Round) -> Class:
    """Begin a vote. On the question of the last one it is the second: that one is locked, and kept beside it."""
    last = record.round
    again = last is not None and last.question == vote.question and record.before is None
    return replace(record, round=vote, before=last if again else None)


def revealed(record: Class, round_id: str) -> Class:
    """Lock the vote and show everybody the answer, why, and the split; done twice it is done once."""
    vote = record.round
    if vote is None or vote.id != round_id:
        raise NotNowError("no_round")
    before = record.before and replace(record.before, is_revealed=True)
    return record if vote.is_revealed else replace(record, round=replace(vote, is_revealed=True), before=before)


def put_away(record: Class) -> Class:
    """Take the vote off all screens."""
    return replace(record, round=None, before=None)


def counted(record: Class, round_id: str, option: str, hands: int) -> Class:
    """Write down how many hands the teacher saw, where devices can't reach the server."""
    vote = _open_round(record, round_id)
    if option not in {one.name for one in vote.options} or not 0 <= hands <= MOST_HANDS:
        raise NotNowError("no_option")
    return replace(record, round=replace(vote, hands={**vote.hands, option: hands}))


def taken(record: Class, asked_id: str) -> tuple[Class, str]:
    """Take a sentence off the list, and return it: to be shown, or not at all."""
    found = next((one for one in record.asked if one.id == asked_id), None)
    if found is None:
        raise NotNowError("no_sentence")
    return replace(record, asked=tuple(one for one in record.asked if one is not found)), found.text


def _open_round(record: Class, round_id: str) -> Round:
    if record.round is None or record.round.id != round_id:
        raise NotNowError("no_round")
    if record.round.is_revealed:
        raise NotNowError("locked")
    return record.round
