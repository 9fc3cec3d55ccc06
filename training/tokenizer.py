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
