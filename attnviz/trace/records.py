"""The trace: a frozen record of every intermediate of one run, in read-only NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz.model.attention import attend
from attnviz.trace.tokens import is_byte_piece

Array: TypeAlias = NDArray[np.float32]
Numbers = TypeVar("Numbers", bound=NDArray[Any])
Mask: TypeAlias = NDArray[np.bool_]
Part: TypeAlias = Literal["encoder_self", "decoder_self", "cross"]
PARTS: tuple[Part, ...] = ("encoder_self", "decoder_self", "cross")


class Steps(NamedTuple):
    """Every step of Equation 1 for one head (query, key) or for all (head, query, key)."""

    scores: Array
    scaled_scores: Array
    capped_scores: Array
    biased_scores: Array
    masked_scores: Array
    weights: Array
    head_output: Array  # (..., query, d_k)


class Norm(NamedTuple):
    """One LayerNorm: y = (x - mean) / sqrt(variance + eps) * gain + bias, variance biased.

    An RMSNorm (``rms``) leaves the mean where it is: y = x / sqrt(mean of x^2 + eps) * gain + bias.
    A model without bias has zeros there.
    """

    gain: Array  # (d_model)
    bias: Array  # (d_model)
    eps: float
    rms: bool = False


class HeadNorm(NamedTuple):
    """The norm of projected queries or keys: each head's vector by itself, or with ``across`` all heads' as one."""

    gain: Array  # (head, d_k)
    bias: Array  # (head, d_k)
    eps: float
    rms: bool
    across: bool


class Rotation(NamedTuple):
    """Rotary positions (RoPE): pairs of columns of a vector turned by an angle that grows with its position.

    Column ``start + 2i`` turns with ``start + 2i + 1`` where ``neighbours`` is True, else ``start + i`` with
    ``start + i + len(angles)``. Where a model lengthens what it turns (YaRN), cos and sin hold that factor.
    Source: Su et al. 2021, RoFormer.
    """

    cos: Array  # (token, angle)
    sin: Array  # (token, angle)
    neighbours: bool
    start: int


class Meeting(NamedTuple):
    """How projected vectors become those that meet: times ``factor``, the norm, the rotation.

    ``norm_first``: the norm stands before the rotation.
    """

    factor: float = 1.0
    norm: HeadNorm | None = None
    rotation: Rotation | None = None
    norm_first: bool = True


@dataclass(frozen=True, eq=False)
class Projections:
    """The parameters of one multi-head attention, head by head: views of the model's own.

    Where several heads share a key and value head, W_K, W_V and their biases hold each once.
    A projection without bias has zeros there; one that is not known is None.
    """

    W_Q: Array  # (head, d_model, d_k)
    W_K: Array  # (key head, d_model, d_k)
    W_V: Array
    b_Q: Array  # (head, d_k)
    b_K: Array
    b_V: Array
    W_O: Array  # (head, d_k, d_model)
    b_O: Array  # (d_model)


# what the record is made of, and what follows from it
DERIVED = (
    "scores",
    "scaled_scores",
    "capped_scores",
    "biased_scores",
    "masked_scores",
    "weights",
    "head_output",
    "contribution",
    "concat",
    "output",
)


@dataclass(frozen=True, eq=False)
class Attention:
    """One multi-head attention call, without a batch axis; from ``scores`` on derived when asked for.

    What can't be known of a model is None, and its name is in ``missing``.
    """

    projections: Projections
    inputs: Array  # (query, d_model): the queries are made from these
    memory: Array  # (key, d_model): keys and values are made from these
    query: Array  # (head, query, d_k): the vectors that meet
    key: Array  # (head, key, d_k)
    value: Array  # (head, key, d_k)
    mask: Mask  # (query, key), True = may attend
    scale: float = math.nan  # what scores are multiplied by; not given: 1 / sqrt(d_k)
    softcap: float | None = None
    bias: Array | None = None  # (head, query, key), added to the scaled scores
    sinks: Array | None = None  # (head): one more score of every row, that reads nothing
    query_projected: Array | None = None  # (head, query, d_k): inputs W_Q + b_Q; not given: query itself
    key_projected: Array | None = None  # (head, key, d_k)
    query_meeting: Meeting = Meeting()  # how query_projected becomes query
    key_meeting: Meeting = Meeting()
    missing: frozenset[str] = frozenset()
    given_weights: Array | None = None  # (head, query, key): the model's own, where nothing else is known

    def __post_init__(self) -> None:
        """Fill in what most models have no need to name."""
        if "scale" not in self.missing and math.isnan(self.scale):
            object.__setattr__(self, "scale", 1 / math.sqrt(self.query.shape[-1]))
        for name in ("query", "key"):
            if getattr(self, f"{name}_projected") is None and f"{name}_projected" not in self.missing:
                object.__setattr__(self, f"{name}_projected", getattr(self, name))

    def _of_each_head(self, shared: Array) -> Array:
        """Repeat what heads share, so that every head has its own."""
        if shared is None or len(shared) == self.n_heads:
            return shared
        return frozen(np.repeat(shared, self.n_heads // len(shared), axis=0))

    @property
    def W_Q(self) -> Array:
        """Query projection, (head, d_model, d_k)."""
        return self.projections.W_Q

    @property
    def W_K(self) -> Array:
        """Key projection, (head, d_model, d_k)."""
        return self._of_each_head(self.projections.W_K)

    @property
    def W_V(self) -> Array:
        """Value projection, (head, d_model, d_k)."""
        return self._of_each_head(self.projections.W_V)

    @property
    def b_Q(self) -> Array:
        """Query bias, (head, d_k)."""
        return self.projections.b_Q

    @property
    def b_K(self) -> Array:
        """Key bias, (head, d_k)."""
        return self._of_each_head(self.projections.b_K)

    @property
    def b_V(self) -> Array:
        """Value bias, (head, d_k)."""
        return self._of_each_head(self.projections.b_V)

    @property
    def W_O(self) -> Array:
        """Output projection, cut into each head's slice, (head, d_k, d_model)."""
        return self.projections.W_O

    @property
    def b_O(self) -> Array:
        """Output bias, (d_model)."""
        return self.projections.b_O

    @property
    def n_heads(self) -> int:
        """Number of heads."""
        return len(self.query) if self.given_weights is None else len(self.given_weights)

    @property
    def shared_by(self) -> int:
        """How many heads share one key and value projection; 1 where each has its own."""
        shared = None if self.projections is None else self.projections.W_V
        return 1 if shared is None else self.n_heads // len(shared)

    @property
    def meetings(self) -> dict[Literal["query", "key"], Meeting]:
        """How projected queries and keys become those that meet, of those of which it is known."""
        both: dict[Literal["query", "key"], Meeting] = {"query": self.query_meeting, "key": self.key_meeting}
        return {role: meeting for role, meeting in both.items() if f"{role}_meeting" not in self.missing}

    @property
    def turns(self) -> bool:
        """Whether something is known to stand between projection and meeting: a factor, a norm, a rotation."""
        return any(meeting != Meeting() for meeting in self.meetings.values())

    def steps(self, head: int | None = None) -> Steps:
        """Run ``attend()`` on one head, or on all heads when ``head`` is None.

        In float64, each step then rounded once: large products that cancel would else leave a score
        near 0 with an error that a reader who recomputes it would see.
        ``ValueError`` where only the weights are known.
        """
        if "query" in self.missing:
            raise ValueError("of this model only the weights are known, not what they are made of")
        chosen = slice(None) if head is None else head
        query, key, value = (_tensor(array[chosen]).double() for array in (self.query, self.key, self.value))
        bias, sinks = (None if array is None else _tensor(array[chosen]).double() for array in (self.bias, self.sinks))
        with torch.inference_mode():
            mask = _tensor(self.mask)
            found = attend(query, key, value, mask, scale=self.scale, softcap=self.softcap, bias=bias, sinks=sinks)
            rounded = {id(step): read_only(step.float()) for step in found}  # a step that is none is kept once
        return Steps(*(rounded[id(step)] for step in found))

    def _step(self, name: str) -> Array:
        found: Array = _unknown() if name in self.missing else getattr(self.steps(), name)
        return found

    @property
    def scores(self) -> Array:
        """Q K^T, (head, query, key)."""
        return self._step("scores")

    @property
    def scaled_scores(self) -> Array:
        """Scores times ``scale``, (head, query, key)."""
        return self._step("scaled_scores")

    @property
    def capped_scores(self) -> Array:
        """Scaled scores held between -softcap and softcap where the model does that, (head, query, key)."""
        return self._step("capped_scores")

    @property
    def biased_scores(self) -> Array:
        """Capped scores plus ``bias`` where the model has one, (head, query, key)."""
        return self._step("biased_scores")

    @property
    def masked_scores(self) -> Array:
        """Biased scores, -inf where the mask forbids, (head, query, key)."""
        return self._step("masked_scores")

    @property
    def weights(self) -> Array:
        """Softmax of each row of the masked scores, (head, query, key)."""
        return self._step("weights") if self.given_weights is None else self.given_weights

    @property
    def head_output(self) -> Array:
        """Weights times values, (head, query, d_k)."""
        return self._step("head_output")

    @property
    def contribution(self) -> Array:
        """Each head's share of the output: head_output times its slice of W_O, (head, query, d_model)."""
        return _unknown() if "contribution" in self.missing else _product(self.head_output, self.W_O)

    @property
    def concat(self) -> Array:
        """All head outputs side by side, (query, d_model)."""
        if "concat" in self.missing:
            return _unknown()
        head_output = self.head_output
        return frozen(head_output.transpose(1, 0, 2).reshape(head_output.shape[1], -1))

    @property
    def output(self) -> Array:
        """Concat times W_O plus b_O, (query, d_model)."""
        if "output" in self.missing:
            return _unknown()
        return _product(self.concat, self.W_O.reshape(-1, self.W_O.shape[-1]), self.b_O)


