"""From text to token ids, and from token ids to labels that a reader can read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import regex
from tokenizers import Tokenizer, pre_tokenizers

from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID
from attnviz.trace.plain import EMOJI, plain
from attnviz.trace.words import pieces_of

MAX_TOKENS = 128  # of the reader's own; special tokens come on top
_BYTE_LABEL = regex.compile(r"<[0-9A-F]{2}( [0-9A-F]{2})*>")
_EMOJI_OR_CHARACTER = regex.compile(rf"{EMOJI}|(.)", regex.DOTALL)
SPECIAL_LABELS = {PAD_ID: "‹pad›", START_ID: "‹start›", END_ID: "‹end›", MASK_ID: "‹mask›"}


class EmptyTextError(ValueError):
    """There is nothing to read in the text."""


@dataclass(frozen=True)
class Tokens:
    """A tokenised text, special tokens included."""

    ids: tuple[int, ...]
    labels: tuple[str, ...]  # what the reader sees, one a token
    words: tuple[str, ...]
    word_of: tuple[int | None, ...]  # token -> word index, None for a special token
    n_dropped: int  # tokens cut off at the cap


class TokenFields(TypedDict):
    """What every trace holds of the tokens that were read and written."""

    tokens: tuple[str, ...]
    words: tuple[str, ...]
    word_of: tuple[int | None, ...]
    target_tokens: tuple[str, ...]
    target_words: tuple[str, ...]
    target_word_of: tuple[int | None, ...]
    n_dropped: int
    n_target_dropped: int


def token_fields(source: Tokens, target: Tokens) -> TokenFields:
    """Return these fields of a trace."""
    return {
        "tokens": source.labels,
        "words": source.words,
        "word_of": source.word_of,
        "target_tokens": target.labels,
        "target_words": target.words,
        "target_word_of": target.word_of,
        "n_dropped": source.n_dropped,
        "n_target_dropped": target.n_dropped,
    }


def tokenize(tokenizer: Tokenizer, text: str | Sequence[str], *, is_target: bool = False) -> Tokens:
    """Cut ``text`` into at most MAX_TOKENS tokens; a source ends in the end token, a target opens with start.

    A source is read through :func:`attnviz.trace.plain.plain`, as the models' training text was; a target is
    taken as it is, for it may be what a model wrote.
    Raises ``EmptyTextError`` for a source with nothing to read, and ``ValueError`` for a list with
    a blank word or with white space inside one.
    """
    if not is_target:
        text = plain(text) if isinstance(text, str) else [plain(word) for word in text]
    words, pieces, owners = pieces_of(text)
    if not pieces and not is_target:
        raise EmptyTextError("there is nothing to read: type a few words")
    encoding = tokenizer.encode(pieces, is_pretokenized=True, add_special_tokens=False)
    ids = encoding.ids[:MAX_TOKENS]
    word_of: list[int | None] = [owners[piece] for piece in encoding.word_ids[:MAX_TOKENS] if piece is not None]
    labels = [label_of(tokenizer, token) for token in ids]
    if is_target:
        ids, labels, word_of = [START_ID, *ids], [SPECIAL_LABELS[START_ID], *labels], [None, *word_of]
    else:
        ids, labels, word_of = [*ids, END_ID], [*labels, SPECIAL_LABELS[END_ID]], [*word_of, None]
    n_words = max((word + 1 for word in word_of if word is not None), default=0)
    n_dropped = max(0, len(encoding.ids) - MAX_TOKENS)
    return Tokens(
        tuple(ids), tuple(labels), tuple(visible(word) for word in words[:n_words]), tuple(word_of), n_dropped
    )


def written(tokenizer: Tokenizer, ids: Sequence[int]) -> Tokens:
    """Return what the decoder reads after it has written the tokens ``ids``, just as it cut them.

    The same text typed by a reader may be cut otherwise; these are the model's own tokens.
    """
    raws = [_raw(tokenizer, token) for token in ids]
    words: list[bytes] = []
    word_of: list[int | None] = [None]
    for place, raw in enumerate(raws):
        before, after = raws[place - 1][-1:] if place else b" ", raw[:1]
        if not words or after == b" " or _is_mark(before) or _is_mark(after):
            words.append(b"")
        words[-1] += raw
        word_of.append(len(words) - 1)
    labels = (SPECIAL_LABELS[START_ID], *(label_of(tokenizer, token) for token in ids))
    names = tuple(visible(word.decode("utf-8", "replace").strip() or " ") for word in words)
    return Tokens((START_ID, *ids), labels, names, tuple(word_of), 0)


def next_labels(tokenizer: Tokenizer, read: Tokens, likeliest: int) -> tuple[str, ...]:
    """Name what each position of ``read`` writes: the token that the next one reads; the last, the ``likeliest``."""
    return (*read.labels[1:], label_of(tokenizer, likeliest))


def most_tokens(n_source: int) -> int:
    """Return how many tokens the translation of a source of ``n_source`` tokens may have."""
    return min(MAX_TOKENS, 2 * n_source + 10)


def read_and_written(tokenizer: Tokenizer, target: str | Tokens) -> tuple[Tokens, str]:
    """Return a target in tokens, as a decoder reads it, and in words."""
    if isinstance(target, Tokens):
        return target, spelled(tokenizer, target.ids)
    return tokenize(tokenizer, target, is_target=True), target


def spelled(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Return the text of tokens, special ones and broken characters left out."""
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True)
    return text.replace("\ufffd", "").strip()


