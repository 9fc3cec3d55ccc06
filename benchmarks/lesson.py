"""A class at once: ``make load CLASS=100 REPLICAS=2``. A teacher leads it through five pages, it votes and asks.

Beside it, in the same run, as many readers of an empty script who wait as long before they ask: what is left over
is ours. ``FAILS=replica`` and ``FAILS=store`` take a server, or Valkey, away in the middle of the lesson.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from attnviz.classroom.classes import VARIABLE
from attnviz.classroom.lately import FRESH
from benchmarks.devices import LOOK, PATIENCE, Met, Student, Teacher
from benchmarks.load import EMPTY, at, used, warmed
from benchmarks.reader import Reader
from scripts.replicas import replicas
from scripts.serving import Served, served, streamlit
from scripts.stores import OwnValkey

ROUTE = ("", "masking", "steps", "heads", "position")  # the class votes on the second page, and asks on the third
ASKING = 50  # devices that send a sentence: the list holds 60
ALONE = 10  # every tenth device looks around alone
DOWN = 3.0  # seconds until Valkey is started anew
SENTENCE = "the old cat sees a small dog in the garden"
GOAL = 2.0  # seconds
BACK = 10.0  # the same, after a server died


@dataclass(frozen=True)
class Plan:
    """Who comes, and what happens."""

    students: int
    plain: int  # of them, those without websockets
    pages: Sequence[str] = ROUTE
    think: float = 3.0  # seconds that the teacher stays once all are there
    arriving: float = 20.0  # seconds in which they come in
    kill: Callable[[], None] | None = None  # takes a server away, in the middle of a move
    store: OwnValkey | None = None  # it is taken away and started anew


@dataclass
class Held:
    """What came of a lesson."""

    met: Met
    expected: int = 0  # screens that had to follow, all moves together
    votes: tuple[list[int], list[int]] = ([], [])  # given, and as the panels count them
    asked: tuple[int, int] = (0, 0)  # sentences taken, and in the teacher's list
    processor: float = 0.0  # seconds of the servers a move

    def faults(self) -> list[str]:
        """Return all that is not as it must be."""
        met, found = self.met, list(self.met.faults)
        there = len(met.live) + len(met.plain)
        if there < self.expected:
            found.append(f"{there} of {self.expected} screens followed")
        if self.votes[0] != self.votes[1]:
            found.append(f"votes {self.votes[0]} were counted as {self.votes[1]}")
        if self.asked[0] != self.asked[1]:
            found.append(f"{self.asked[0]} sentences were taken, {self.asked[1]} are in the list")
        if met.foreign:
            found.append(f"{met.foreign} sentences of others")
        if met.lost and max(met.lost.values()) > 1:
            found.append(f"a device lost {max(met.lost.values())} actions at once")
        return found


async def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until something holds; ``TimeoutError`` that says what."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what)
        await asyncio.sleep(0.02)


class Lesson:
    """A teacher, his students, and what they do one after the other."""

    def __init__(self, address: str, plan: Plan) -> None:
        self.met, self.plan = Met(), plan
        self.held = Held(self.met)
        self.teacher = Teacher(address, 65535, self.met)
        self.students = [
            Student(address, number, self.met, is_live=number < plan.students - plan.plain, teacher=self.teacher)
            for number in range(plan.students)
        ]

    async def hold(self) -> Held:
        """Do all of it."""
        text = self.teacher.reader.own(SENTENCE)
        query = urlencode({"text": text})
        try:
            code = await self.teacher.start()
            await self._join(code)
            for turn, route in enumerate(self.plan.pages):
                await self._go(route, query, fails=turn == 3)
                if turn == 1:
                    await self._vote()
                if turn == 2:
                    await self._ask()
                await asyncio.sleep(self.plan.think)
            if self.plan.store:
                await self._lose_store(query)
            await self._show()
        except TimeoutError as error:
            self.met.faults.append(f"the lesson ended early: {error}")
        finally:
            for device in (*self.students, self.teacher):
                await device.end()
        return self.held

    async def _join(self, code: str) -> None:
        async with asyncio.TaskGroup() as group:
            for student in self.students:
                group.create_task(student.join(code))
                await asyncio.sleep(self.plan.arriving / len(self.students))

    async def _go(self, route: str, query: str, *, fails: bool = False) -> None:
        followers = [student for student in self.students if student.follows]
        going = asyncio.create_task(self.teacher.go(route, query))
        await asyncio.sleep(0)
        move = self.teacher.moves
        if fails and self.plan.kill:
            self.met.fail("a server is killed while the class goes to a page")
            self.plan.kill()
        await self._are_there(followers, move)
        await going
        if self.met.is_failing:
            self.met.is_failing = False
        else:
            self.held.expected += len(followers)

    async def _are_there(self, followers: Sequence[Student], move: int) -> None:
        await until(lambda: all(student.there >= move for student in followers), f"not all follow to move {move}")

    async def _vote(self) -> None:
        await self.teacher.let_vote()
        await until(lambda: all('name="option"' in one.state["panel"] for one in self.students), "the vote is not seen")
        options = _options(self.students[0].state["panel"])
        await asyncio.gather(*(student.vote() for student in self.students))
        given = Counter(next(iter(student.voted.values())) for student in self.students)
        told = f"{len(self.students)} answered"
        await until(lambda: told in self.teacher.state["panel"], f"not {told}")
        vote = next(iter(self.students[0].voted))
        await self.teacher.act("/class/reveal", round=vote)
        every = (*self.students, self.teacher)
        await until(lambda: all('class="why"' in one.state["panel"] for one in every), "the result is not seen")
        seen = {tuple(one.counts()) for one in every}
        self.held.votes = [given[name] for name in options], list(seen.pop())
        self.met.faults += [f"another count: {counts}" for counts in seen]
        await self.teacher.act("/class/put-away")

    async def _ask(self) -> None:
        alone = [student for student in self.students if student.is_live and student.number % ALONE == 0]
        asking = [student for student in self.students if student not in alone][:ASKING]
        self.teacher.reader.may_see |= {student.reader.mark for student in asking}  # his list shows them
        looking = [asyncio.create_task(student.look_alone(3)) for student in alone]
        taken = sum(await asyncio.gather(*(student.send() for student in asking)))
        await asyncio.gather(*looking)
        await until(lambda: f"({taken})" in self.teacher.state["panel"], "the sentences are not in the list")
        self.held.asked = taken, self.teacher.state["panel"].count("<q>")
        await self._are_there(self.students, self.teacher.moves)

    async def _show(self) -> None:
        """Show a student's sentence to all."""
        panel = self.teacher.state["panel"]
        shown = panel.partition("<q>")[2].partition(" ")[0]
        for student in self.students:
            student.reader.may_see.add(shown)
        asked = panel.partition('name="asked" value="')[2].partition('"')[0]
        self.teacher.moves += 1
        self.met.begun[self.teacher.moves] = time.monotonic()
        await self.teacher.act("/class/show", asked=asked)
        self.held.expected += len(self.students)
        await self._are_there(self.students, self.teacher.moves)

    async def _lose_store(self, query: str) -> None:
        assert self.plan.store
        self.met.fail(f"Valkey is killed, and started anew {DOWN:g} s later")
        self.plan.store.kill()
        await asyncio.sleep(DOWN)
        await asyncio.to_thread(self.plan.store.start)
        back = time.monotonic()
        await self.teacher.go("", query)
        await self._are_there(self.students, self.teacher.moves)
        self.met.back.append(time.monotonic() - back)
        self.met.is_failing = False


