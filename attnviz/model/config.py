"""Sizes and switches of the Transformer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


def check_reals(dropout: object, embedding_std: object) -> None:
    """Raise ``ValueError`` unless ``dropout`` is a share below 1 and ``embedding_std`` a spread from 0 to 100."""
    for name, value, most in (("dropout", dropout, 1.0), ("embedding_std", embedding_std, 100.0)):
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < most:
            raise ValueError(f"{name} must be a number from 0 to below {most:g}, not {value!r}")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that fixes the shape of a Transformer; stored as ``config.json``.

    ``norm_first`` is the field's name for where LayerNorm stands: True is
    ``x + Sublayer(LayerNorm(x))`` (pre-norm), False the paper's
    ``LayerNorm(x + Sublayer(x))`` (post-norm).
    Raises ``ValueError`` when the sizes contradict each other.
    """

    vocabulary_size: int = 8000
    d_model: int = 192
    n_heads: int = 8
    n_encoder_layers: int = 4
    n_decoder_layers: int = 2
    d_ff: int = 768
    dropout: float = 0.1
    norm_first: bool = True
    embedding_std: float = 0.3  # of a token vector after the sqrt(d_model) factor, at initialisation

    def __post_init__(self) -> None:
        """Refuse sizes that no Transformer can have."""
        for name in ("vocabulary_size", "d_model", "n_heads", "n_encoder_layers", "n_decoder_layers", "d_ff"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a positive whole number, not {value!r}")
        check_reals(self.dropout, self.embedding_std)
        if not isinstance(self.norm_first, bool):
            raise ValueError(f"norm_first must be true or false, not {self.norm_first!r}")
        if self.d_model % self.n_heads:
            raise ValueError(f"d_model = {self.d_model} can't be split over {self.n_heads} heads")
        if self.d_model % 2:
            raise ValueError(f"d_model = {self.d_model} must be even: positions come as sine and cosine pairs")

    @property
    def d_k(self) -> int:
        """Width of one head's query, key and value vectors."""
        return self.d_model // self.n_heads

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """Build a Config from ``config.json``; unknown or missing names raise ``ValueError``."""
        known = {field.name for field in fields(cls)}
        if set(values) != known:
            raise ValueError(
                f"config names differ: unknown {sorted(set(values) - known)}, missing {sorted(known - set(values))}"
            )
        return cls(**values)
