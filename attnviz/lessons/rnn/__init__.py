"""Attention before Transformers: the recurrent translators."""
