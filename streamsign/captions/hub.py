"""Rooms: every viewer of a room gets every letter, however slow or forgetful it is.

A viewer has no queue of its own. It has a place in the room's log, which holds the letters for all, and one slot per
camera for what only matters while it is new. So a viewer costs the same memory whether it keeps up or not.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter, ModelChange, Moment, Partial, Status
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.log import Action, CaptionLog
from streamsign.captions.protocol import ROOM_PATTERN
from streamsign.recognition.events import Commit

MAX_BEHIND = 256
"""Letters a viewer may be behind before it is closed: minutes of signing, far more than a live connection lags."""

MAX_IDLE_ROOMS = 64
"""Rooms without camera and viewer that are kept; the one unused longest goes first."""

_MAX_SESSIONS = 64
"""Cameras whose newest partial and status wait for a viewer; the oldest falls out beyond."""


@dataclass(frozen=True, slots=True)
class SubscriptionStatistics:
    """How one viewer keeps up.

    Attributes:
        sent: events handed to the viewer.
        behind: letters and edits not handed over yet.
        partials_coalesced: partials replaced by a newer one before the viewer took them.
    """

    sent: int
    behind: int
    partials_coalesced: int


@dataclass(frozen=True, slots=True)
class RoomStatistics:
    """What happened in a room so far.

    Attributes:
        viewers: subscriptions open now.
        viewers_closed_behind: subscriptions closed for falling too far behind.
        last_seq: letters and edits published.
        partials: partials published.
        partials_coalesced: partials that some viewer of those open now never took.
    """

    viewers: int
    viewers_closed_behind: int
    last_seq: int
    partials: int
    partials_coalesced: int


class Subscription:
    """One viewer's stream of a room: ``async for event in subscription``; ends when closed by either side.

    The first event is a Hello; then come the kept events it promises, then the moment: statuses, partials (the newest
    of each camera) and every new letter in order. A cancelled ``__anext__`` loses nothing.
    """

    def __init__(self, room: Room, after: int | None, log_id: str | None, max_behind: int) -> None:
        log = room.log
        replay, self._next_seq = log.replay_from(after, log_id)
        self.hello = Hello(
            room=room.name,
            model=room.model_name,
            letters=list(room.letters),
            log_id=log.log_id,
            last_seq=log.last_seq,
            replay=replay,
            text=log.text,
        )
        self.closed_reason: str | None = None
        self._first_seq = self._next_seq
        self._room = room
        self._max_behind = max_behind
        self._greeted = False
        self._statuses: OrderedDict[str, Status] = OrderedDict(room.statuses)
        self._partials: OrderedDict[str, Partial] = OrderedDict()
        self._model: ModelChange | None = None
        self._wake = asyncio.Event()
        self._sent = 0
        self._coalesced = 0

    def __aiter__(self) -> Subscription:
        """The subscription is its own iterator."""
        return self

    async def __anext__(self) -> Hello | KeptEvent | Moment:
        """The next event, waiting for it when there is none yet."""
        while self.closed_reason is None:
            event = self._take()
            if event is not None:
                self._sent += 1
                return event
            if self.closed_reason is None:
                self._wake.clear()
                await self._wake.wait()
        raise StopAsyncIteration

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self, reason: str = "The viewer left.") -> None:
        """End the stream at once; what was not taken can be had by resuming. Closing twice changes nothing."""
        if self.closed_reason is None:
            self.closed_reason = reason
            self._room.forget(self)
            self._wake.set()

    def statistics(self) -> SubscriptionStatistics:
        """How this viewer keeps up."""
        return SubscriptionStatistics(self._sent, self._room.log.last_seq - self._next_seq + 1, self._coalesced)

    def _take(self) -> Hello | KeptEvent | Moment | None:
        if not self._greeted:
            self._greeted = True
            return self.hello
        log = self._room.log
        if self._next_seq <= log.last_seq:
            self._next_seq += 1
            return log[self._next_seq - 1]
        if self._model is not None:
            changed, self._model = self._model, None
            return changed
        # A status goes before its session's partial: a viewer hears "live" before the first reading.
        if self._statuses:
            return self._statuses.popitem(last=False)[1]
        if self._partials:
            return self._partials.popitem(last=False)[1]
        return None

    def _offer_partial(self, partial: Partial) -> None:
        self._coalesced += partial.session in self._partials
        self._partials[partial.session] = partial
        _trim(self._partials)
        self._wake.set()

    def _offer_status(self, status: Status) -> None:
        if status.state == "closed":  # what a camera that has gone saw last is no news
            self._partials.pop(status.session, None)
        self._statuses[status.session] = status
        _trim(self._statuses)
        self._wake.set()

    def _offer_model(self, change: ModelChange) -> None:
        if self._greeted:
            self._model = change
            self._wake.set()
        else:  # not told of the former one yet
            self.hello = self.hello.model_copy(update={"model": change.model, "letters": change.letters})

    def _offer_kept(self) -> bool:
        """Wake the viewer for what the log now holds; False when it fell too far behind and was closed."""
        log = self._room.log
        if self._next_seq == self._first_seq and self.hello.replay != "resume":
            # Told nothing yet and promised no number: what fell off meanwhile is in every later text.
            self._next_seq = self._first_seq = max(self._next_seq, log.first_seq)
        behind = log.last_seq - max(self.hello.last_seq, self._next_seq - 1)
        if behind > self._max_behind or self._next_seq < log.first_seq:
            self.close(f"The viewer fell {log.last_seq - self._next_seq + 1} letters behind; it may resume.")
            return False
        self._wake.set()
        return True


class Room:
    """One room: a log, the cameras writing to it, and the viewers reading it. Lives on one event loop.

    Args:
        name: name of the room.
        model_name: name of the model that reads the letters.
        letters: the letters it knows.
        clock: seconds, never decreasing; the room's clock.
        log: a log of one's own instead of a fresh one.
        max_behind: letters a viewer may fall behind before it is closed.
    """

    def __init__(
        self,
        name: str,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        log: CaptionLog | None = None,
        max_behind: int = MAX_BEHIND,
    ) -> None:
        self.name = name
        self.model_name = model_name
        self.letters = tuple(letters)
        self.clock = clock
        self.log = CaptionLog(name, clock) if log is None else log
        self.statuses: OrderedDict[str, Status] = OrderedDict()
        """The newest status of every camera that has not gone."""
        self._max_behind = max_behind
        self._viewers: set[Subscription] = set()
        self._closed_behind = 0
        self._partials = 0

    @property
    def text(self) -> str:
        """The room's text."""
        return self.log.text

    @property
    def busy(self) -> bool:
        """Whether a camera or a viewer is here."""
        return bool(self._viewers or self.statuses)

    def subscribe(self, after: int | None = None, log_id: str | None = None) -> Subscription:
        """A new viewer, who last saw event ``after`` of log ``log_id`` (None: nothing yet)."""
        subscription = Subscription(self, after, log_id, self._max_behind)
        self._viewers.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Drop a closed subscription; :meth:`Subscription.close` calls this."""
        self._viewers.discard(subscription)

    def publish_partial(self, partial: Partial) -> None:
        """Show what a camera holds for the moment."""
        self._partials += 1
        for viewer in self._viewers:
            viewer._offer_partial(partial)

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> Letter:
        """Add a letter that a camera's recognizer decided; ``commit`` and ``ledger`` are timed on the room's clock."""
        letter = self.log.append_letter(session, commit, ledger.with_published(self.clock()))
        self._announce()
        return letter

    def edit(self, action: Action, at_s: float | None = None, word: str = "") -> Edit:
        """Change the text by hand, now when no time is given; ``word`` is what replace puts in."""
        event = self.log.edit(action, at_s, word)
        self._announce()
        return event

    def publish_status(self, status: Status) -> None:
        """Tell that a camera came, stalled or went; a camera counts as here from its first status to "closed"."""
        if status.state == "closed":
            self.statuses.pop(status.session, None)
        else:
            self.statuses[status.session] = status
            _trim(self.statuses)
        for viewer in self._viewers:
            viewer._offer_status(status)

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Tell that another model reads the letters from now on."""
        self.model_name, self.letters = model_name, tuple(letters)
        for viewer in self._viewers:
            viewer._offer_model(ModelChange(model=model_name, letters=list(letters)))

    def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream."""
        for viewer in list(self._viewers):
            viewer.close(reason)

    def statistics(self) -> RoomStatistics:
        """What happened here so far."""
        coalesced = sum(viewer.statistics().partials_coalesced for viewer in self._viewers)
        return RoomStatistics(len(self._viewers), self._closed_behind, self.log.last_seq, self._partials, coalesced)

    def _announce(self) -> None:
        for viewer in list(self._viewers):
            self._closed_behind += not viewer._offer_kept()


class Rooms:
    """The rooms of a server, made when first asked for. Idle rooms beyond ``max_idle`` are forgotten, oldest first.

    A camera must publish a status as soon as it has its room: from then on the room is busy and stays.
    """

    def __init__(
        self,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        max_idle: int = MAX_IDLE_ROOMS,
    ) -> None:
        self._model_name = model_name
        self._letters = tuple(letters)
        self._clock = clock
        self._max_idle = max_idle
        self._rooms: OrderedDict[str, Room] = OrderedDict()

    def get(self, name: str) -> Room:
        """The room of that name, made now when it is new.

        Raises:
            ValueError: the name is not 1–64 letters, digits, ``-`` or ``_``.
        """
        if not ROOM_PATTERN.fullmatch(name):
            raise ValueError(f"a room's name is 1 to 64 letters, digits, - or _, not {name[:80]!r}")
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name, self._model_name, self._letters, clock=self._clock)
            idle = [other for other in self._rooms.values() if not other.busy and other is not room]
            for old in idle[: max(0, len(idle) + 1 - self._max_idle)]:
                del self._rooms[old.name]
        self._rooms.move_to_end(name)
        return room

    def all(self) -> list[Room]:
        """Every room there is, the one asked for last at the end."""
        return list(self._rooms.values())

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Tell every room, and those to come, that another model reads from now on."""
        self._model_name, self._letters = model_name, tuple(letters)
        for room in self.all():
            room.read_by(model_name, letters)

    def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream in every room."""
        for room in self.all():
            room.close(reason)


def _trim(newest: OrderedDict[str, Partial] | OrderedDict[str, Status]) -> None:
    while len(newest) > _MAX_SESSIONS:
        newest.popitem(last=False)
