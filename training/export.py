"""Writes weights/<name>/ from a training folder: ``python -m training.export --run FOLDER --to FOLDER``.

Takes the running average of the parameters, in half precision.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors.torch import load_file
from tokenizers import Tokenizer

from attnviz.model.checkpoint import load_checkpoint, load_config, load_recurrent, save_checkpoint
from attnviz.model.config import Config
from attnviz.model.recurrent import RecurrentConfig, RecurrentTranslator
from training.recipes import network_of

PREFIX = "average/"
LARGEST_MB = 25.0


def export(run: Path, folder: Path) -> float:
    """Write the model of ``run`` to ``folder``, load it again as a check, and return its size in MB (10^6 bytes)."""
    tensors = load_file(run / "state.safetensors")
    state = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    recurrent = "d_hidden" in json.loads((run / "config.json").read_text(encoding="utf-8"))
    path = run / "config.json"
    config: Config | RecurrentConfig = load_config(path, RecurrentConfig) if recurrent else load_config(path, Config)
    model = network_of(config)
    model.load_state_dict(state, strict=True)
    save_checkpoint(folder, model, Tokenizer.from_file(str(run / "tokenizer.json")))
    (load_recurrent if isinstance(model, RecurrentTranslator) else load_checkpoint)(folder)
    return (folder / "model.safetensors").stat().st_size / 1e6


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="the --out folder of training.train")
    parser.add_argument("--to", required=True, type=Path, help="for example weights/translator")
    arguments = parser.parse_args()
    size = export(arguments.run, arguments.to)
    print(f"{arguments.to}: model.safetensors has {size:.1f} MB")
    if size > LARGEST_MB:
        raise SystemExit(f"that is more than {LARGEST_MB} MB: too large to ship")


if __name__ == "__main__":
    main()
