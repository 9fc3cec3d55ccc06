"""The devices of a class as the server sees them: a teacher's and the students', with and without websockets.

They ask, wait and go as the scripts of our pages do (``attnviz/components/classroom``), without a browser.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from benchmarks.plain import PATIENCE as OF_SCRIPT
from benchmarks.plain import Plain, Reply
from benchmarks.reader import Answer, Reader, marks_in

LOOK = 0.25  # seconds between two looks of a teacher's browser at its address (classroom.js)
LEAST, MORE = 0.75, 0.4  # seconds from one question to the next: the least, and what chance adds (attend.js)
LONG = 8  # seconds that a browser waits for an answer which the server may keep until there is news (attend.js)
RETRY = 0.5  # seconds after which Streamlit's page tries to connect again
PATIENCE = 20  # seconds until a device counts as lost
BROKEN = (OSError, EOFError, TimeoutError, WebSocketException)


@dataclass
class Met:
    """What the devices of one class met."""

    begun: dict[int, float] = field(default_factory=dict)  # number of the teacher's move -> when he made it
    live: list[float] = field(default_factory=list)  # seconds from the teacher's move to a screen being there
    plain: list[float] = field(default_factory=list)  # the same of those without websockets
    joined: list[float] = field(default_factory=list)  # seconds from the code to the page
    back: list[float] = field(default_factory=list)  # seconds from a failure to the page being there again
    # actions that had to be done again, by the failure and the device
    lost: Counter[tuple[int, int]] = field(default_factory=Counter)
    failures: int = 0
    faults: list[str] = field(default_factory=list)
    foreign: int = 0  # sentences of others, where nobody showed them
    failed: float = 0.0  # when something was killed
    is_failing: bool = False  # until all are back: broken connections are no faults meanwhile

    def fail(self, what: str) -> None:
        """Something goes down now."""
        print(f"  {what}", flush=True)
        self.failed, self.is_failing, self.failures = time.monotonic(), True, self.failures + 1

    def broke(self, error: BaseException | str) -> None:
        """Note a broken connection, or an answer that is none."""
        if not self.is_failing:
            self.faults.append(error if isinstance(error, str) else f"{type(error).__name__}: {error}")


class Device:
    """A browser in the class: it asks how the class stands, again and again."""

    def __init__(self, address: str, number: int, met: Met, *, is_wide: bool = False) -> None:
        self.number, self.met, self.http, self.waiting = number, met, Plain(address), Plain(address)
        self.waiting.cookies = self.http.cookies  # the same browser's second connection
        self.reader = Reader(address, number, cookies=self.http.cookies)
        self.chance = random.Random(number)
        self.state: dict[str, Any] = {"at": "", "move": -1, "panel": ""}
        self.news = asyncio.Event()
        self._tag, self._wide = "", "&wide" if is_wide else ""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, *work: Coroutine[Any, Any, None]) -> None:
        """Do this until the end of the class."""
        self._tasks += [asyncio.create_task(one) for one in work]

    async def end(self) -> None:
        """Close the browser; what went wrong in its work is raised."""
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        self.http.close()
        self.waiting.close()
        await self.reader.__aexit__(None, None, None)
        for found in ended:
            if isinstance(found, Exception):
                raise found

    async def attend(self) -> None:
        """Ask how the class stands, again and again."""
        while True:
            begun = time.monotonic()
            await self.ask(waits=True)
            await asyncio.sleep(max(0, LEAST + MORE * self.chance.random() - (time.monotonic() - begun)))

    async def ask(self, *, waits: bool = False) -> None:
        """Ask once; ``waits``: until there is news, or for some seconds."""
        try:
            path, tag = f"/class/state?lang=en{self._wide}{'&wait' * waits}", {"If-None-Match": self._tag}
            reply = await (self.waiting if waits else self.http).get(path, patience=LONG, **tag)
        except BROKEN as error:
            self.met.broke(error)
            return
        if reply.status == 200:
            self._tag, self.state = reply.headers["etag"], json.loads(reply.body)
            self.see(reply)
            self.news.set()
        elif reply.status != 304:
            self.met.broke(f"/class/state: {reply.status}")

    def see(self, seen: Reply | Answer) -> None:
        """Look at what came for other people's sentences."""
        if isinstance(seen, Answer):
            self.met.foreign += seen.foreign
            if seen.faults:
                self.met.faults.append(f"the page of device {self.number} shows a fault")
        else:
            found = marks_in(seen.body.encode())
            self.met.foreign += sum(one not in self.reader.may_see for one in found)

    async def act(self, path: str, /, **form: str) -> Reply:
        """Send a form; where that fails the screen says so, and it is sent again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                reply = await self.http.post(path, form, patience=OF_SCRIPT)
                if reply.status < 500:
                    return reply
                self.met.broke(f"{path}: {reply.status}")
            except BROKEN as error:
                self.met.broke(error)
            if time.monotonic() > end:
                raise TimeoutError(path)
            self.met.lost[self.met.failures, self.number] += 1
            await self.until_back()

    async def until_back(self) -> None:
        """Wait until the panel says "Live" again: nobody taps on a page that says it is reconnecting."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            await asyncio.sleep(RETRY)
            try:
                if (await self.http.get("/class/state?lang=en", patience=OF_SCRIPT)).status == 200:
                    return
            except BROKEN as error:
                self.met.broke(error)

    def counts(self) -> list[int]:
        """Return the counts that the panel shows."""
        return [int(count) for count in re.findall(r'class="count">(\d+)<', self.state["panel"])]


