"""The command ``attnviz``: serves the app, writes a view to a file, fetches a model of others."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from attnviz.api import MissingExtraError, load_model, show, trace
from attnviz.model.place import PROJECT

Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1, and one sentence, where that can't be done."""
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if options.command == "show":
        chosen = _show
    elif options.command == "fetch":
        chosen = _fetch
    else:
        _serve(others)
    if others:
        parser.error(f"not understood: {' '.join(others)}")
    try:
        return chosen(options)
    except (ValueError, OSError) as error:
        print(f"attnviz: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attnviz", description="See attention being computed.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser(
        "serve",
        help="serve the app, as without a command; further options go to Streamlit: --server.port=8600",
    )
    shown = commands.add_parser("show", help="write one sentence's attention to an HTML file")
    shown.add_argument("text")
    shown.add_argument("--out", type=Path, required=True, help="the HTML file")
    shown.add_argument("--model", default="translator", help="a model of ours, or hf:<repository or folder>")
    shown.add_argument("--revision", help="of a model of the hub")
    shown.add_argument("--target", help="what the decoder reads; without it what the model itself writes")
    shown.add_argument("--view", default="heads", help="heads, lines or steps")
    shown.add_argument("--part", help="encoder_self, decoder_self or cross; without it the model's first")
    shown.add_argument("--lang", default="en", help="en or ko")
    fetched = commands.add_parser("fetch", help="fetch a model of others: minilm, smollm2, owner/name of the hub")
    fetched.add_argument("name")
    return parser


def _serve(options: Sequence[str]) -> NoReturn:
    """Become the server, so that whoever ends this process ends it."""
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), *options])


def _show(options: Options) -> int:
    model = load_model(options.model, options.revision)
    found = trace(model, options.text, options.target)
    print(show(found, options.view, options.lang, part=options.part).save(options.out))
    return 0


def _fetch(options: Options) -> int:
    if find_spec("transformers") is None:
        raise MissingExtraError(options.name)
    from attnviz.hf.fetch import main as fetch

    return fetch([options.name])
