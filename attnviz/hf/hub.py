"""Loads a model from a folder or from the hub: safetensors alone, no code of others, nothing asked on stdin."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError
from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
)

from attnviz.hf.errors import HFError
from attnviz.hf.model import HFModel, prepared, quiet, untrained
from attnviz.model.place import MODELS
from attnviz.trace.listed import NOTE

PREFIX = "hf:"
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
PATIENCE = 10.0  # seconds for the hub's first answer


class Source(NamedTuple):
    """Where a model's files are: a folder, or a repository of the hub and a revision."""

    name: str  # as the user wrote it
    place: str
    revision: str | None
    local_only: bool

    def options(self) -> dict[str, Any]:
        """Return what every loader of ``transformers`` is told."""
        revision = {} if self.revision is None else {"revision": self.revision}
        return {"trust_remote_code": False, "local_files_only": self.local_only} | revision


def load(name: str, revision: str | None = None) -> HFModel:
    """Load ``hf:<repository or folder>`` and make it ready; ``revision`` is a commit, branch or tag of the hub.

    ``HFError`` with one sentence and what helps, whatever goes wrong.
    """
    source = _source(name, revision)
    config = _config(source)
    tokenizer = _tokenizer(source)
    return replace(prepared(name, _network(source, config), tokenizer), copy=_copy(source))


def load_control(name: str, revision: str | None = None) -> HFModel:
    """Make the untrained twin of a model: only its configuration and tokenizer are read."""
    source = _source(name, revision)
    config = _config(source)
    return untrained(f"untrained_{name}", _class(source, config), config, _tokenizer(source))


def n_parameters(name: str, revision: str | None = None) -> int:
    """Count the numbers of a model before memory is taken for any of them: only its configuration is read."""
    source = _source(name, revision)
    config = _config(source)
    with _one_sentence(source), quiet(), torch.device("meta"):
        network = _class(source, config)(config)
    return sum(parameter.numel() for parameter in network.parameters())


def _class(source: Source, config: Any) -> Any:
    """The class of the model itself, with a head that writes where the model writes."""
    with _one_sentence(source):
        made = _classes(config)[0]._model_mapping[type(config)]
    return made[0] if isinstance(made, tuple) else made


def _source(name: str, revision: str | None) -> Source:
    place = name.removeprefix(PREFIX)
    folder = Path(place).expanduser()
    if place and folder.is_dir():
        return Source(name, str(folder), None, True)
    if not REPOSITORY.fullmatch(place) or ".." in place:
        raise HFError(name, "there is no such folder", "name a folder, or a model of the hub as owner/name")
    fetched = _fetched(place, revision)
    if fetched is not None:
        return Source(name, str(fetched), None, True)
    source = Source(name, place, revision, is_offline())
    return source if source.local_only else _asked(source)