@dataclass(frozen=True, eq=False)
class AddNorm:
    """A sub-layer's residual connection and the LayerNorm that reads its sum."""

    x: Array  # (token, d_model): the stream before the sub-layer
    output: Array  # (token, d_model): what the sub-layer gives
    total: Array  # (token, d_model): x + output, or x + normed_output where the model normalises that first
    norm: Norm
    normalised: Array  # (token, d_model): LayerNorm of the sum
    output_norm: Norm | None = None
    normed_output: Array | None = None  # (token, d_model)


class Around(NamedTuple):
    """What stands around one attention call, where a trace doesn't hold the whole stream."""

    x: Array | None  # (token, d_model): the stream before the sub-layer
    input_norm: Norm | None  # inputs = input_norm(x); None: inputs = x
    output_norm: Norm | None  # of the sub-layer's output, before it is added to x
    norm: Norm | None  # of the sum; None: no norm reads it, or it isn't known which


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Everything that one sentence and its translation leave behind in a model."""

    model_name: str
    norm_first: bool
    text: str  # as it was typed; the words and tokens are what was read
    target: str
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    word_of: tuple[int | None, ...]
    target_tokens: tuple[str, ...]  # the tokens that the decoder reads; its first is the start token
    target_words: tuple[str, ...]
    target_word_of: tuple[int | None, ...]
    n_dropped: int  # source tokens cut off at the cap
    n_target_dropped: int
    embeddings: Array  # (token, d_model), times sqrt(d_model)
    positions: Array  # (token, d_model)
    target_embeddings: Array  # (target token, d_model)
    target_positions: Array  # (target token, d_model)
    residual: dict[str, Array]  # "encoder.0.self" -> the stream after that sub-layer, (token, d_model)
    feed_forward: dict[str, Array]  # "encoder.0.feed_forward" -> what it adds to the stream, (token, d_model)
    norms: dict[str, Norm]  # "encoder.0.self" -> that sub-layer's LayerNorm; "encoder.final", "decoder.final"
    logits: Array  # (target token, vocabulary): scores of the token that comes next
    next_tokens: tuple[str, ...]  # (target token): the token that each position is to write
    encoder_self: tuple[Attention, ...]  # one a layer
    decoder_self: tuple[Attention, ...]
    cross: tuple[Attention, ...]
    around: dict[str, Around] = field(default_factory=dict)  # "encoder.0.self" -> what stands around that call
    missing: frozenset[str] = frozenset()  # fields that can't be known of this model, and are None or empty

    def __repr__(self) -> str:
        """Name the run: a notebook should not print its arrays."""
        return f"Trace({self.model_name!r}, {len(self.tokens)} tokens, {self.text!r} → {self.target!r})"

    def attention(self, part: Part) -> tuple[Attention, ...]:
        """Return one part's calls, one a layer; an unknown part raises ``ValueError``."""
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
        found: tuple[Attention, ...] = getattr(self, part)
        return found

    def query_labels(self, part: Part) -> tuple[str, ...]:
        """Return the token at each row of a part's matrices."""
        return self.tokens if part == "encoder_self" else self.target_tokens

    def key_labels(self, part: Part) -> tuple[str, ...]:
        """Return the token at each column of a part's matrices."""
        return self.target_tokens if part == "decoder_self" else self.tokens

    def by_word(self, part: Part) -> Array:
        """Merge sub-words: (layer, head, query word, key word), special tokens left out.

        A word's row is the mean of its pieces' rows, its column the sum of its pieces' columns.
        Rows need no longer sum to 1: what went to special tokens is missing.
        ``ValueError`` for a part that the model does not have.
        """
        calls = self.attention(part)
        if not calls:
            raise ValueError(f"{self.model_name} has no {part} to show")
        query_words = self.word_of if part == "encoder_self" else self.target_word_of
        key_words = self.target_word_of if part == "decoder_self" else self.word_of
        rows, columns = membership(query_words), membership(key_words)
        rows = rows / rows.sum(axis=1, keepdims=True)  # (query word, query token)
        return frozen(np.stack([rows @ call.weights @ columns.T for call in calls]))

    def weights(self, part: Part) -> Array:
        """Return the weights of every head of a part, (layer, head, query, key)."""
        return frozen(np.stack([call.weights for call in self.attention(part)]))

    @property
    def is_foreign(self) -> bool:
        """Whether most words hold characters that the training text never had: the pattern means nothing."""
        foreign = {word for label, word in zip(self.tokens, self.word_of, strict=True) if is_byte_piece(label)}
        return 2 * len(foreign - {None}) > len(self.words)

    def add_norm(self, part: Part, layer: int) -> AddNorm:
        """Return the residual connection around one attention call, and the LayerNorm that comes next.

        With ``norm_first`` that is the next sub-layer's LayerNorm, else the sub-layer's own.
        """
        name = sub_layer(part, layer)
        if self.around:
            return self._add_norm_around(part, layer, self.around[name])
        order = list(self.residual)
        x, output = self.stream_before(part, layer), self.attention(part)[layer].output
        assert x is not None  # our own models hold the whole stream
        norm = self.norms[order[order.index(name) + 1] if self.norm_first else name]
        total = frozen(x + output)
        return AddNorm(x, output, total, norm, layer_norm(total, norm))

    def stream_before(self, part: Part, layer: int) -> Array | None:
        """Return the stream that one attention call is added to, (token, d_model); None where it isn't known."""
        name = sub_layer(part, layer)
        if self.around:
            return self.around[name].x
        order = list(self.residual)
        stack, before = name.partition(".")[0], order[order.index(name) - 1] if order.index(name) else ""
        if before.startswith(stack):
            return self.residual[before]
        if stack == "encoder":
            return frozen(self.embeddings + self.positions)
        return frozen(self.target_embeddings + self.target_positions)

    def _add_norm_around(self, part: Part, layer: int, around: Around) -> AddNorm:
        call = self.attention(part)[layer]
        if around.x is None or around.norm is None or "output" in call.missing:
            raise ValueError("it isn't known how this model adds the output to its stream and normalises the sum")
        output = call.output
        normed = layer_norm(output, around.output_norm) if around.output_norm else None
        total = frozen(around.x + (output if normed is None else normed))
        return AddNorm(around.x, output, total, around.norm, layer_norm(total, around.norm), around.output_norm, normed)

    def input_norm(self, part: Part, layer: int) -> Norm | None:
        """Return the LayerNorm that makes a call's inputs of the stream; None where the call reads the stream."""
        name = sub_layer(part, layer)
        if self.around:
            return self.around[name].input_norm
        return self.norms[name] if self.norm_first else None

    def adds_up(self, part: Part, layer: int) -> bool:
        """Whether :meth:`add_norm` is known for this call."""
        if not self.around:
            return bool(self.residual)
        around = self.around[sub_layer(part, layer)]
        known = "output" not in self.attention(part)[layer].missing
        return known and around.x is not None and around.norm is not None


