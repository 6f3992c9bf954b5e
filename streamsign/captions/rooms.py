"""The rooms of a process, opened on first use, wherever their logs are kept.

Two classes implement it: :class:`streamsign.captions.hub.Rooms` and
:class:`streamsign.cluster.rooms.ClusterRooms`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from weakref import WeakValueDictionary

from streamsign.captions.room import CaptionRoom
from streamsign.recognition.pauses import NO_PAUSES, PauseRule
from streamsign.room_names import ROOM_PATTERN

MAX_IDLE_ROOMS = 64
"""Rooms in memory that are not in use and can be loaded again; the least recently used is removed first."""

MAX_ROOMS = 1024
"""Rooms in memory. One whose text is not stored stays until its text is deleted."""


class TooManyRooms(ValueError):
    """As many rooms as are allowed are in use, or have text that is not stored."""


def check_name(name: str) -> None:
    """Check the name of a room.

    Raises:
        ValueError: the name is not 1–64 letters, digits, ``-`` or ``_``.
    """
    if not ROOM_PATTERN.fullmatch(name):
        raise ValueError(f"a room's name is 1 to 64 letters, digits, - or _, not {name[:80]!r}")


class CaptionRooms(ABC):
    """The rooms in memory, by name. Used in one event loop only.

    Rooms that are idle and whose text can be loaded again leave memory beyond ``max_idle``, the least recently used
    first. A camera must publish a status as soon as it has its room: from then on the room is busy and stays.

    Args:
        model_name: name of the model that reads the letters.
        letters: the letters it knows.
        clock: seconds, never decreasing; the clock of all rooms.
        max_idle: idle rooms in memory.
        max_rooms: rooms in memory.
        pauses: of rooms for which none were chosen.
    """

    def __init__(
        self,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float],
        max_idle: int = MAX_IDLE_ROOMS,
        max_rooms: int = MAX_ROOMS,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        self.model_name = model_name
        self.letters = tuple(letters)
        self._clock = clock
        self._max_idle = max_idle
        self._max_rooms = max_rooms
        self._pauses = pauses
        self._rooms: OrderedDict[str, CaptionRoom] = OrderedDict()
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, name: str, *, to_watch: bool = False) -> CaptionRoom:
        """The room of that name, created if it does not exist.

        Args:
            name: the name.
            to_watch: whether it is only watched. A quarter of the rooms is left to cameras and editors.

        Raises:
            ValueError: the name is not a room's.
            TooManyRooms: a new one would be one too many.
            LogUnavailable: its log cannot be loaded now.
        """
        check_name(name)
        room = self._rooms.get(name)
        if room is None:
            lock = self._opening.setdefault(name, asyncio.Lock())
            async with lock:  # a later caller finds it open
                room = self._rooms.get(name)
                if room is None:
                    self._make_place(to_watch)
                    room = self._rooms[name] = await self._open(name)
        self._rooms.move_to_end(name)
        return room

    async def look(self, name: str) -> CaptionRoom:
        """The room of that name for reading its log; one that is not kept if it is not in memory.

        Raises:
            ValueError: the name is not a room's.
            LogUnavailable: its log cannot be loaded now.
        """
        check_name(name)
        return self._rooms.get(name) or await self._load(name)

    def _make_place(self, to_watch: bool) -> None:
        limit = self._max_rooms - self._max_rooms // 4 if to_watch else self._max_rooms
        idle = [other for other in self._rooms.values() if other.spare]
        kept = min(max(0, self._max_idle - 1), max(0, limit - 1 - (len(self._rooms) - len(idle))))
        for old in idle[: len(idle) - kept]:
            del self._rooms[old.name]
            self._left(old)
        if len(self._rooms) + len(self._opening) - 1 >= limit:
            raise TooManyRooms(f"there are {len(self._rooms)} rooms, as many as are allowed")

    @abstractmethod
    async def _open(self, name: str) -> CaptionRoom:
        """The room of a valid name that is not in memory."""

    @abstractmethod
    async def _load(self, name: str) -> CaptionRoom:
        """The same for reading only: nothing is kept of it."""

    def _left(self, room: CaptionRoom) -> None:  # noqa: B027 - most have nothing to do
        """A room has left memory."""

    @abstractmethod
    async def choose_pauses(self, room: CaptionRoom, pauses: PauseRule) -> None:
        """Set how long the signer of a room pauses until a word or a sentence ends, and store it.

        Raises:
            LogNotWritten: it cannot be stored; it applies in this process until the process ends.
            LogUnavailable: the same, where the log is elsewhere.
        """

    @abstractmethod
    async def names(self) -> list[str]:
        """Names of the rooms that are in use here or have text, sorted, without practice rooms.

        Raises:
            LogUnavailable: they cannot be listed now.
        """

    @abstractmethod
    async def changed_s(self) -> dict[str, float]:
        """When the text of each room that has text was last changed, Unix seconds.

        Raises:
            LogUnavailable: it is not known now.
        """

    @property
    def away_s(self) -> float:
        """Seconds for which the durable log has been out of reach; 0 while it is in reach, or is in this process."""
        return 0.0

    def all(self) -> list[CaptionRoom]:
        """All rooms in memory, the most recently used last."""
        return list(self._rooms.values())

    @property
    def viewers(self) -> int:
        """Viewers in all rooms, cameras that receive the captions among them."""
        return sum(room.viewers for room in self._rooms.values())

    def viewers_of(self, name: str) -> int:
        """Viewers of one room."""
        room = self._rooms.get(name)
        return 0 if room is None else room.viewers

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Publish in every room, and use for new rooms, that another model reads from now on."""
        self.model_name, self.letters = model_name, tuple(letters)
        for room in self.all():
            room.read_by(model_name, letters)

    async def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream in every room."""
        for room in self.all():
            room.close(reason)
