"""One reader as the server sees him: a websocket that sends what a browser would send, without the browser."""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_LETTERS = "abcdefghijklmnop"
_MARK = re.compile(rb"qz[a-p]{4}x")
_BOX = "sentence"  # the key of the widget that takes the sentence
_PATIENCE = 120  # seconds until a reader gives up


class Answer(NamedTuple):
    """What one action of a reader came to."""

    seconds: float  # until the script had ended and all of it had arrived
    received: int  # bytes
    own: int  # times that the reader's own word stands in it
    foreign: int  # words of other readers in it
    faults: int  # exceptions and errors that it shows


class Reader:
    """A session on one page. Each reader writes a word of his own into his sentences, and looks for the others'."""

    def __init__(self, address: str, number: int, page: str = "") -> None:
        """``address``: of the server, http; ``page``: a route; ``number`` gives the reader's own word."""
        self._address = "ws" + address.removeprefix("http") + "/_stcore/stream"
        self.page = page
        self.mark = "qz" + "".join(_LETTERS[number // 16**place % 16] for place in range(4)) + "x"
        self._query = ""
        self._script = ""  # Streamlit's hash of the page, told by the server
        self._sentence_box = ""  # the id of its widget
        self._known: set[str] = set()  # messages that a browser would keep
        self._connection: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._connection = await connect(
            self._address,
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": f"attnviz_replica={self.mark}"},  # as nginx gave it (deploy/)
            max_size=None,
            ping_interval=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection:
            await self._connection.close()

    def own(self, sentence: str) -> str:
        """Return ``sentence`` with the reader's own word."""
        return f"{self.mark} {sentence}"

    async def open(self, sentence: str) -> Answer:
        """Come by a link with a sentence."""
        self._query = urlencode({"text": self.own(sentence), "lang": "en"})
        return await self._run()

    async def type(self, sentence: str) -> Answer:
        """Type another sentence into the box."""
        return await self._run(self.own(sentence))

    async def stay(self) -> Answer:
        """Run the page again with nothing changed."""
        return await self._run()

    async def _run(self, typed: str | None = None) -> Answer:
        assert self._connection is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._script
        state.page_name = "" if self._script else self.page
        state.cached_message_hashes.extend(self._known)
        if typed is not None:
            state.widget_states.widgets.add(id=self._sentence_box, string_value=typed)
        start = time.perf_counter()
        await self._connection.send(message.SerializeToString())
        received = own = foreign = faults = 0
        async with asyncio.timeout(_PATIENCE):
            while True:
                data = await self._connection.recv()
                assert isinstance(data, bytes)
                received += len(data)
                told = ForwardMsg.FromString(data)
                marks = [mark for text in _texts(told, data) for mark in _MARK.findall(text)]
                own += marks.count(self.mark.encode())
                foreign += len(marks) - marks.count(self.mark.encode())
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
        elif kind == "page_info_changed":
            self._query = told.page_info_changed.query_string
        elif kind == "delta" and told.delta.HasField("new_element"):
            element = told.delta.new_element
            if element.text_input.id.endswith(f"-{_BOX}"):
                self._sentence_box = element.text_input.id
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