def _options(panel: str) -> list[str]:
    return [part.partition('"')[0] for part in panel.split('name="option" value="')[1:]]


async def floor(address: str, readers: int, moves: int) -> list[float]:
    """Return what following an empty script takes: the same waits, and a run of that."""
    chance = random.Random(readers)
    async with AsyncExitStack() as opened:
        every = [await opened.enter_async_context(Reader(address, number)) for number in range(readers)]
        for reader in every:
            await reader.open("empty")

        async def follow(reader: Reader, begun: float, waits: float) -> float:
            await asyncio.sleep(waits)
            await reader.stay()
            return time.monotonic() - begun

        times: list[float] = []
        for _ in range(moves):
            begun, look = time.monotonic(), chance.uniform(0, LOOK)
            waits = [look + chance.uniform(0, FRESH) for _ in every]  # until its server has looked
            times += await asyncio.gather(*(follow(*one) for one in zip(every, [begun] * readers, waits, strict=True)))
    return times


HEADINGS = ("screens", "p50 ms", "p95 ms", "max ms")


def row(name: str, seconds: Sequence[float]) -> str:
    """Return a line of the table."""
    times = sorted(1000 * one for one in seconds)
    cells = [f"{len(times)}", *(f"{at(times, share):.0f}" for share in (0.5, 0.95, 1.0))]
    return f"{name:>34} " + " ".join(f"{cell:>9}" for cell in cells)