class Teacher(Device):
    """Begins a class and leads it."""

    moves = 0

    async def start(self) -> str:
        """Begin a class on the first page; return its code."""
        await self.http.post("/class/start", {})
        page = (await self.http.get("/class")).body
        found = re.search(r"[A-Z]{4} [A-Z]{4}", page)
        assert found, "no class was begun"
        await self.reader.__aenter__()
        self.see(await self.reader.go("", "lang=en"))
        self.begin(self.attend())
        return found[0]

    async def go(self, route: str, query: str) -> int:
        """Go somewhere: his page runs, and his browser tells the server soon after. Return the number of the move."""
        self.moves += 1
        self.met.begun[self.moves] = time.monotonic()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._show(route, query))
            both.create_task(self._tell(route, query))
        return self.moves

    async def _show(self, route: str, query: str) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.see(await self.reader.go(route, query))
                return
            except BROKEN as error:
                self.met.broke(error)
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(RETRY)
            with suppress(*BROKEN):
                await self.reader.come_back()

    async def _tell(self, route: str, query: str) -> None:
        await asyncio.sleep(self.chance.uniform(0, LOOK))
        await self.act("/class/at", path=f"{self.http.base}/{route}", query=query)

    async def let_vote(self) -> None:
        """Let the class vote on the first question of his page."""
        self.see(await self.reader.press(next(key for key in self.reader.buttons if key.startswith("let_vote_"))))


class Student(Device):
    """Joins by the code, and goes where the teacher goes; ``is_live``: by websocket, else by plain pages."""

    def __init__(self, address: str, number: int, met: Met, *, is_live: bool, teacher: Teacher) -> None:
        super().__init__(address, number, met, is_wide=not is_live)
        self.reader.may_see.add(teacher.reader.mark)
        self.is_live, self.follows = is_live, True
        self.there = -1  # the number of the teacher's move that this screen shows
        self._measured = -1  # the last one whose time was taken
        self.voted: dict[str, str] = {}  # round -> option
        self._page = asyncio.Lock()  # one run at a time

    async def join(self, code: str) -> None:
        """Type the code; with websockets go on to the live page."""
        start = time.monotonic()
        reply = await self.http.post("/join", {"code": code.lower()})
        assert reply.status == 200, f"/join: {reply.status} {reply.body}"
        self.see(await self.http.get("/join/view?lang=en"))
        await self.ask()
        if self.is_live:
            await self.reader.__aenter__()
            await self._there()
            self.begin(self._watch())
        self.met.joined.append(time.monotonic() - start)
        self.begin(self.attend(), self._follow())

    async def _follow(self) -> None:
        while True:
            await self.news.wait()
            self.news.clear()
            if self.follows and self.state["move"] != self.there:
                try:
                    await self._there()
                except BROKEN as error:  # the page connects anew, and goes on then
                    self.met.broke(error)

    async def _there(self) -> None:
        async with self._page:
            at, move = self.state["at"], self.state["move"]
            if self.is_live:
                route, _, query = at.removeprefix(f"{self.http.base}/").partition("?")
                self.see(await self.reader.go(route, f"{query}&lang=en" if query else "lang=en"))
            else:
                reply = await self.http.get("/join/view?lang=en")
                self.see(reply)
                shown = re.search(r'data-move="(\d+)"', reply.body)
                if reply.status != 200 or shown is None:
                    raise OSError(f"/join/view: {reply.status}")
                move = int(shown[1])
            self.there = move
        begun = self.met.begun.get(move)
        if begun and move > self._measured and not self.met.is_failing:
            self._measured = move
            (self.met.live if self.is_live else self.met.plain).append(time.monotonic() - begun)

    async def _watch(self) -> None:
        """Connect anew whenever the connection breaks, as Streamlit's page does."""
        while True:
            await self.reader.broken()
            failed = self.met.failed if self.met.is_failing else time.monotonic()
            self.met.broke("a websocket broke")
            async with self._page:
                while True:
                    await asyncio.sleep(RETRY * self.chance.uniform(1, 2))
                    try:
                        self.see(await self.reader.come_back())
                        break
                    except BROKEN as error:
                        self.met.broke(error)
            self.met.back.append(time.monotonic() - failed)
            self.news.set()

    async def vote(self) -> None:
        """Choose an answer when a vote is open; every fourth device takes another one afterwards."""
        asked = re.search(r'name="round" value="(\w+)"', self.state["panel"])
        options = re.findall(r'name="option" value="([^"]+)"', self.state["panel"])
        assert asked and options, "no vote is open"
        choices = [options[self.number % len(options)]]
        if self.number % 4 == 0:
            choices.append(options[(self.number + 1) % len(options)])
        for choice in choices:
            await asyncio.sleep(self.chance.uniform(0, 2))
            reply = await self.act("/class/vote", round=asked[1], option=choice)
            if reply.status != 200:
                self.met.faults.append(f"a vote: {reply.status} {reply.body}")
        self.voted[asked[1]] = choices[-1]

    async def send(self) -> bool:
        """Send a sentence to the teacher; whether it was taken."""
        await asyncio.sleep(self.chance.uniform(0, 2))
        return (await self.act("/class/ask", sentence=self.reader.own("dogs see the cat"))).status == 200

    async def look_alone(self, times: int) -> None:
        """Leave the teacher, type sentences, and come back with a tap."""
        self.follows = False
        for _ in range(times):
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))
            try:
                async with self._page:
                    self.see(await self.reader.type(f"the dog {self.chance.choice(('sees', 'likes'))} the cat"))
            except BROKEN as error:
                self.met.broke(error)
                self.met.lost[self.met.failures, self.number] += 1
        self.follows = True
        self.there = -1
        self.news.set()
