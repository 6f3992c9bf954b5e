"""What a room is to cameras and viewers, wherever its log is kept.

Two classes implement it: :class:`streamsign.captions.hub.Room`, whose log is in this process and on its disk, and
:class:`streamsign.cluster.room.ClusterRoom`, whose log is a stream on NATS that many processes write to.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence

from streamsign.captions.continuity import Continuity
from streamsign.captions.events import Edit, Letter, ModelChange, Partial, Status
from streamsign.captions.formats import event_s
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.log import Action, CaptionLog
from streamsign.captions.protocol import GOING_AWAY
from streamsign.captions.subscription import RoomStatistics, Subscription, SubscriptionStatistics, keep_status
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import NO_PAUSES, Pause, PauseRule

MAX_BEHIND = 256
"""Letters a viewer may be behind before it is closed: minutes of signing, far more than a live connection lags."""

Word = str | Callable[[str], str]
"""The word of an edit, or a function that is given the room's newest text and returns the word.

An error that the function raises ends the edit, and nothing is written.
"""


class LogNotWritten(Exception):
    """What was asked for is not in the durable log, because the disk cannot be written."""


class LogUnavailable(Exception):
    """The durable log is elsewhere and cannot be read or written now."""


class CaptionRoom(ABC):
    """One room: a log, the cameras that write to it, and the viewers that read it. Used in one event loop only.

    Args:
        name: name of the room.
        model_name: name of the model that reads the letters.
        letters: the letters it knows.
        log: the events that viewers may have.
        clock: seconds, never decreasing; the room's clock.
        max_behind: letters a viewer may fall behind before it is closed.
        pauses: how long a signer pauses until a word or a sentence ends.
    """

    def __init__(
        self,
        name: str,
        model_name: str,
        letters: Sequence[str],
        log: CaptionLog,
        *,
        clock: Callable[[], float],
        max_behind: int = MAX_BEHIND,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        self.name = name
        self.pauses = pauses
        self.model_name = model_name
        self.letters = tuple(letters)
        self.clock = clock
        self.log = log
        self.statuses: OrderedDict[str, Status] = OrderedDict()
        """The newest status of every connected camera, by session."""
        self.continuity = Continuity()
        """The frames of each camera, and which camera continues another one."""
        self._max_behind = max_behind
        self._viewers: set[Subscription] = set()
        self._closed_behind = 0
        self._news: asyncio.Future[None] | None = None
        self._partials = 0

    @property
    def text(self) -> str:
        """The room's text."""
        return self.log.text

    @property
    def changed_s(self) -> float | None:
        """When its text was last changed, on the room's clock; None without text in memory."""
        return event_s(self.log[self.log.last_seq]) if self.log.last_seq else None

    @property
    def busy(self) -> bool:
        """Whether a camera or a viewer is connected."""
        return bool(self._viewers or self.statuses)

    @property
    def empty(self) -> bool:
        """Whether no camera and no viewer is connected and the log is empty, so that the room can be removed."""
        return not self.busy and self.log.last_seq == 0

    @property
    @abstractmethod
    def spare(self) -> bool:
        """Whether this room may be removed from memory: it is not in use, and its text can be loaded again."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Letters and edits that are not in the durable log yet."""

    # Writing

    @abstractmethod
    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> Letter | None:
        """Add a letter that a camera's recognizer decided; ``commit`` and ``ledger`` are timed on the room's clock.

        A camera's first letter begins a word if the newest letter is older than the pause. The time in which no frame
        was read because the camera connected again is not part of the pause; see :class:`Continuity`. Letters that the
        new one takes the place of are removed first. Viewers receive it when it is in the durable log; see
        :meth:`settled`.

        Returns:
            The event; None where its number is known only when it is in the log.
        """

    @abstractmethod
    def publish_pause(self, session: str, pause: Pause) -> Edit | None:
        """End the word or sentence after a camera's signer paused; nothing happens if it has ended already.

        ``pause`` is timed on the room's clock.

        Returns:
            The event; None if nothing was written, or where this is known only when it is in the log.
        """

    @abstractmethod
    async def edit(self, action: Action, at_s: float | None = None, word: Word = "") -> Edit:
        """Edit the text, and wait until viewers can have the event.

        Args:
            action: the edit; see :func:`streamsign.captions.log.edited`.
            at_s: its time on the room's clock; None for now.
            word: for "replace" the new word, for "write" the new text.

        Raises:
            LogUnavailable: the log does not take it; the text says whether it may take it later.
            Exception: what ``word`` raises.
        """

    @abstractmethod
    async def settled(self) -> None:
        """Wait until viewers can have all that was published here before."""

    @abstractmethod
    async def delete_text(self) -> None:
        """Delete everything that was written here, on disk too. Viewers start over with an empty text.

        Raises:
            LogNotWritten: it cannot be deleted from the disk, and may be there again after the next start.
            LogUnavailable: the log does not take it; nothing was deleted.
        """

    def publish_partial(self, partial: Partial) -> None:
        """Send a camera's current reading to the viewers."""
        self.continuity.saw(partial.session, partial.captured_s)
        self._partials += 1
        for viewer in self._viewers:
            viewer._offer_partial(partial)

    def publish_status(self, status: Status) -> None:
        """Publish a camera's status. A camera counts as connected from its first status to the status "closed"."""
        keep_status(self.statuses, status)
        for viewer in self._viewers:
            viewer._offer_status(status)

    def _write_letter(self, log: CaptionLog, session: str, commit: Commit, ledger: Ledger) -> Letter:
        log.take_back(session, commit.replaces, commit.captured_s)
        if (pause := self._pause_before(log, session, commit)) is not None:
            log.append_pause(session, pause)
        return log.append_letter(session, commit, ledger.with_published(self.clock()))

    def _pause_before(self, log: CaptionLog, session: str, commit: Commit) -> Pause | None:
        """The pause between the newest letter and the first one of another camera, or one connected again."""
        newest = log.newest_letter
        if newest is None or newest.session == session:
            return None
        unseen_s = self.continuity.unseen_s(newest.session, newest.captured_s, session, commit.started_s)
        paused_s = commit.started_s - newest.captured_s - unseen_s
        if 0 < self.pauses.sentence_s <= paused_s:
            return Pause("sentence", newest.captured_s, commit.started_s)
        if 0 < self.pauses.word_s <= paused_s:
            return Pause("word", newest.captured_s, commit.started_s)
        return None

    @staticmethod
    def _write_edit(log: CaptionLog, action: Action, at_s: float | None, word: Word) -> Edit:
        return log.edit(action, at_s, word(log.newest_text) if callable(word) else word)

    # Viewers

    def subscribe(self, after: int | None = None, log_id: str | None = None) -> Subscription:
        """Subscribe a viewer that last received event ``after`` of log ``log_id``; None if it received none."""
        subscription = Subscription(self, after, log_id, self._max_behind)
        self._viewers.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Remove a closed subscription; :meth:`Subscription.close` calls this."""
        self._viewers.discard(subscription)

    @property
    def viewers(self) -> int:
        """Viewers of this process that are subscribed now."""
        return len(self._viewers)

    async def published(self, seq: int) -> None:
        """Wait until the event of that number is published."""
        while self.log.last_seq < seq:
            self._news = self._news or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Publish that another model reads the letters from now on."""
        self.model_name, self.letters = model_name, tuple(letters)
        change = ModelChange(model=model_name, letters=list(letters))
        for viewer in self._viewers:
            viewer._offer_model(change)

    def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream."""
        for viewer in list(self._viewers):
            viewer.close(reason, GOING_AWAY)

    def statistics(self) -> RoomStatistics:
        """Counts up to now."""
        replaced = sum(viewer.statistics().partials_replaced for viewer in self._viewers)
        return RoomStatistics(len(self._viewers), self._closed_behind, self.log.last_seq, self._partials, replaced)

    def slowest(self, count: int) -> list[SubscriptionStatistics]:
        """Counts of the viewers that are furthest behind, the last one first; at most ``count``."""
        viewers = [viewer.statistics() for viewer in self._viewers]
        return sorted(viewers, key=lambda viewer: -viewer.behind)[:count]

    def _announce(self) -> None:
        """Let viewers have what is new in the log."""
        if self._news is not None:
            self._news.set_result(None)
            self._news = None
        for viewer in list(self._viewers):
            self._closed_behind += not viewer._offer_kept()

    def _greet_again(self) -> None:
        """Let viewers start over: the log is another one."""
        for viewer in self._viewers:
            viewer._start_over()
