"""The rooms of one process of a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence

from nats.aio.client import Client

from streamsign.captions.protocol import is_practice
from streamsign.captions.room import CaptionRoom, LogUnavailable
from streamsign.captions.room_clock import RoomClock
from streamsign.captions.rooms import MAX_IDLE_ROOMS, MAX_ROOMS, CaptionRooms
from streamsign.cluster.connection import end
from streamsign.cluster.log import LogAway, StreamLog
from streamsign.cluster.pauses import ChosenPauses
from streamsign.cluster.room import ClusterRoom
from streamsign.errors import ConnectionFailed
from streamsign.recognition.pauses import NO_PAUSES, PauseRule

logger = logging.getLogger(__name__)

REPEAT_S = 2.0
"""Interval at which a process repeats the statuses of its cameras."""

CHECK_S = 0.1
"""Interval at which the connection is looked at: after it was lost the rooms read what they missed."""

INTERRUPTED_AFTER_S = 0.5
"""Time without a connection after which viewers receive that captions are interrupted. A lost connection counts as such
after at most 2.25 s (:mod:`streamsign.cluster.connection`)."""

FLUSH_S = 3.0
AWAY_FLUSH_S = 1.0
"""Time for what waits to be written when the process ends: with a connection to NATS, and without one."""


class ClusterRooms(CaptionRooms):
    """The rooms that this process has open. Any number of processes may have the same rooms open.

    Call :meth:`open` first and :meth:`close` at the end.

    Args:
        client: the connection to NATS.
        model_name, letters, clock, max_idle, max_rooms, pauses: see :class:`CaptionRooms`.
        retention_s: seconds for which events are kept; None keeps them until newer ones take their place.
    """

    def __init__(
        self,
        client: Client,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float] | None = None,
        max_idle: int = MAX_IDLE_ROOMS,
        max_rooms: int = MAX_ROOMS,
        pauses: PauseRule = NO_PAUSES,
        retention_s: float | None = None,
    ) -> None:
        clock = RoomClock() if clock is None else clock
        super().__init__(model_name, letters, clock=clock, max_idle=max_idle, max_rooms=max_rooms, pauses=pauses)
        self.process = secrets.token_urlsafe(9)
        """Name of this process in messages."""
        self._client = client
        self.stream = StreamLog(client, retention_s)
        """The rooms' log."""
        self._chosen = ChosenPauses(client, self._use_pauses)
        self._repeating: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._away_since_s: float | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Make the streams if they do not exist, and follow what was chosen for rooms.

        Raises:
            ConnectionFailed: NATS does not answer, or has no JetStream.
        """
        try:
            await self.stream.prepare()
            await self._chosen.open()
        except LogAway as error:
            raise ConnectionFailed(
                f"The caption log on NATS cannot be used: {error}.", "Start NATS with `nats-server -js`."
            ) from error
        self._repeating = asyncio.ensure_future(self._repeat())
        self._watching = asyncio.ensure_future(self._watch_connection())

    @property
    def away_s(self) -> float:
        """Seconds for which the process has had no connection to NATS; 0 while it has one."""
        if self._client.is_connected or self._away_since_s is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._away_since_s

    async def _open(self, name: str) -> ClusterRoom:
        room = self._new(name)
        await room.open()
        return room

    async def _load(self, name: str) -> ClusterRoom:
        room = self._new(name)
        await room.load()
        return room

    def _new(self, name: str) -> ClusterRoom:
        return ClusterRoom(
            name,
            self.model_name,
            self.letters,
            clock=self._clock,
            stream=self.stream,
            process=self.process,
            pauses=self._chosen.of(name) or self._pauses,
        )

    def _left(self, room: CaptionRoom) -> None:
        if isinstance(room, ClusterRoom):
            leaving = asyncio.ensure_future(room.leave())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def choose_pauses(self, room: CaptionRoom, pauses: PauseRule) -> None:
        """Set the pauses of a room in all processes; see :meth:`CaptionRooms.choose_pauses`."""
        room.pauses = pauses
        try:
            await self._chosen.choose(room.name, pauses)
        except LogAway as error:
            raise LogUnavailable(str(error)) from error

    def _use_pauses(self, name: str, pauses: PauseRule) -> None:
        if (room := self._rooms.get(name)) is not None:
            room.pauses = pauses

    async def names(self) -> list[str]:
        """Names of the rooms that are in use here or have text, sorted, without practice rooms."""
        here = {room.name for room in self._rooms.values() if not room.empty and not is_practice(room.name)}
        try:
            return sorted(here.union(await self.stream.rooms()))
        except LogAway as error:
            raise LogUnavailable(str(error)) from error

    async def changed_s(self) -> dict[str, float]:
        """When the text of each room that has text was last changed, Unix seconds."""
        here_s = {room.name: changed_s for room in self._rooms.values() if (changed_s := room.changed_s) is not None}
        try:
            return await self.stream.newest_s() | here_s
        except LogAway as error:
            raise LogUnavailable(str(error)) from error

    async def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream, and write what waits if NATS takes it soon."""
        await super().close(reason)
        await end(self._repeating)
        await end(self._watching)
        with contextlib.suppress(asyncio.TimeoutError):
            async with asyncio.timeout(AWAY_FLUSH_S if self.away_s else FLUSH_S):
                await asyncio.gather(*(room.settled() for room in self.all()))
        for room in self.all():
            if room.waiting:
                logger.error("letters are lost room=%s waiting=%d reason=NATS does not answer", room.name, room.waiting)
            self._left(room)
        self._rooms.clear()
        await asyncio.gather(*self._leaving)
        await self._chosen.close()

    async def _watch_connection(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if self._client.is_connected:
                self._away_since_s = None
            elif self._away_since_s is None:
                self._away_since_s = loop.time()
            interrupted = self.away_s >= INTERRUPTED_AFTER_S
            for room in self.all():
                if isinstance(room, ClusterRoom):
                    room.interrupt(interrupted)
            await asyncio.sleep(CHECK_S)

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        reconnects, next_s = self._client.stats["reconnects"], loop.time()
        while True:
            await asyncio.sleep(CHECK_S)
            rooms = [room for room in self.all() if isinstance(room, ClusterRoom)]
            if self._client.stats["reconnects"] != reconnects and self._client.is_connected:
                reconnects = self._client.stats["reconnects"]
                with contextlib.suppress(LogAway):  # NATS has lost the streams that it keeps in memory
                    await self.stream.prepare()
                await self._chosen.load()
                await asyncio.gather(*(room.catch_up() for room in rooms))
            if loop.time() >= next_s:
                next_s = loop.time() + REPEAT_S
                for room in rooms:
                    room.repeat(loop.time())