def joins(tokenizer: Tokenizer, token: int) -> bool:
    """Whether a token goes on with the word before it."""
    raw = b" " if token in SPECIAL_LABELS else _raw(tokenizer, token)
    return not raw.startswith(b" ") and not _is_mark(raw[:1])


def _is_mark(byte: bytes) -> bool:
    return byte < b"\x80" and not byte.isalnum()


def _raw(tokenizer: Tokenizer, token: int) -> bytes:
    piece = tokenizer.id_to_token(token)
    if piece is None:
        raise ValueError(f"the vocabulary has no token {token}")
    return bytes(_BYTE_OF[character] for character in piece)


def label_of(tokenizer: Tokenizer, token: int) -> str:
    """Return the text of a token of whole characters, else its bytes, as in ``<EB 82>``."""
    if token in SPECIAL_LABELS:
        return SPECIAL_LABELS[token]
    return _label(_raw(tokenizer, token))


def byte_label(piece: str) -> str:
    """Return the label of a piece written in the byte alphabet of GPT-2; other characters stand for themselves."""
    if any(character not in _BYTE_OF for character in piece):
        return visible(piece)
    return _label(bytes(_BYTE_OF[character] for character in piece))


def _label(raw: bytes) -> str:
    if raw.startswith(b" ") and len(raw) > 1:
        raw = raw[1:]
    try:
        return visible(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return f"<{raw.hex(' ').upper()}>"


def is_byte_piece(label: str) -> bool:
    """Whether a label of :func:`label_of` stands for bytes, not for whole characters."""
    return _BYTE_LABEL.fullmatch(label) is not None


def visible(text: str) -> str:
    """Return ``text`` with spaces, control, format and unassigned characters as visible marks, but for emoji."""
    if text.isprintable() and " " not in text:
        return text
    marked: str = _EMOJI_OR_CHARACTER.sub(lambda found: _visible_character(found[1]) if found[1] else found[0], text)
    return marked


def visible_line(text: str) -> str:
    """Return ``text`` for one line of a caption: its spaces stay, other unseen characters are visible marks."""
    return " ".join(map(visible, text.split(" ")))


def _visible_character(character: str) -> str:
    if character == " ":
        return "␣"
    if unicodedata.category(character)[0] in "CZ":
        return f"<U+{ord(character):04X}>"
    return character


def _byte_alphabet() -> dict[str, int]:
    """Invert the byte-to-character table of byte-level BPE (GPT-2): visible bytes stand for themselves."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in own]
    alphabet = {chr(byte): byte for byte in own} | {chr(256 + index): byte for index, byte in enumerate(others)}
    if set(alphabet) != set(pre_tokenizers.ByteLevel.alphabet()):
        raise RuntimeError("the byte alphabet of the tokenizers library has changed")
    return alphabet


_BYTE_OF = _byte_alphabet()
