"""Trains the byte-level BPE that source and target share."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from attnviz.trace.words import pieces_of

SPECIAL_TOKENS = ["<pad>", "<start>", "<end>", "<mask>"]  # ids 0 to 3, as in attnviz.model.transformer


def train_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Learn merges from ``texts``; every byte is in the vocabulary, so that any text has tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((pieces_of(text)[1] for text in texts), trainer)
    return tokenizer


def made_of(tokenizer: Tokenizer, older: Tokenizer) -> list[list[int]]:
    """Return, for each token of ``tokenizer``, the tokens of an older one that spell it."""
    bytes_of, rows = older.pre_tokenizer, []
    older.pre_tokenizer = pre_tokenizers.Sequence([])  # a token is spelled in byte letters already
    try:
        for token in sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__):
            known = older.token_to_id(token)
            rows.append([known] if known is not None else older.encode(token, add_special_tokens=False).ids)
    finally:
        older.pre_tokenizer = bytes_of
    return rows