def is_offline() -> bool:
    """Whether the environment says that the hub may not be asked; read anew each time, unlike the libraries' own."""
    told = (os.environ.get(key, "").upper() for key in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
    return any(value in {"1", "ON", "YES", "TRUE"} for value in told)


def _fetched(repository: str, revision: str | None) -> Path | None:
    """Return the folder in which ``make model`` left this very revision."""
    for note in sorted(MODELS.glob(f"*/{NOTE}")):
        told = json.loads(note.read_text(encoding="utf-8"))
        if told.get("repository") == repository and revision in (None, told.get("revision")):
            return note.parent
    return None


def _copy(source: Source) -> str:
    """Say what a copy of the published numbers a fetched folder holds; "" where it holds these."""
    note = Path(source.place) / NOTE
    return str(json.loads(note.read_text(encoding="utf-8"))["copy"]) if note.is_file() else ""


def _asked(source: Source) -> Source:
    """Ask the hub once whether it has what is needed, so that a dead one is noticed at once."""
    try:
        info = HfApi().model_info(source.place, revision=source.revision, timeout=PATIENCE)
    except (RepositoryNotFoundError, RevisionNotFoundError, GatedRepoError, HfHubHTTPError) as error:
        raise _told(source, error) from error
    except Exception:  # no network: what was downloaded before may do
        return source._replace(local_only=True)
    files = [one.rfilename for one in info.siblings or ()]
    _only_safetensors(source.name, files)
    return source


def _only_safetensors(name: str, files: list[str]) -> None:
    if not any(file.endswith(".safetensors") for file in files):
        found = [file for file in files if file.endswith((".bin", ".pt", ".ckpt", ".h5", ".msgpack", ".gguf"))]
        what = f"its weights are only in {found[0]}" if found else "it has no weights"
        remedy = "take a revision that holds model.safetensors; other formats can run code" if found else ""
        raise HFError(name, what, remedy)


def _config(source: Source) -> Any:
    folder = Path(source.place)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise HFError(source.name, "this folder holds no config.json", "name a folder that save_pretrained made")
    with _one_sentence(source), quiet():
        told, _ = transformers.PretrainedConfig.get_config_dict(source.place, **source.options())
        kind = told.get("model_type")
        if kind not in CONFIG_MAPPING:
            if "auto_map" in told:
                raise HFError(source.name, "it brings program code of its own, and code of others is never run here")
            raise HFError(source.name, f"transformers {transformers.__version__} knows no model type {kind!r}")
        return AutoConfig.from_pretrained(source.place, **source.options())


def _tokenizer(source: Source) -> Any:
    with _one_sentence(source, "its tokenizer can't be loaded"), quiet():
        return AutoTokenizer.from_pretrained(source.place, **source.options())


def _classes(config: Any) -> list[Any]:
    """Return which classes to try: with a head that writes where the model writes."""
    if config.is_encoder_decoder:
        return [AutoModelForSeq2SeqLM, AutoModel]
    names = " ".join(getattr(config, "architectures", None) or ())
    writes = type(config) in MODEL_FOR_CAUSAL_LM_MAPPING
    reads = type(config) in MODEL_FOR_MASKED_LM_MAPPING and "CausalLM" not in names and "LMHead" not in names
    return [AutoModelForCausalLM, AutoModel] if writes and not reads else [AutoModel]


def _network(source: Source, config: Any) -> Any:
    if Path(source.place).is_dir():
        _only_safetensors(source.name, [path.name for path in Path(source.place).iterdir()])
    *with_head, last = _classes(config)
    for kind in with_head:
        network, missing = _loaded(source, config, kind)
        if not missing:
            return network
    network, missing = _loaded(source, config, last)
    missing = [name for name in missing if "pooler" not in name]  # reads the last layer, and nothing shows it
    if missing:
        named = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise HFError(source.name, f"its file lacks {len(missing)} of the model's tensors ({named})", "fetch it again")
    return network


def _loaded(source: Source, config: Any, kind: Any) -> tuple[Any, list[str]]:
    with _one_sentence(source), quiet(), _without_bars():
        network, info = kind.from_pretrained(
            source.place,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            attn_implementation="eager",
            output_loading_info=True,
            **source.options(),
        )
    broken = [str(one[0] if isinstance(one, tuple) else one) for one in info.get("mismatched_keys") or ()]
    return network, [*sorted(info.get("missing_keys") or ()), *broken]


@contextmanager
def _without_bars() -> Iterator[None]:
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
    try:
        yield
    finally:
        transformers.utils.logging.enable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]


@contextmanager
def _one_sentence(source: Source, what: str = "") -> Iterator[None]:
    """Turn whatever a loader raises into one sentence with its remedy."""
    try:
        yield
    except HFError:
        raise
    except Exception as error:
        raise _told(source, error, what) from error


def _told(source: Source, error: Exception, what: str = "") -> HFError:
    chain: list[BaseException] = [error]
    while (deeper := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 8:
        chain.append(deeper)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    table: list[tuple[Callable[[], bool], str, str]] = [
        (lambda: has(SafetensorError), "its safetensors file is cut short or broken", "fetch it again"),
        (
            lambda: has(GatedRepoError),
            "the hub gives it only to those who were admitted",
            "log in with `hf auth login`",
        ),
        (
            lambda: has(RevisionNotFoundError),
            f"the hub has no revision {source.revision!r} of it",
            "take a commit, branch or tag from its page",
        ),
        (
            lambda: has(RepositoryNotFoundError),
            "the hub has no model of this name that you may read",
            "look for its name on the hub, as owner/name",
        ),
        (
            lambda: has(OfflineModeIsEnabled) or (source.local_only and not Path(source.place).is_dir()),
            "it isn't on this machine, and the hub can't be asked",
            "connect, unset HF_HUB_OFFLINE, or name a folder that holds it",
        ),
        (
            lambda: has(LocalEntryNotFoundError, ConnectionError, TimeoutError),
            "the hub doesn't answer",
            "try again, or name a folder that holds the model",
        ),
        (lambda: has(EntryNotFoundError), "a file of it is missing", "fetch it again"),
        (lambda: has(MemoryError), "there is not enough memory for it", "take a smaller model"),
    ]
    for fits, sentence, remedy in table:
        if fits():
            return HFError(source.name, sentence, remedy)
    first = next(iter(str(error).strip().splitlines()), "")[:160].rstrip(". ")
    what = what or "it can't be loaded"
    return HFError(source.name, f"{what} ({type(error).__name__}: {first})")
