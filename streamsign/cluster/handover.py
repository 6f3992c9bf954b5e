"""The letters of a camera that moves from one worker to another: none is lost, and none is published twice.

While a camera moves, both workers read it. The new session holds back what it reads. Once it has read for
:data:`WARM_S`, it ends the former session, which answers with what it published last. From then on the new session
publishes, and drops the letters that the former one has published.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

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
the arrival of frames. A letter is let go of for longer before the same one is signed again."""

MAX_HELD = 256
"""Letters and pauses that are held back; the oldest are dropped, as the former session has published them."""

KEPT_LETTERS = 16
"""Letters of a session that another one may ask for."""


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
        self._held: deque[tuple[Commit, Ledger] | Pause] | None = None if end_former is None else deque(maxlen=MAX_HELD)
        self._task: asyncio.Task[None] | None = None
        self._published = 0
        self._letters: deque[HandedLetter] = deque(maxlen=KEPT_LETTERS)
        self._captured_s = 0.0

    @property
    def last(self) -> HandedOver:
        """What it published last."""
        return HandedOver(captured_s=self._captured_s, letters=list(self._letters))

    def close(self) -> None:
        """The session has ended; what is held back is dropped."""
        if self._task is not None:
            self._task.cancel()

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> None:
        """Publish a letter, hold it back, or drop it because the former session has published it."""
        if self._held is not None:
            self._held.append((commit, ledger))
        elif not self._is_former(commit):
            # What a drawn letter takes back may be the former session's.
            writer = self._former if self._former and commit.replaces > self._published else session
            self._published += 1
            self._room.publish_letter(writer, commit, ledger)
            sent = HandedLetter(letter=commit.letter, started_s=commit.started_s, captured_s=commit.captured_s)
            self._letters.append(sent)

    def publish_pause(self, session: str, pause: Pause) -> None:
        """Publish a pause, or hold it back."""
        if self._held is not None:
            self._held.append(pause)
        elif pause.captured_s > self._before.captured_s:
            self._room.publish_pause(session, pause)

    def publish_partial(self, partial: Partial) -> None:
        """Publish a reading, unless the former session still publishes."""
        self._captured_s = partial.captured_s
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
        self._before = before
        if before.captured_s:
            self._room.continuity.saw(self._former, before.captured_s)
        held, self._held = self._held or (), None
        logger.info("Session took over session=%s former=%s held=%d", self._session, self._former, len(held))
        for each in held:
            if isinstance(each, Pause):
                self.publish_pause(self._session, each)
            else:
                self.publish_letter(self._session, *each)

    def _from_log(self) -> HandedOver:
        """What the log has of the former session, which can no longer be asked."""
        _, events = self._room.log.after()
        letters = [
            HandedLetter(letter=event.letter, started_s=event.started_s, captured_s=event.captured_s)
            for event in events[-KEPT_LETTERS:]
            if event.type == "letter" and event.session == self._former
        ]
        return HandedOver(captured_s=letters[-1].captured_s if letters else 0.0, letters=letters)

    def _is_former(self, commit: Commit) -> bool:
        """Whether the former session has published this letter."""
        if commit.captured_s <= self._before.captured_s - SETTLED_S:
            return True
        return any(
            letter.letter == commit.letter
            and letter.started_s <= commit.captured_s + SLACK_S
            and letter.captured_s >= commit.started_s - SLACK_S
            for letter in self._before.letters
        )
