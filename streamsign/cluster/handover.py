"""The letters of a camera that moves from one worker to another: none is lost, and none is published twice.

While a camera moves, both workers read it. The new session holds back what it reads. Once it has read for
:data:`WARM_S`, it ends the former session, which answers with what it published last. From then on the new session
publishes, and drops the letters that the former one has published.

The two may commit one hold at different times: a session that begins in the middle of a hold commits the letter again,
long after the former one did. So a letter is handed over with the time until which it was held, and stands for one
commit of the new session.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from streamsign.captions.events import Partial
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.room import CaptionRoom
from streamsign.cluster.camera_messages import HandedLetter, HandedOver
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause

logger = logging.getLogger(__name__)

WARM_S = 1.0
"""How long both read. A letter that is held when the new session begins is committed by the former one within it."""

SETTLED_S = 0.5
"""Time before the end of the former session up to which its letters are complete: two workers that read the same
frames commit a letter within a frame or two of each other."""

SLACK_S = 0.15
"""Difference of two workers' capture times: the error of their clock exchanges with the phone, or of an estimate from
the arrival of frames. A letter is released for longer before the same one is signed again."""

MAX_HELD = 256
"""Letters and pauses that are held back; the oldest are dropped, as the former session has published them."""

KEPT_LETTERS = 16
"""Letters of a session that another one may ask for."""


@dataclass(slots=True)
class _Hold:
    """A letter that was committed, and until when the readings showed it. Times are capture times, seconds."""

    letter: str
    started_s: float
    captured_s: float
    held_s: float
    released_s: float | None = None

    def saw(self, letter: str | None, captured_s: float) -> None:
        """Note a later reading. A short change of the letter does not end the hold."""
        if letter != self.letter:
            if self.released_s is None:
                self.released_s = captured_s
        elif self.released_s is None or captured_s - self.released_s <= SLACK_S:
            self.held_s, self.released_s = max(captured_s, self.held_s), None

    def handed(self) -> HandedLetter:
        return HandedLetter(
            letter=self.letter, started_s=self.started_s, captured_s=self.captured_s, held_s=self.held_s
        )


class SessionWriter:
    """What one session writes to its room, and what it takes over from its former session.

    Args:
        room: receives letters, pauses and readings.
        session: name of the session.
        former: name of the former session; empty for none.
        end_former: ends the former session and returns what it published last; None if it does not answer.
    """

    def __init__(
        self,
        room: CaptionRoom,
        session: str,
        former: str = "",
        end_former: Callable[[], Awaitable[HandedOver | None]] | None = None,
    ) -> None:
        self._room = room
        self._session = session
        self._former = former
        self._end_former = end_former
        self._before = HandedOver()
        self._unmatched: list[HandedLetter] = []
        """Letters of the former session that no commit of this one was dropped for."""
        self._held: deque[tuple[Commit, Ledger] | Pause] | None = None if end_former is None else deque(maxlen=MAX_HELD)
        self._task: asyncio.Task[None] | None = None
        self._published = 0
        self._holds: deque[_Hold] = deque(maxlen=KEPT_LETTERS)
        self._began_s: float | None = None
        self.captured_s = 0.0
        """Capture time of the newest frame that was read, seconds on the room's clock; 0 before it."""

    @property
    def last(self) -> HandedOver:
        """What it read last. While it holds letters back, these are not among them."""
        holds = self._holds if self._held is None else ()
        return HandedOver(captured_s=self.captured_s, letters=[hold.handed() for hold in holds])

    def close(self) -> None:
        """The session has ended; what is held back is dropped."""
        if self._task is not None:
            self._task.cancel()

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> None:
        """Publish a letter, hold it back, or drop it because the former session has published it."""
        self._holds.append(_Hold(commit.letter, commit.started_s, commit.captured_s, commit.captured_s))
        if self._held is not None:
            self._held.append((commit, ledger))
        else:
            self._publish_letter(commit, ledger)

    def _publish_letter(self, commit: Commit, ledger: Ledger) -> None:
        if self._is_former(commit):  # a third session must not publish it either: it stays in what is handed over
            return
        # What a drawn letter takes back may be the former session's.
        writer = self._former if self._former and commit.replaces > self._published else self._session
        self._published += 1
        self._room.publish_letter(writer, commit, ledger)

    def publish_pause(self, session: str, pause: Pause) -> None:
        """Publish a pause, or hold it back."""
        if self._held is not None:
            self._held.append(pause)
        elif pause.captured_s > self._before.captured_s:
            self._room.publish_pause(session, pause)

    def publish_partial(self, partial: Partial) -> None:
        """Publish a reading, unless the former session still publishes."""
        self.captured_s = partial.captured_s
        if self._began_s is None:
            self._began_s = partial.captured_s
        if self._holds:
            self._holds[-1].saw(partial.letter, partial.captured_s)
        self._room.continuity.saw(self._session, partial.captured_s)
        if self._held is None:
            self._room.publish_partial(partial)
        elif self._task is None:
            self._task = asyncio.ensure_future(self._take_over())

    async def _take_over(self) -> None:
        assert self._end_former is not None  # noqa: S101 - only a session that holds back takes over
        await asyncio.sleep(WARM_S)
        before = await self._end_former()
        if before is None or not before.found:
            before = self._from_log()
        self._before, self._unmatched = before, list(before.letters)
        if before.captured_s:
            self._room.continuity.saw(self._former, before.captured_s)
        held, self._held = self._held or (), None
        logger.info("Session took over session=%s former=%s held=%d", self._session, self._former, len(held))
        for each in held:
            if isinstance(each, Pause):
                self.publish_pause(self._session, each)
            else:
                self._publish_letter(*each)

    def _from_log(self) -> HandedOver:
        """What the log has of the former session, which can no longer be asked."""
        _, events = self._room.log.after()
        own = [event for event in events if event.session == self._former]
        letters = [
            HandedLetter(letter=event.letter, started_s=event.started_s, captured_s=event.captured_s)
            for event in own[-KEPT_LETTERS:]
            if event.type == "letter"
        ]
        if not letters:
            return HandedOver()
        captured_s = letters[-1].captured_s
        if own[-1].type == "letter" and self._began_s is not None:
            # Nobody knows whether it was released. What this session reads from its first frames on counts as held.
            letters[-1] = letters[-1].model_copy(update={"held_s": self._began_s + SLACK_S})
        return HandedOver(captured_s=captured_s, letters=letters)

    def _is_former(self, commit: Commit) -> bool:
        """Whether the former session has published this letter."""
        for letter in reversed(self._unmatched):
            if _is_one_hold(letter, commit):
                self._unmatched.remove(letter)
                return True
        return commit.captured_s <= self._before.captured_s - SETTLED_S


def _is_one_hold(letter: HandedLetter, commit: Commit) -> bool:
    """Whether two sessions read the same hold of a letter: their times overlap."""
    held_s = max(letter.captured_s, letter.held_s)  # workers of an earlier release do not send it
    return (
        letter.letter == commit.letter
        and letter.started_s <= commit.captured_s + SLACK_S
        and held_s >= commit.started_s - SLACK_S
    )
