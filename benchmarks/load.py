"""A class at once: ``make load USERS=100 SECONDS=60``. Websocket users with sentences of their own, no browser.

Each user opens a page, thinks, types another sentence, thinks, ... Beside it, in the same run, the same
users on an empty script: only the difference is ours, and machines are noisy.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.reader import Answer, Reader
from scripts.replicas import replicas
from scripts.serving import Served, served, streamlit

EMPTY = "benchmarks/empty.py"
CORE = ("", "heads", "steps")
HEAVY = ("translate", "rnn")
_NOUNS = ("cat", "dog", "house", "garden", "street", "child", "teacher", "snake")
_OTHERS = ("the", "a", "old", "new", "small", "big", "red", "sees", "finds", "reads", "likes", "very", "often", ".")
_STILL = 0.25  # share of the actions that change nothing


@dataclass
class Run:
    """What the users of one server met."""

    name: str
    opened: list[Answer] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    errors: int = 0
    processor: float = 0.0  # seconds of the server's processes, all answers together
    memory: int = 0  # bytes, the most that a server had

    def row(self) -> str:
        """Return the run as a line of the table."""
        times = sorted(answer.seconds * 1000 for answer in self.answers)
        every = [*self.opened, *self.answers]
        opened = sorted(answer.seconds * 1000 for answer in self.opened)
        cells = [
            f"{len(every)}",
            *(f"{at(times, share):.0f}" for share in (0.5, 0.95, 1.0)),
            f"{at(opened, 0.95):.0f}",
            f"{1000 * self.processor / max(len(every), 1):.0f}",
            f"{self.memory / 2**20:.0f}",
            f"{sum(answer.received for answer in every) / max(len(every), 1) / 1000:.0f}",
            str(self.errors + sum(answer.faults for answer in every)),
            str(sum(answer.foreign for answer in every)),
        ]
        return f"{self.name:>28} " + " ".join(f"{cell:>9}" for cell in cells)


HEADINGS = ("actions", "p50 ms", "p95 ms", "max ms", "open p95", "CPU ms", "MB", "kB", "errors", "foreign")


def at(ordered: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``ordered`` lies; not a number when there is none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def sentence(chance: random.Random, words: int = 0) -> str:
    """Return a sentence that nobody typed before: of ``words`` words, or of six to fourteen."""
    return " ".join(chance.choices(_NOUNS + _OTHERS, k=words or chance.randint(6, 14)))


async def user(run: Run, reader: Reader, chance: random.Random, load: Load, until: float) -> None:
    """Open the page, then think and type until the time is over."""
    try:
        async with AsyncExitStack() as open_readers:
            await open_readers.enter_async_context(reader)
            run.opened.append(await reader.open(sentence(chance, load.words)))
            while True:
                await asyncio.sleep(load.think * chance.uniform(0.5, 1.5))
                if time.monotonic() >= until:
                    return
                still = chance.random() < _STILL
                run.answers.append(await (reader.stay() if still else reader.type(sentence(chance, load.words))))
    except (OSError, TimeoutError, EOFError, AssertionError) as error:
        print(f"  {run.name}: {type(error).__name__}: {error}", flush=True)
        run.errors += 1


async def loaded(run: Run, address: str, load: Load) -> None:
    """Let all users work until the time is over."""
    chances = [random.Random(f"{run.name} {number}") for number in range(load.users)]
    until = time.monotonic() + load.seconds
    async with asyncio.TaskGroup() as group:
        for number, chance in enumerate(chances):
            reader = Reader(address, number, load.pages[number % len(load.pages)])
            group.create_task(user(run, reader, chance, load, until))
            await asyncio.sleep(min(load.think, load.seconds / 4) / load.users)  # they come one after the other


async def at_once(run: Run, address: str, pages: Sequence[str], users: int) -> None:
    """Let ``users`` open pages, then all type a sentence in the same moment."""
    async with AsyncExitStack() as open_readers:
        readers = [
            await open_readers.enter_async_context(Reader(address, number, pages[number % len(pages)]))
            for number in range(users)
        ]
        chances = [random.Random(f"{run.name} {number}") for number in range(users)]
        run.opened += [await reader.open(sentence(chance)) for reader, chance in zip(readers, chances, strict=True)]
        run.answers += await asyncio.gather(
            *(reader.type(sentence(chance)) for reader, chance in zip(readers, chances, strict=True))
        )


def used(pid: int) -> tuple[float, int]:
    """Return processor seconds and the most bytes that a process had (Linux); nothing where that can't be read."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        most = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]  # kB, resident
    except (OSError, IndexError):
        return 0.0, 0
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"), 1024 * int(most)


