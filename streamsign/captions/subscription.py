"""One viewer's stream of a room.

A viewer has no queue of its own. It has a position in the room's log, which holds the letters for all viewers, and one
slot per camera for what only matters while it is new. So a viewer takes the same memory whether it keeps up or not.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamsign.captions.events import Hello, KeptEvent, ModelChange, Moment, Partial, Status
from streamsign.captions.log import Replay
from streamsign.captions.protocol import BEHIND

if TYPE_CHECKING:
    from streamsign.captions.room import CaptionRoom

MAX_SESSIONS = 64
"""Cameras of which the newest partial and status are held; the oldest one is dropped beyond that."""


@dataclass(frozen=True, slots=True)
class SubscriptionStatistics:
    """Counts of one viewer.

    Attributes:
        sent: events that the viewer took.
        behind: letters and edits that the viewer has not taken yet.
        partials_replaced: partials replaced by a newer one before the viewer took them.
    """

    sent: int
    behind: int
    partials_replaced: int


@dataclass(frozen=True, slots=True)
class RoomStatistics:
    """Counts of one room.

    Attributes:
        viewers: subscriptions open now.
        viewers_closed_behind: subscriptions closed for falling too far behind.
        last_seq: letters and edits published.
        partials: partials published.
        partials_replaced: partials that a newer one replaced before one of the present viewers took them.
    """

    viewers: int
    viewers_closed_behind: int
    last_seq: int
    partials: int
    partials_replaced: int


class Subscription:
    """One viewer's stream of a room: ``async for event in subscription``. It ends when either side closes it.

    The first event is a Hello. The kept events that it announces follow, then the statuses, the newest partial of each
    camera, and every new letter in order. A canceled ``__anext__`` loses no event.
    """

    def __init__(self, room: CaptionRoom, after: int | None, log_id: str | None, max_behind: int) -> None:
        replay, self._next_seq = room.log.replay_from(after, log_id)
        self.hello = _hello(room, replay)
        self.closed_reason: str | None = None
        self.closed_code = BEHIND
        self._first_seq = self._next_seq
        self._room = room
        self._max_behind = max_behind
        self._greeted = False
        self._statuses: OrderedDict[str, Status] = OrderedDict(room.statuses)
        self._partials: OrderedDict[str, Partial] = OrderedDict()
        self._model: ModelChange | None = None
        self._wake = asyncio.Event()
        self._waiting = False
        self._sent = 0
        self._replaced = 0
        self.at_once: Callable[[KeptEvent | Moment], bool] | None = None
        """Called with each new event when it is published, without the turn of a task. Returns True if it takes the
        event; ``__anext__`` returns the others. It is called only while ``__anext__`` waits, so that events stay in
        order."""

    def __aiter__(self) -> Subscription:
        """The subscription is its own iterator."""
        return self

    async def __anext__(self) -> Hello | KeptEvent | Moment:
        """Wait for the next event."""
        while self.closed_reason is None:
            event = self._take()
            if event is not None:
                self._sent += 1
                return event
            if self.closed_reason is None:
                self._wake.clear()
                self._waiting = True
                try:
                    await self._wake.wait()
                finally:
                    self._waiting = False
        raise StopAsyncIteration

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self, reason: str = "The viewer left.", code: int = BEHIND) -> None:
        """End the stream. A viewer receives what it has not taken when it resumes. Closing twice has no effect.

        Args:
            reason: one sentence for the viewer.
            code: close code for a websocket (:mod:`streamsign.captions.protocol`).
        """
        if self.closed_reason is None:
            self.closed_reason, self.closed_code = reason, code
            self._room.forget(self)
            self._ring()

    def statistics(self) -> SubscriptionStatistics:
        """Counts up to now."""
        return SubscriptionStatistics(self._sent, self._room.log.last_seq - self._next_seq + 1, self._replaced)

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
        # A status comes before its session's partial: a viewer receives "live" before the first reading.
        if self._statuses:
            return self._statuses.popitem(last=False)[1]
        if self._partials:
            return self._partials.popitem(last=False)[1]
        return None

    def _start_over(self) -> None:
        """Send another Hello: the log is another one, and does not hold what was sent before."""
        self.hello = _hello(self._room, "other_log")
        self._next_seq = self._first_seq = 1
        self._greeted = False
        self._ring()

    def _ring(self) -> None:
        """Wake the task that waits for an event. What comes before it runs is not taken at once."""
        self._waiting = False
        self._wake.set()

    def _took(self, event: KeptEvent | Moment) -> bool:
        """Whether the viewer took an event at once."""
        if self._waiting and self.at_once is not None and self.at_once(event):
            self._sent += 1
            return True
        return False

    def _offer_partial(self, partial: Partial) -> None:
        if self._took(partial):
            return
        self._replaced += partial.session in self._partials
        self._partials[partial.session] = partial
        keep_newest(self._partials)
        self._ring()

    def _offer_status(self, status: Status) -> None:
        if self._took(status):
            return
        if status.state == "closed":  # the last reading of a closed camera is obsolete
            self._partials.pop(status.session, None)
        self._statuses[status.session] = status
        keep_newest(self._statuses)
        self._ring()

    def _offer_model(self, change: ModelChange) -> None:
        if self._took(change):
            return
        if self._greeted:
            self._model = change
            self._ring()
        else:  # the Hello has not been sent yet
            self.hello = self.hello.model_copy(update={"model": change.model, "letters": change.letters})

    def _offer_kept(self) -> bool:
        """Wake the viewer for the log's new events; False if it fell too far behind and was closed."""
        log = self._room.log
        if self._next_seq == self._first_seq and self.hello.replay != "resume":
            # Nothing was sent and no number announced: later events contain the text of those that were dropped.
            self._next_seq = self._first_seq = max(self._next_seq, log.first_seq)
        behind = log.last_seq - max(self.hello.last_seq, self._next_seq - 1)
        if behind > self._max_behind or self._next_seq < log.first_seq:
            self.close(f"The viewer fell {log.last_seq - self._next_seq + 1} letters behind; it may resume.")
            return False
        while self._next_seq <= log.last_seq and self._took(log[self._next_seq]):
            self._next_seq += 1
        if self._next_seq <= log.last_seq:
            self._ring()
        return True


def _hello(room: CaptionRoom, replay: Replay) -> Hello:
    log = room.log
    return Hello(
        room=room.name,
        model=room.model_name,
        letters=list(room.letters),
        log_id=log.log_id,
        last_seq=log.last_seq,
        replay=replay,
        text=log.text,
    )


def keep_status(held: OrderedDict[str, Status], status: Status) -> None:
    """Hold the newest status of each connected camera, by session: none of one whose status is "closed"."""
    if status.state == "closed":
        held.pop(status.session, None)
    else:
        held[status.session] = status
        keep_newest(held)


def keep_newest(held: OrderedDict[str, Partial] | OrderedDict[str, Status]) -> None:
    """Drop the oldest sessions beyond :data:`MAX_SESSIONS`."""
    while len(held) > MAX_SESSIONS:
        held.popitem(last=False)
