"""From text to a model's own tokens, and from these back to words that a reader can read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from attnviz.hf.model import HFModel
from attnviz.trace.tokens import MAX_TOKENS, EmptyTextError, Tokens, byte_label, visible
from attnviz.trace.words import word_spans

MOST_WRITTEN = 64  # tokens that an encoder-decoder writes by itself
Span = tuple[int, int]


def most_tokens(model: HFModel) -> int:
    """Return how many tokens a model may read: ours and its special ones, never more than it has positions for."""
    own = int(model.tokenizer.num_special_tokens_to_add(pair=False))
    limits = [MAX_TOKENS + own, int(model.tokenizer.model_max_length)]
    config = model.network.config
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - (int(config.pad_token_id or 0) + 1 if model.counts_from_padding else 0))
    return min(limits)


def plain_text(text: str | Sequence[str]) -> str:
    """Return what the tokenizer gets; a list's words are joined by spaces, and none may be blank or hold one."""
    if isinstance(text, str):
        return text
    for index, word in enumerate(text):
        if not word or any(character.isspace() for character in word):
            raise ValueError(f"word {index} must be one word without spaces, not {word!r}")
    return " ".join(text)


def spans_of(text: str | Sequence[str]) -> list[Span]:
    """Return where the words begin and end in :func:`plain_text`."""
    if isinstance(text, str):
        return word_spans(text)
    spans, place = [], 0
    for word in text:
        spans.append((place, place + len(word)))
        place += len(word) + 1
    return spans


def read(model: HFModel, text: str | Sequence[str], *, is_target: bool = False) -> tuple[Tokens, bool]:
    """Cut ``text`` as the model's own tokenizer does, special tokens and all; and whether words are known.

    ``EmptyTextError`` where there is nothing to read.
    """
    plain, tokenizer, most = plain_text(text), model.tokenizer, most_tokens(model)
    options: dict[str, Any] = {"text_target": plain} if is_target else {"text": plain}
    fast = bool(getattr(tokenizer, "is_fast", False))
    options |= {"return_offsets_mapping": fast, "return_special_tokens_mask": True, "verbose": False}
    kept = whole = tokenizer(**options)
    if len(whole["input_ids"]) > most:
        kept = tokenizer(**options, truncation=True, max_length=most)
    ids = tuple(int(one) for one in kept["input_ids"])
    special = [bool(one) for one in kept["special_tokens_mask"]]
    if not is_target and all(special):
        raise EmptyTextError("there is nothing to read: type a few words")
    n_dropped = len(whole["input_ids"]) - len(ids)
    if fast:
        offsets = [
            None if mark else (int(a), int(b)) for (a, b), mark in zip(kept["offset_mapping"], special, strict=True)
        ]
        return _tokens(model, ids, plain, spans_of(text), offsets, n_dropped), True
    found = _spelled_out(model, ids, special)
    if _without_spaces(found[0]) == _without_spaces(plain):
        places = _places(found[0], plain)
        offsets = [
            None if span is None else (places[span[0]], places[span[1] - 1] + 1) if span[0] < span[1] else (0, 0)
            for span in found[1]
        ]
        return _tokens(model, ids, plain, spans_of(text), offsets, n_dropped), True
    return by_token(model, ids, special, n_dropped), False


def written(model: HFModel, ids: Sequence[int]) -> tuple[Tokens, str]:
    """Return the tokens that a model wrote, and their text; words are cut out of that text."""
    special = special_of(model, ids)
    text, offsets = _spelled_out(model, tuple(ids), special)
    return _tokens(model, tuple(ids), text, word_spans(text), offsets, 0), text.strip()


def special_of(model: HFModel, ids: Sequence[int]) -> list[bool]:
    """Say of each token whether it is a special one."""
    known = set(model.tokenizer.all_special_ids)
    return [one in known for one in ids]


