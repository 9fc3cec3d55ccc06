"""One reader as the server sees him: a websocket that sends what a browser would send, without the browser."""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_MARK = re.compile(rb"qz[a-p]{6}x")
_GIVEN: set[str] = set()  # the words of all readers of this process
_BOX = "sentence"  # the key of the widget that takes the sentence
_PATIENCE = 120  # seconds until a reader gives up


def mark(number: int) -> str:
    """Return the own word of a reader: letters by chance, so that a model that copies some wrong hits no other's."""
    return f"qz{blake2b(b'%d' % number, digest_size=3).hexdigest().translate(_LETTERS)}x"


def marks_in(text: bytes) -> list[str]:
    """Return the own words of readers that stand in a text, as often as they do.

    What looks like one and is none was written by a model: it translates a word that it does not know by its letters.
    """
    return [word for word in (found.decode() for found in _MARK.findall(text)) if word in _GIVEN]


class Answer(NamedTuple):
    """What one action of a reader came to."""

    seconds: float  # until the script had ended and all of it had arrived
    received: int  # bytes
    own: int  # times that the reader's own word stands in it
    foreign: int  # words of other readers in it
    faults: int  # exceptions and errors that it shows


class Reader:
    """A session on one page. Each reader writes a word of his own into his sentences, and looks for the others'."""

    def __init__(self, address: str, number: int, page: str = "", cookies: Mapping[str, str] | None = None) -> None:
        """``address``: of the server, http; ``page``: a route; ``number`` gives the reader's own word.

        ``cookies``: what his browser keeps; without any, the one that nginx gives (deploy/).
        """
        self._address = "ws" + address.removeprefix("http") + "/_stcore/stream"
        self.page = page
        self.mark = mark(number)
        _GIVEN.add(self.mark)
        self.may_see = {self.mark}  # words of others that he is shown on purpose can be added
        self.buttons: dict[str, str] = {}  # the ids of the page's buttons, by their keys
        self._cookies = {"attnviz_replica": self.mark} if cookies is None else cookies
        self._query = ""
        self._script = ""  # Streamlit's hash of the page, told by the server
        self._scripts: dict[str, str] = {}  # the same of all pages, by route
        self._sentence_box = ""  # the id of its widget
        self._known: set[str] = set()  # messages that a browser would keep
        self._connection: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._connection = await connect(
            self._address,
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())},
            max_size=None,
            ping_interval=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection:
            await self._connection.close()

    async def broken(self) -> None:
        """Wait until the connection is none any more."""
        assert self._connection is not None
        await self._connection.wait_closed()

    def own(self, sentence: str) -> str:
        """Return ``sentence`` with the reader's own word."""
        return f"{self.mark} {sentence}"

    async def open(self, sentence: str) -> Answer:
        """Come by a link with a sentence."""
        self._query = urlencode({"text": self.own(sentence), "lang": "en"})
        return await self._run()

    async def go(self, route: str, query: str) -> Answer:
        """Go to a page, as Back does: the address is another one, and the server is asked for what it leads to."""
        self.page, self._query = route, query
        self._script = self._scripts.get(route, "")
        return await self._run(is_back=bool(self._script))

    async def press(self, key: str) -> Answer:
        """Press the button of the page that has this key."""
        return await self._run(pressed=self.buttons[key])

    async def come_back(self) -> Answer:
        """Connect anew after the connection broke, and ask for the page where it was, as page.js does."""
        await self.__aexit__(None, None, None)
        await self.__aenter__()
        return await self._run()

    async def type(self, sentence: str) -> Answer:
        """Type another sentence into the box."""
        return await self._run(self.own(sentence))

    async def stay(self) -> Answer:
        """Run the page again with nothing changed."""
        return await self._run()

    async def _run(self, typed: str | None = None, pressed: str = "", *, is_back: bool = False) -> Answer:
        assert self._connection is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._script
        state.page_name = "" if self._script else self.page
        state.is_history_navigation = is_back
        state.cached_message_hashes.extend(self._known)
        if typed is not None:
            state.widget_states.widgets.add(id=self._sentence_box, string_value=typed)
        if pressed:
            state.widget_states.widgets.add(id=pressed, trigger_value=True)
        self.buttons.clear()
        start = time.perf_counter()
        await self._connection.send(message.SerializeToString())
        received = own = foreign = faults = 0
        async with asyncio.timeout(_PATIENCE):
            while True:
                data = await self._connection.recv()
                assert isinstance(data, bytes)
                received += len(data)
                told = ForwardMsg.FromString(data)
                marks = [found for text in _texts(told, data) for found in marks_in(text)]
                own += marks.count(self.mark)
                foreign += sum(found not in self.may_see for found in marks)
                faults += self._hear(told)
                if told.WhichOneof("type") == "script_finished" and told.script_finished in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
                ):
                    return Answer(time.perf_counter() - start, received, own, foreign, faults)

    def _hear(self, told: ForwardMsg) -> int:
        """Keep what a browser keeps of a message, and return how many faults it shows."""
        kind = told.WhichOneof("type")
        if told.metadata.cacheable:
            self._known.add(told.hash)
        if kind == "navigation":
            self._script = told.navigation.page_script_hash
            self._scripts = {page.url_pathname: page.page_script_hash for page in told.navigation.app_pages}
        elif kind == "page_info_changed":
            self._query = told.page_info_changed.query_string
        elif kind == "delta" and told.delta.HasField("new_element"):
            element = told.delta.new_element
            if element.text_input.id.endswith(f"-{_BOX}"):
                self._sentence_box = element.text_input.id
            if element.button.id:
                self.buttons[element.button.id.split("-", 2)[2]] = element.button.id
            return int(element.HasField("exception") or element.alert.format == element.alert.ERROR)
        return 0


def _texts(told: ForwardMsg, data: bytes) -> Iterator[bytes]:
    """Return what of a message can be read: as it stands, and what a view gets, out of its packing."""
    yield data
    if told.WhichOneof("type") == "delta" and told.delta.HasField("new_element"):
        view = told.delta.new_element.bidi_component
        for packed in (view.bytes, *view.mixed.arrow_blobs.values()) if view.id else ():
            if isinstance(packed, bytes) and packed[:1] == b"\x78":
                yield zlib.decompress(packed)
