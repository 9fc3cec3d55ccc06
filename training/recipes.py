"""What each shipped model is and what it learns from; everything else is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from attnviz.model.checkpoint import load_checkpoint, load_recurrent
from attnviz.model.config import Config
from attnviz.model.recurrent import RecurrentConfig, RecurrentTranslator
from attnviz.model.transformer import Transformer
from attnviz.trace.models import row_of
from training.corpus import Pair, read_pairs
from training.links import EXAMPLES
from training.state import Network
from training.text import Text, german_sets, german_text, korean_sets, korean_text

WEIGHTS = Path(__file__).parents[1] / "weights"
SENTENCES = Path(__file__).parent / "examples"


KOREAN_EXAMPLES = (
    "파란색 복실복실한 생물이 숲을 돌아다니고 있다",
    "나는 집에 간다.",
    "그는 소년이다.",
    "오늘은 날씨가 좋다.",
    "나는 어제 친구를 만났다.",
    "함수는 값을 돌려줍니다.",
    "태초에 하나님이 천지를 창조하시니라",
)


@dataclass(frozen=True)
class Recipe:
    """How one model is made."""

    config: Callable[[int], Config | RecurrentConfig]  # of a vocabulary size
    text: Callable[[Path, int], Text] = german_text
    sets: Callable[[Path], tuple[list[Pair], list[Pair]]] = german_sets  # development and test pairs
    examples: tuple[str, ...] = EXAMPLES
    language: str = "en"  # that it reads
    written: str = "de"
    vocabulary_size: int = 10_000
    tokenizer_of: Path | None = None  # weights whose tokens are used; None: learned from the text

    def class_examples(self) -> tuple[str, ...]:
        """Return ten sentences that a class would type, chosen before training."""
        return tuple((SENTENCES / f"{self.language}.txt").read_text(encoding="utf-8").splitlines())

    def flores(self, data: Path) -> list[Pair]:
        """Return the test pairs of general language, or none where ``data`` does not have them."""
        other = self.written if self.language == "en" else self.language
        path = data / f"flores.en-{other}.tsv.gz"
        pairs = read_pairs(path) if path.is_file() else []
        return pairs if self.language == "en" else [(target, source) for source, target in pairs]


# The English-German models read the same text in the same tokens and have about as many parameters:
# 4.89 million (translator, single_head), 4.80 (recurrent_attention), 4.69 (recurrent).
RECIPES = {
    "translator": Recipe(lambda size: Config(vocabulary_size=size)),
    "single_head": Recipe(lambda size: Config(vocabulary_size=size, n_heads=1), tokenizer_of=WEIGHTS / "translator"),
    "recurrent": Recipe(
        lambda size: RecurrentConfig(vocabulary_size=size, attention=False),
        tokenizer_of=WEIGHTS / "translator",
    ),
    "recurrent_attention": Recipe(
        lambda size: RecurrentConfig(vocabulary_size=size), tokenizer_of=WEIGHTS / "translator"
    ),
    "korean": Recipe(
        lambda size: Config(vocabulary_size=size),
        text=korean_text,
        sets=korean_sets,
        examples=KOREAN_EXAMPLES,
        language="ko",
        written="en",
        vocabulary_size=12_000,
    ),
}


def network_of(config: Config | RecurrentConfig) -> Network:
    """Make a network of this shape with fresh random parameters."""
    return RecurrentTranslator(config) if isinstance(config, RecurrentConfig) else Transformer(config)


def load_network(name: str, folder: Path) -> tuple[Network, Tokenizer]:
    """Load weights of the kind that model ``name`` is; raises as ``load_checkpoint`` does."""
    return load_recurrent(folder) if row_of(name).kind == "recurrent" else load_checkpoint(folder)
