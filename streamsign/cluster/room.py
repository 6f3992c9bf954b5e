"""A room whose log is on NATS, and which many processes have open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence

import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from streamsign.captions.events import Edit, KeptEvent, Partial, Status
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.log import Action, CaptionLog
from streamsign.captions.room import CaptionRoom, LogUnavailable, Word
from streamsign.captions.subscription import keep_status
from streamsign.cluster.connection import reason
from streamsign.cluster.log import LogAway, StreamLog, published_subject, stored_message
from streamsign.cluster.messages import Moment, read
from streamsign.cluster.replica import Replica
from streamsign.cluster.writer import Intent, NewestRefusedWriter, WriterStatistics
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import NO_PAUSES, Pause, PauseRule

logger = logging.getLogger(__name__)

EDIT_S = 5.0
"""Time within which NATS has to take an edit or a deletion, for which a person waits. Letters wait longer."""

SILENT_S = 6.0
"""A camera of another process of which nothing is heard for so long is closed: its process has stopped."""

ASK_S = 0.25
"""Wait for another process that has the room open."""

STOPPED = "The worker stopped."

WAITING = "Captions are interrupted. Letters signed now appear when the service recovers."
LOST = "Captions are interrupted. Letters signed now are lost until the service recovers."
"""Details of every camera's status while NATS is out of reach: while letters wait, and once as many wait as may. Pages
recognize the first sentence, and translate both."""


def moments_subject(room: str) -> str:
    """Subject of partials and statuses of a room."""
    return f"streamsign.moments.{room}"


def asked_subject(room: str) -> str:
    """Subject on which processes that have a room open are asked for a :class:`Moment`."""
    return f"streamsign.moments-now.{room}"


class ClusterRoom(CaptionRoom):
    """A room of the cluster, as one process has it open. :meth:`open` it before use.

    Args:
        name, model_name, letters, clock, pauses: see :class:`CaptionRoom`.
        stream: the rooms' log.
        process: name of this process, unique for ever.
    """

    def __init__(
        self,
        name: str,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float],
        stream: StreamLog,
        process: str,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        super().__init__(name, model_name, letters, CaptionLog(name, clock), clock=clock, pauses=pauses)
        self._stream = stream
        self._client = stream.client
        self._process = process
        self._replica = Replica(
            name, stream, self.log, self._announce, self._renew, lambda messages: self._writer.lost(messages)
        )
        self._writer = NewestRefusedWriter(name, stream, self._replica, process)
        self._subscriptions: list[NatsSubscription] = []
        self._own: dict[str, Status] = {}
        self._heard_s: dict[str, float] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._known: OrderedDict[str, Status] = OrderedDict()
        """The newest status of each camera; viewers receive another one while captions are interrupted."""
        self._interruption = ""

    async def open(self) -> None:
        """Load the log and follow it until :meth:`leave`.

        Raises:
            LogUnavailable: NATS does not answer.
        """
        try:
            for subject, hear in (
                (published_subject(self.name), self._hear_stored),
                (moments_subject(self.name), self._hear_moment),
            ):
                self._subscriptions.append(await self._client.subscribe(subject, cb=hear))
            there, _ = await asyncio.gather(self._ask(), self.load())
            if there is not None:
                if not self.log.last_seq and not there.last_seq and there.log_id:
                    self.log.start_over(there.log_id)
                self._take(there)
            subscription = await self._client.subscribe(asked_subject(self.name), cb=self._answer)
            self._subscriptions.append(subscription)
        except (nats.errors.Error, OSError) as error:
            await self.leave()
            raise LogUnavailable(reason(error)) from error
        except BaseException:
            await self.leave()
            raise

    async def load(self) -> None:
        """Load the log, to read what is in it now.

        Raises:
            LogUnavailable: NATS does not answer.
        """
        try:
            await self._replica.catch_up()
        except LogAway as error:
            raise LogUnavailable(str(error)) from error

    async def leave(self) -> None:
        """Stop following the room; what waits to be written fails."""
        for subscription in self._subscriptions:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()
        self._subscriptions.clear()
        for task in self._sending:
            task.cancel()
        await self._writer.close()

    @property
    def spare(self) -> bool:
        """Whether this room may be removed from memory: it is not in use, and nothing of it waits for NATS."""
        return not self.busy and not self.waiting

    @property
    def waiting(self) -> int:
        """Changes of this process on their way to NATS."""
        return self._writer.waiting

    # Writing

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> None:
        """Add a letter; see :meth:`CaptionRoom.publish_letter`. It waits while NATS is away."""
        self._write(lambda log: self._write_letter(log, session, commit, ledger))

    def publish_pause(self, session: str, pause: Pause) -> None:
        """End the word or sentence; see :meth:`CaptionRoom.publish_pause`."""
        self._write(lambda log: log.append_pause(session, pause))

    def _write(self, change: Callable[[CaptionLog], KeptEvent | None]) -> None:
        try:
            self._writer.write(change)
            self._refusing = False
        except LogUnavailable as error:
            if not self._refusing:
                logger.error("letters are lost room=%s reason=%s", self.name, error)
            self._refusing = True

    async def edit(self, action: Action, at_s: float | None = None, word: Word = "") -> Edit:
        """Edit the text; see :meth:`CaptionRoom.edit`."""
        edited_s = self.clock() if at_s is None else at_s
        intent = self._writer.write(lambda log: self._write_edit(log, action, edited_s, word))
        await asyncio.wait([intent.done], timeout=EDIT_S)
        if not intent.done.done():
            self._give_up(intent)
        event = intent.done.result()
        assert isinstance(event, Edit)  # noqa: S101 - what an edit writes
        return event

    def _give_up(self, intent: Intent) -> None:
        withdrawn = self._writer.withdraw(intent)
        raise LogUnavailable("NATS does not answer" if withdrawn else "NATS does not answer; it may be changed later")

    async def settled(self) -> None:
        """Wait until all that was published here before is stored."""
        await self._writer.settled()

    async def delete_text(self) -> None:
        """Delete everything that was written here; see :meth:`CaptionRoom.delete_text`."""
        try:
            async with asyncio.timeout(EDIT_S):
                await self._writer.delete()
                await self._client.publish(moments_subject(self.name), self._moment(deleted=True).encoded())
        except (TimeoutError, LogAway, nats.errors.Error, OSError) as error:
            raise LogUnavailable(reason(error)) from error

    def publish_partial(self, partial: Partial) -> None:
        """Send a camera's current reading to the viewers of all processes."""
        super().publish_partial(partial)
        self._send(self._moment(partial=partial))

    def publish_status(self, status: Status) -> None:
        """Publish the status of a camera of this process; see :meth:`CaptionRoom.publish_status`."""
        self._show(status)
        if status.state == "closed":
            self._own.pop(status.session, None)
        else:
            self._own[status.session] = status
        self._send(self._moment(statuses=[status]))

    def interrupt(self, interrupted: bool) -> None:
        """Publish to this process's viewers whether captions are interrupted because NATS is out of reach.

        Every camera's status is "stalled" meanwhile, and what it was before afterwards. Call it again and again: its
        sentence changes once letters are lost.
        """
        interruption = (LOST if self._refusing else WAITING) if interrupted else ""
        if interruption == self._interruption:
            return
        self._interruption = interruption
        for status in list(self._known.values()):
            self._show(status)

    def _show(self, status: Status) -> None:
        keep_status(self._known, status)
        if self._interruption and status.state != "closed":
            status = status.model_copy(update={"state": "stalled", "detail": self._interruption})
        super().publish_status(status)

    # What is repeated and expires

    def repeat(self, now_s: float) -> None:
        """Send the statuses of the cameras of this process again, and close those of processes that have stopped.

        Args:
            now_s: monotonic seconds.
        """
        if self._own:
            self._send(self._moment(statuses=list(self._own.values())))
        if self._interruption:  # no other process can be heard
            self._heard_s = dict.fromkeys(self._heard_s, now_s)
        for session in [session for session, heard_s in self._heard_s.items() if now_s - heard_s > SILENT_S]:
            del self._heard_s[session]
            self._show(Status(session=session, state="closed", detail=STOPPED, at_s=self.clock()))

    async def catch_up(self) -> None:
        """Read what was missed while NATS was away; if it does not answer, this is repeated at the next message."""
        with contextlib.suppress(LogAway):
            await self._replica.catch_up()

    def writer_statistics(self) -> WriterStatistics:
        """Counts of what this process writes to the room."""
        return self._writer.statistics()

    # Hearing

    async def _hear_stored(self, message: Msg) -> None:
        if (stored := stored_message(message)) is not None and not self._replica.take(stored):
            await self.catch_up()

    async def _hear_moment(self, message: Msg) -> None:
        moment = read(Moment, message.data)
        if moment is None or moment.sender == self._process:
            return
        self._take(moment)
        if moment.deleted:
            self._replica.next_log_id = moment.log_id
            await self.catch_up()
        elif moment.log_id == self.log.log_id and moment.last_seq > self.log.last_seq + 1:
            await self.catch_up()  # the newest event has no follower that shows that it is missing

    def _take(self, moment: Moment) -> None:
        if moment.partial is not None:
            super().publish_partial(moment.partial)
        for status in moment.statuses:
            if status.state == "closed":
                self._heard_s.pop(status.session, None)
            else:
                self._heard_s[status.session] = asyncio.get_running_loop().time()
                if self._known.get(status.session) == status:
                    continue
            self._show(status)

    async def _ask(self) -> Moment | None:
        try:
            reply = await self._client.request(asked_subject(self.name), b"", timeout=ASK_S)
        except (TimeoutError, nats.errors.NoRespondersError):
            return None
        return read(Moment, reply.data)

    async def _answer(self, message: Msg) -> None:
        moment = self._moment(statuses=list(self._own.values()))
        await message.respond(moment.encoded())
        if self._own:  # the asker takes one reply; other processes may have cameras too
            self._send(moment)

    def _moment(
        self, *, partial: Partial | None = None, statuses: Sequence[Status] = (), deleted: bool = False
    ) -> Moment:
        return Moment(
            sender=self._process,
            log_id=self.log.log_id,
            last_seq=self.log.last_seq,
            partial=partial,
            statuses=list(statuses),
            deleted=deleted,
        )

    def _send(self, moment: Moment) -> None:
        """Send what only matters now; while NATS is away it is dropped."""
        if not self._client.is_connected:
            return
        task = asyncio.ensure_future(self._publish(moment))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _publish(self, moment: Moment) -> None:
        with contextlib.suppress(nats.errors.Error, OSError):
            await self._client.publish(moments_subject(self.name), moment.encoded())

    def _renew(self) -> None:
        self._greet_again()
        self._announce()