async def warmed(address: str, pages: Sequence[str]) -> None:
    """Open every page once: what a server loads for its first reader is not what a class waits for."""
    for page in dict.fromkeys(pages):
        async with Reader(address, 0, page) as reader:
            await reader.open("the cat sleeps")


@dataclass(frozen=True)
class Load:
    """What the users do."""

    pages: Sequence[str]  # routes; each user has one of them
    users: int
    seconds: float  # 0: all type in the same moment, once
    think: float  # seconds between two actions of a user, on average
    words: int = 0  # of a sentence; 0: six to fourteen


def measured(run: Run, address: str, servers: Sequence[Served], load: Load) -> Run:
    """Do one run at ``address``, where ``servers`` answer."""
    before = sum(used(server.pid)[0] for server in servers)
    if load.seconds:
        asyncio.run(loaded(run, address, load))
    else:
        asyncio.run(at_once(run, address, load.pages, load.users))
    after = [used(server.pid) for server in servers]
    run.processor, run.memory = sum(one[0] for one in after) - before, max(one[1] for one in after)
    print(run.row(), flush=True)
    return run


def compared(load: Load, count: int = 1) -> list[Run]:
    """Measure the empty script, then the app: typing with pauses, then all at once.

    ``count``: servers of the app, behind nginx where there are several.
    """
    headings = " ".join(f"{name:>9}" for name in HEADINGS)
    print(f"{load.users} users, {load.think:g} s to think, {load.seconds:g} s, {count} servers\n{'':>28} {headings}")
    runs = []
    for script, pages in ((EMPTY, ("",)), ("app.py", load.pages)):
        with ExitStack() as running:
            servers: tuple[Served, ...]
            if script == "app.py" and count > 1:
                behind = running.enter_context(replicas(count))
                address, servers = behind.address, behind.servers
            else:
                server = running.enter_context(served(command=streamlit(script)))
                address, servers = server, (server,)
            for one in servers:
                asyncio.run(warmed(one, pages))
            label = "empty script" if script == EMPTY else "app: " + ", ".join(name or "start" for name in pages)
            for name, seconds in ((label, load.seconds), ("all in the same second", 0)):
                runs.append(measured(Run(name), address, servers, replace(load, pages=pages, seconds=seconds)))
    return runs


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5, help="seconds between two actions of a user, on average")
    parser.add_argument("--replicas", type=int, default=1, help="servers of the app, behind nginx if several")
    parser.add_argument("--pages", default=",".join(CORE), help="routes, with commas; an empty one is the start")
    parser.add_argument("--words", type=int, default=0, help="of each sentence; 0: six to fourteen")
    arguments = parser.parse_args()
    pages = arguments.pages.split(",")
    load = Load(pages, arguments.users, arguments.seconds, arguments.think, arguments.words)
    runs = compared(load, arguments.replicas)
    every = [answer for run in runs for answer in (*run.opened, *run.answers)]
    if any(run.errors for run in runs) or any(answer.faults or answer.foreign for answer in every):
        raise SystemExit("a user met an error or another's sentence")


if __name__ == "__main__":
    main()