def by_token(model: HFModel, ids: tuple[int, ...], special: Sequence[bool], n_dropped: int) -> Tokens:
    """Each token a word of its own, where the tokenizer doesn't tell which characters it stands for."""
    labels = labels_of(model.tokenizer, ids)
    words: list[str] = []
    word_of: list[int | None] = []
    for label, mark in zip(labels, special, strict=True):
        word_of.append(None if mark else len(words))
        words += [] if mark else [label]
    return Tokens(ids, labels, tuple(words), tuple(word_of), n_dropped)


def _tokens(
    model: HFModel, ids: tuple[int, ...], text: str, spans: list[Span], offsets: Sequence[Span | None], n_dropped: int
) -> Tokens:
    """Give each token the word that its first visible character lies in."""
    owner_at: dict[int, int] = {place: index for index, (a, b) in enumerate(spans) for place in range(a, b)}
    word_of: list[int | None] = []
    for span in offsets:
        owner = None
        if span is not None:
            visible_at = [place for place in range(*span) if place in owner_at]
            owner = owner_at[visible_at[0]] if visible_at else _last(word_of)
        word_of.append(owner)
    used = sorted({word for word in word_of if word is not None})
    renamed = {word: index for index, word in enumerate(used)}
    words = tuple(visible(unicodedata.normalize("NFC", text[slice(*spans[word])])) for word in used)
    labels = labels_of(model.tokenizer, ids)
    return Tokens(ids, labels, words, tuple(None if word is None else renamed[word] for word in word_of), n_dropped)


def _last(word_of: Sequence[int | None]) -> int | None:
    """A token without characters of its own (a lone space mark, the rest of a character) goes with the one before."""
    return next((word for word in reversed(word_of) if word is not None), None)


def _spelled_out(model: HFModel, ids: tuple[int, ...], special: Sequence[bool]) -> tuple[str, list[Span | None]]:
    """Return the text of tokens, and of each the characters that it adds."""
    offsets: list[Span | None] = []
    before = ""
    for index in range(len(ids)):
        text = model.tokenizer.decode(
            list(ids[: index + 1]), skip_special_tokens=True, clean_up_tokenization_spaces=False
        ).rstrip("\ufffd")
        offsets.append(None if special[index] else (min(len(before), len(text)), len(text)))
        before = text
    return before, offsets


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _places(found: str, plain: str) -> list[int]:
    """Say where in ``plain`` each character of ``found`` stands; they differ in white space alone."""
    visible_at = [index for index, character in enumerate(plain) if not character.isspace()]
    places, at = [], 0
    for character in found:
        places.append(visible_at[min(at, len(visible_at) - 1)])
        at += not character.isspace()
    return places


def labels_of(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """Return what the reader sees of each token: its characters, or its bytes where they make no whole one."""
    special, byte_level = set(tokenizer.all_special_ids), _is_byte_level(tokenizer)
    pieces = tokenizer.convert_ids_to_tokens([int(one) for one in ids])
    return tuple(
        str(piece) if one in special and piece is not None else _label(tokenizer, one, piece, byte_level)
        for one, piece in zip(ids, pieces, strict=True)
    )


def _label(tokenizer: Any, token: int, piece: str | None, byte_level: bool) -> str:
    if piece is None:
        return f"<{token}>"
    if byte_level:
        return byte_label(piece)
    if len(piece) == 1 and "\x80" <= piece <= "\xff" and tokenizer.decode([token]) in ("", "\ufffd"):  # ByT5: a byte
        return f"<{ord(piece):02X}>"
    return _label_of_piece(piece)


@lru_cache(maxsize=1 << 15)  # a vocabulary's pieces come again in every text
def _label_of_piece(piece: str) -> str:
    if piece.startswith("<0x") and piece.endswith(">"):
        return f"<{piece[3:-1]}>"
    bare = piece.replace("▁", " ").replace("</w>", "")
    return visible(bare.strip() or " ")


def _is_byte_level(tokenizer: Any) -> bool:
    """Whether pieces are written in the byte alphabet of GPT-2."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return backend is not None and type(backend.decoder).__name__ == "ByteLevel"