def told(held: Held, empty: Sequence[float]) -> str:
    """Return what came of a lesson, for people."""
    met = held.met
    lines = [f"{'':>34} " + " ".join(f"{name:>9}" for name in HEADINGS)]
    rows = [
        ("empty script, after the same waits", empty),
        ("live, from the teacher's move", met.live),
        ("plain pages, the same", met.plain),
        ("joined, from the code to the page", met.joined),
        ("back, after what was killed", met.back),
    ]
    lines += [row(name, times) for name, times in rows if times]
    lines.append(
        f"votes {held.votes[1]}, given {held.votes[0]}; sentences {held.asked[1]}, taken {held.asked[0]}; "
        f"{1000 * held.processor:.0f} ms of the servers a screen's move; actions done again: "
        f"{sum(met.lost.values())}, of one device at one failure {max(met.lost.values(), default=0)}"
    )
    return "\n".join([*lines, *held.faults()])


@contextmanager
def running(count: int, store: OwnValkey | None) -> Iterator[tuple[str, tuple[Served, ...], Callable[[], None] | None]]:
    """Run the servers, behind nginx where there are several; yield their address, them, and what kills the first."""
    more = {VARIABLE: store.url} if store else None
    if count == 1:
        with served(more=more) as server:
            yield server, (server,), None
    else:
        with replicas(count, more=more) as behind:
            yield behind.address, behind.servers, lambda: behind.kill(0)


def measured(plan: Plan, count: int, fails: Sequence[str]) -> Held:
    """Measure the empty script, then hold a lesson on ``count`` servers; ``fails``: "replica", "store"."""
    with served(command=streamlit(EMPTY)) as server:
        empty = asyncio.run(floor(server, plan.students - plan.plain, len(plan.pages)))
    with ExitStack() as opened:
        store = opened.enter_context(OwnValkey()) if count > 1 or "store" in fails else None
        address, servers, kill = opened.enter_context(running(count, store))
        for one in servers:
            asyncio.run(warmed(one, plan.pages))
        plan = replace(plan, kill=kill if "replica" in fails else None, store=store if "store" in fails else None)
        before = sum(used(one.pid)[0] for one in servers)
        held = asyncio.run(Lesson(address, plan).hold())
        spent = sum(used(one.pid)[0] for one in servers) - before
        held.processor = spent / max(1, len(held.met.live) + len(held.met.plain))
    print(told(held, empty), flush=True)
    return held


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--plain", type=float, default=0.2, help="share of them without websockets")
    parser.add_argument("--replicas", type=int, default=1, help="servers, behind nginx and on Valkey if several")
    parser.add_argument("--pages", default=",".join(ROUTE), help="routes, with commas; an empty one is the start")
    parser.add_argument("--fails", default="", help="replica, store or both with a comma: killed in class")
    arguments = parser.parse_args()
    fails = [one for one in arguments.fails.split(",") if one]
    if "replica" in fails and arguments.replicas < 2:
        parser.error("a server can be killed where there are two: --replicas 2")
    plan = Plan(arguments.students, int(arguments.plain * arguments.students), arguments.pages.split(","))
    print(f"a class of {plan.students}, {plan.plain} of them without websockets, {arguments.replicas} servers")
    held = measured(plan, arguments.replicas, fails)
    late = at(sorted([*held.met.live, *held.met.plain]), 0.95) > GOAL
    if held.faults() or any(one > BACK for one in held.met.back):
        raise SystemExit("the class met an error")
    if late:
        raise SystemExit(f"screens are there later than {GOAL:g} s")


if __name__ == "__main__":
    main()
