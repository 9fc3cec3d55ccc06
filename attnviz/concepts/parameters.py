"""How many parameters a Transformer has, part by part, from its sizes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from attnviz.model.config import Config
from attnviz.trace.run import Model

Group: TypeAlias = Literal["embedding", "attention", "feed_forward", "rest"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True)
class HeadSizes:
    """The four matrices of multi-head attention at one number of heads, without biases (Section 3.2.2)."""

    d_model: int
    n_heads: int

    def __post_init__(self) -> None:
        """Refuse heads over which d_model can't be split evenly."""
        if self.d_model < 1 or self.n_heads < 1 or self.d_model % self.n_heads:
            raise ValueError(f"d_model = {self.d_model} can't be split over {self.n_heads} heads")

    @property
    def d_k(self) -> int:
        """Width of one head."""
        return self.d_model // self.n_heads

    @property
    def one_matrix(self) -> int:
        """Parameters of one head's W_Q; of its W_K, W_V and slice of W_O just as many."""
        return self.d_model * self.d_k

    @property
    def per_head(self) -> int:
        """Parameters of one head: W_Q, W_K, W_V and its slice of W_O."""
        return 4 * self.one_matrix

    @property
    def total(self) -> int:
        """Parameters of all heads."""
        return self.n_heads * self.per_head


@dataclass(frozen=True)
class Shape:
    """All sizes and switches that a parameter count depends on.

    Without encoder layers the decoder has no cross-attention: a model like GPT.
    """

    vocabulary: int
    d_model: int
    n_heads: int
    encoder_layers: int
    decoder_layers: int
    d_ff: int
    tables: int = 1  # token tables: 1 = one for input and output, 2 = one each, 3 = source, target, output
    positions: int = 0  # learned positions; 0 = computed by a formula, no parameters
    biases: bool = True
    norms: bool = True
    final_norms: bool = True  # one more LayerNorm at the end of each stack, as pre-norm needs it

    @property
    def sizes(self) -> HeadSizes:
        """The sizes of one attention call."""
        return HeadSizes(self.d_model, self.n_heads)

    @property
    def layers(self) -> int:
        """Layers of both stacks; each has one feed-forward network."""
        return self.encoder_layers + self.decoder_layers

    @property
    def stacks(self) -> int:
        """How many of encoder and decoder there are."""
        return (self.encoder_layers > 0) + (self.decoder_layers > 0)

    @property
    def calls(self) -> int:
        """Attention calls: one an encoder layer, two a decoder layer that reads an encoder, else one."""
        return self.encoder_layers + self.decoder_layers * (2 if self.encoder_layers else 1)

    @property
    def n_norms(self) -> int:
        """LayerNorms: one an attention call, one a feed-forward network, with ``final_norms`` one a stack."""
        return (self.calls + self.layers + self.stacks * self.final_norms) if self.norms else 0


@dataclass(frozen=True)
class Row:
    """One kind of parameters: how many one of them has, and how many of them there are."""

    name: str
    group: Group
    rows: int  # of one; 0 for what is no matrix
    columns: int
    one: int
    times: int

    @property
    def total(self) -> int:
        """Parameters of all of this kind."""
        return self.one * self.times


@dataclass(frozen=True)
class Count:
    """The parameters of one model."""

    shape: Shape
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """All parameters."""
        return sum(row.total for row in self.rows)

    @property
    def running(self) -> tuple[int, ...]:
        """The total after each row."""
        return tuple(sum(row.total for row in self.rows[: end + 1]) for end in range(len(self.rows)))

    @property
    def matrices(self) -> int:
        """How many matrices there are, a W_O counted as one and not head by head."""
        shape = self.shape
        return (3 * shape.n_heads + 1) * shape.calls + 2 * shape.layers + shape.tables

    def of(self, group: Group) -> int:
        """Return the parameters of one group of rows."""
        return sum(row.total for row in self.rows if row.group == group)

    def row(self, name: str) -> Row:
        """Return one row; ``KeyError`` when the model has none of that name."""
        found = {row.name: row for row in self.rows}
        return found[name]


def count(shape: Shape) -> Count:
    """Count all parameters of a Transformer of ``shape``; kinds that it has none of are left out."""
    d_model, d_ff, sizes = shape.d_model, shape.d_ff, shape.sizes
    heads = shape.n_heads * shape.calls
    biases, norms = int(shape.biases), shape.n_norms
    found = (
        _matrix("embedding", "embedding", shape.vocabulary, d_model, shape.tables),
        _matrix("positions", "embedding", shape.positions, d_model, shape.stacks),
        _matrix("query", "attention", d_model, sizes.d_k, heads),
        _matrix("key", "attention", d_model, sizes.d_k, heads),
        _matrix("value", "attention", d_model, sizes.d_k, heads),
        _matrix("output", "attention", sizes.d_k, d_model, heads),
        _matrix("wide", "feed_forward", d_model, d_ff, shape.layers),
        _matrix("narrow", "feed_forward", d_ff, d_model, shape.layers),
        Row("attention_bias", "rest", 0, 0, 4 * d_model, shape.calls * biases),
        Row("feed_forward_bias", "rest", 0, 0, d_ff + d_model, shape.layers * biases),
        Row("norm", "rest", 0, 0, 2 * d_model, norms),
    )
    return Count(shape, tuple(row for row in found if row.total))


def _matrix(name: str, group: Group, rows: int, columns: int, times: int) -> Row:
    return Row(name, group, rows, columns, rows * columns, times)


def shape_of(config: Config) -> Shape:
    """Return the shape of one of our own models: one table of tokens, computed positions, biases everywhere."""
    return Shape(
        vocabulary=config.vocabulary_size,
        d_model=config.d_model,
        n_heads=config.n_heads,
        encoder_layers=config.n_encoder_layers,
        decoder_layers=config.n_decoder_layers,
        d_ff=config.d_ff,
        final_norms=config.norm_first,
    )


# The paper: Table 3, a shared vocabulary of about 37000 tokens (5.1), one table for input and output (3.4),
# sinusoidal positions, post-norm. GPT-2 small: its published configuration. GPT-3: Brown et al. 2020,
# counted as 3Blue1Brown does: matrices only, a table for reading and one for writing.
PRESETS: dict[str, Shape] = {
    "base": Shape(37000, 512, 8, 6, 6, 2048, final_norms=False),
    "big": Shape(37000, 1024, 16, 6, 6, 4096, final_norms=False),
    "gpt2": Shape(50257, 768, 12, 0, 12, 3072, positions=1024),
    "gpt3": Shape(50257, 12288, 96, 0, 96, 49152, tables=2, biases=False, norms=False),
}
STATED = {"base": 65_000_000, "big": 213_000_000}  # Table 3 of the paper


def divisors(d_model: int) -> tuple[int, ...]:
    """Return every number of heads over which ``d_model`` can be split, rising."""
    return tuple(n_heads for n_heads in range(1, d_model + 1) if d_model % n_heads == 0)


def growth(shape: Shape, widths: Sequence[int]) -> dict[Group, tuple[int, ...]]:
    """Return each group's parameters if d_model were each of ``widths``, d_ff growing with it.

    One head, because the number of heads changes nothing.
    """
    counts = [
        count(replace(shape, d_model=width, n_heads=1, d_ff=max(1, round(width * shape.d_ff / shape.d_model))))
        for width in widths
    ]
    return {group: tuple(found.of(group) for found in counts) for group in GROUPS}


def numel(model: Model) -> int:
    """Count the parameters that a loaded model really has, each shared one once."""
    return sum(parameter.numel() for parameter in model.transformer.parameters())
