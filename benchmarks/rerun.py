"""What one move of one reader costs the server, in processor time, beside an empty script: part of ``make bench``."""

from __future__ import annotations

import asyncio
import random
import sys

from benchmarks.load import CORE, EMPTY, HEAVY, sentence, used
from benchmarks.reader import Reader
from scripts.serving import Served, served, streamlit

ROUNDS = 20
# milliseconds of processor time: another sentence, the same one again
GOALS = {**dict.fromkeys(CORE, (30, 10)), **dict.fromkeys(HEAVY, (150, 150))}


async def _costs(server: Served, page: str, rounds: int) -> tuple[float, float]:
    """Return milliseconds a rerun with another sentence, and with nothing changed."""
    chance = random.Random(page)
    async with Reader(server, 0, page) as reader:
        await reader.open(sentence(chance))
        await reader.type(sentence(chance))  # models and texts are loaded
        spent = []
        for another in (True, False):
            before, _ = used(server.pid)
            for _ in range(rounds):
                answer = await (reader.type(sentence(chance)) if another else reader.stay())
                assert not answer.faults
            spent.append(1000 * (used(server.pid)[0] - before) / rounds)
    return spent[0], spent[1]


def rerun_costs(pages: tuple[str, ...] = (*CORE, *HEAVY), rounds: int = ROUNDS) -> None:
    """Print what a rerun costs on each page."""
    print(
        f"\n{'page':>14} {'new sentence ms':>16} {'goal':>5} {'/ empty':>8} {'same ms':>8} {'goal':>5} {'/ empty':>8}"
    )
    with served(command=streamlit(EMPTY)) as server:
        empty = asyncio.run(_costs(server, "", rounds))
    print(f"{'empty script':>14} {empty[0]:>16.1f} {'':>5} {'':>8} {empty[1]:>8.1f}")
    with served() as server:
        for page in pages:
            new, same = asyncio.run(_costs(server, page, rounds))
            goals = GOALS.get(page, ("", ""))
            ratios = [cost / max(floor, 0.1) for cost, floor in zip((new, same), empty, strict=True)]
            print(
                f"{page or 'start':>14} {new:>16.1f} {goals[0]:>5} {ratios[0]:>8.1f} "
                f"{same:>8.1f} {goals[1]:>5} {ratios[1]:>8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    rerun_costs(tuple(sys.argv[1:]) or (*CORE, *HEAVY))