def sub_layer(part: Part, layer: int) -> str:
    """Name a sub-layer as :class:`Trace` does: "encoder.0.self"."""
    stack = "encoder" if part == "encoder_self" else "decoder"
    return f"{stack}.{layer}.{'cross' if part == 'cross' else 'self'}"


def layer_norm(x: Array, norm: Norm) -> Array:
    """Normalise each row of ``x`` (token, d_model) by PyTorch's own LayerNorm or RMSNorm, in float64."""
    rows, gain, bias = (_tensor(array).double() for array in (x, norm.gain, norm.bias))
    if norm.rms:
        return read_only((torch.nn.functional.rms_norm(rows, gain.shape, gain, norm.eps) + bias).float())
    return read_only(torch.nn.functional.layer_norm(rows, gain.shape, gain, bias, norm.eps).float())


def membership(word_of: tuple[int | None, ...]) -> Array:
    """Return (word, token): 1 where the token is a piece of the word."""
    n_words = max((word + 1 for word in word_of if word is not None), default=0)
    matrix = np.zeros((n_words, len(word_of)), dtype=np.float32)
    for token, word in enumerate(word_of):
        if word is not None:
            matrix[word, token] = 1
    return matrix


def read_only(tensor: torch.Tensor) -> NDArray[Any]:
    """Return the memory of a tensor as a NumPy array that can't be written to."""
    return frozen(tensor.detach().numpy())


def frozen(array: Numbers) -> Numbers:
    """Return ``array`` itself, from now on read-only."""
    array.flags.writeable = False
    return array


def _product(left: Array, right: Array, bias: Array | float = 0.0) -> Array:
    """Multiply in float64 and round once, as in :meth:`Attention.steps`."""
    # by PyTorch, whose threads the app holds: NumPy's own would wait for each other where many readers compute
    found = torch.from_numpy(left.astype(np.float64)) @ torch.from_numpy(right.astype(np.float64))
    return frozen((found.numpy() + bias).astype(np.float32))


def _unknown() -> Array:
    """What stands for a field that is missing: None, which the types leave out (see ``Attention.missing``)."""
    return cast(Array, None)


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    return torch.tensor(array)  # a copy: PyTorch has no read-only tensors
