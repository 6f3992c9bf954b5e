"""Benchmarks the delay of events to viewers: one that answers as a page does, and one that only reads."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.report import Row, row
from streamsign.captions.events import Event, Letter, Painted, Partial, Ping, Pong
from streamsign.captions.protocol import SUBPROTOCOL

ANSWERING, LISTENING = "answering", "listening"

_MESSAGE: TypeAdapter[Event | Ping] = TypeAdapter(Event | Ping)


class PageViewer:
    """A viewer of one room on this computer, whose clock is the server's.

    Args:
        url: of the server, ``http://HOST:PORT``.
        room: name of the room.
        token: the server's view token.
        answers: request and answer pings, and report each letter as painted, as a page does.

    Attributes:
        waited_ms: milliseconds by case: of letters from publication to reading, of partials from capture to reading.
    """

    def __init__(self, url: str, room: str, token: str, *, answers: bool) -> None:
        self._address = f"{url.replace('http', 'ws', 1)}/captions/{room}{'?reports=1' if answers else ''}"
        self._answers = answers
        self._token = token
        self.waited_ms: dict[str, list[float]] = defaultdict(list)

    async def follow(self) -> None:
        """Read events until canceled."""
        protocols = [Subprotocol(SUBPROTOCOL), Subprotocol(f"token.{self._token}")]
        async with connect(self._address, proxy=None, subprotocols=protocols) as connection:
            async for message in connection:
                await self._take(connection, message, time.time())

    async def _take(self, connection: ClientConnection, message: str | bytes, now_s: float) -> None:
        event = _MESSAGE.validate_json(message)
        kind = ANSWERING if self._answers else LISTENING
        if isinstance(event, Ping):
            await connection.send(Pong(id=event.id, received_s=now_s, answered_s=time.time()).model_dump_json())
        elif isinstance(event, Partial):
            self.waited_ms[f"partial/{kind}_viewer"].append(1000 * (now_s - event.captured_s))
        elif isinstance(event, Letter) and event.ledger.published_s is not None:
            self.waited_ms[f"letter/{kind}_viewer"].append(1000 * (now_s - event.ledger.published_s))
            if self._answers:
                await connection.send(Painted(seq=event.seq, at_s=time.time()).model_dump_json())


def viewer_rows(viewers: Iterable[PageViewer]) -> list[Row]:
    """One row a case over all viewers, subject ours, milliseconds."""
    together: dict[str, list[float]] = defaultdict(list)
    for viewer in viewers:
        for case, waited_ms in viewer.waited_ms.items():
            together[case] += waited_ms
    return [row(case, "ours", "ms", waited_ms) for case, waited_ms in sorted(together.items())]
