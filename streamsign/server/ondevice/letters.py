"""Letters that phones read themselves: checked, limited in rate, and taken once however often they are sent.

A phone sends its events in order, each with a capture time of its own on the room's clock, and sends them again until
they are confirmed. Session and capture time identify an event: what is not newer than the session's newest event was
taken before. The room's log holds both, so that this also holds after the server was restarted.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from copy import copy
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from streamsign.captions.events import Alternative, Partial
from streamsign.captions.formats import event_s
from streamsign.captions.room import CaptionRoom
from streamsign.recognition.drawn_text import MOST_REPLACED
from streamsign.recognition.events import Commit
from streamsign.recognition.hints import Hint
from streamsign.recognition.pauses import Pause
from streamsign.recognition.speller import ALTERNATIVES
from streamsign.server.cameras.pool import TAKEN_OVER
from streamsign.webrtc.announcer import Announcer
from streamsign.webrtc.pace import Pace

MAX_EVENTS = 64
"""Events in one request."""

MAX_AGE_S = 12 * 3600.0
"""Age of the oldest event that is taken: a phone may have been without a network for a day's work."""

MAX_AHEAD_S = 2.0
"""How far an event may be ahead of the room's clock: the error of a clock exchange over a poor network."""

MIN_INTERVAL_S = 0.02
"""Least time between two letters. The fastest signers hold a letter for 0.1 s."""

MAX_LED_S = 60.0
"""Longest time that a letter may have led until it was committed."""

LETTERS_PER_S, LETTERS_AT_ONCE = 12.0, 2_000
"""Letters of a phone in the long run, and those that may have waited for the network."""

MAX_SESSIONS = 512
"""Sessions whose newest event is in memory; older ones are looked up in the log."""

REQUESTS_PER_S, REQUESTS_AT_ONCE = 40.0, 200
"""Requests of a phone, or of a session with the publish token. The page sends 16 a second at most."""

READERS_OF_HOLDER = 2
"""Sessions of a phone that read at a time: one for its room, and one to practice. A new one ends the oldest."""

MAX_READERS = 64
"""Sessions that read at a time."""

READING = "Letters are read on the phone."
SILENT = "The phone does not respond. Its letters come when the network is back."
"""Details of the status of a phone that reads, and of one that has fallen silent; the pages translate them."""


Hold = Callable[[Callable[[str], None]], AbstractContextManager[None]]
"""Keeps a session under its grant; see :meth:`streamsign.server.grants.holds.Holds.hold`."""


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    started_s: float = Field(strict=True, description="capture time of its first frame, seconds on the room's clock")
    captured_s: float = Field(
        strict=True, description="capture time of the deciding frame, same clock; later than the event before"
    )


class SentLetter(_Sent):
    """A letter."""

    type: Literal["letter"]
    letter: str = Field(min_length=1, max_length=16)
    confidence: float = Field(ge=0, le=1, strict=True)
    alternatives: list[Alternative] = Field(default=[], max_length=ALTERNATIVES)
    replaces: int = Field(
        default=0, ge=0, le=MOST_REPLACED, strict=True, description="letters before it that it takes the place of"
    )


class SentPause(_Sent):
    """The end of a word or a sentence."""

    type: Literal["pause"]
    ends: Literal["word", "sentence"]


class SentReading(BaseModel):
    """What the phone reads at present."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    letter: str | None = Field(max_length=16)
    confidence: float = Field(ge=0, le=1, strict=True)
    alternatives: list[Alternative] = Field(default=[], max_length=ALTERNATIVES)
    sharpness: float = Field(ge=0, le=1, strict=True)
    hint: Hint | None = None
    captured_s: float = Field(strict=True)


class LettersRequest(BaseModel):
    """Events of a phone since the newest one that was confirmed."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(pattern="^[0-9a-f]{16}$", description="random name, new for each visit")
    events: list[Annotated[SentLetter | SentPause, Field(discriminator="type")]] = Field(max_length=MAX_EVENTS)
    reading: SentReading | None = None
    ended: bool = Field(default=False, strict=True, description="whether the phone stops reading")


class LettersTaken(BaseModel):
    """What became of the events. All of them are settled: none has to be sent again."""

    taken: int = Field(description="events that are new, and now part of the text")
    refused: int = Field(description="events with a letter the model does not know, or a time that cannot be right")
    text: str = Field(description="the room's text")
    model: str = Field(description="name of the model with which letters are to be read")
    adapted: str = Field(default="", description="the adaptation with which letters are to be read; see GET /on-device")
    now_s: float = Field(description="the room's clock")


class TooFast(Exception):
    """A phone sends letters faster than a hand signs, or requests faster than its page does."""


class TooManyReaders(Exception):
    """:data:`MAX_READERS` sessions read already."""


@dataclass(slots=True)
class _Session:
    """One phone's visit."""

    name: str
    holder: str | None
    newest_s: float
    announcer: Announcer
    pace: Pace = field(default_factory=lambda: Pace(LETTERS_PER_S, LETTERS_AT_ONCE))
    letter_s: float = float("-inf")
    silent: asyncio.TimerHandle | None = None
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def reads(self) -> bool:
        """Whether the phone reads now."""
        return self.silent is not None

    def close(self, reason: str) -> None:
        """Publish that the phone reads no longer."""
        if self.silent is not None:
            self.silent.cancel()
            self.silent = None
            self.held.close()
            self.announcer.publish("closed", reason)


class PhoneReaders:
    """The phones that read letters themselves. Used in one event loop only.

    Args:
        clock: seconds, never decreasing; the rate of letters is measured with it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[tuple[str, str], _Session] = OrderedDict()
        self._requests: OrderedDict[str, Pace] = OrderedDict()

    def in_room(self, room: str, but: str | None = None) -> list[str | None]:
        """Holders of the grants of phones that read into a room now, except the holder ``but``."""
        return [
            session.holder
            for (name, _), session in self._sessions.items()
            if name == room and session.reads and not (but is not None and session.holder == but)
        ]

    def by_holder(self) -> list[tuple[str | None, str]]:
        """Holder and name of each session that reads now."""
        return [(session.holder, session.name) for session in self._sessions.values() if session.reads]

    def is_reading(self, room: str, session: str) -> bool:
        """Whether this session reads into the room now."""
        found = self._sessions.get((room, session))
        return found is not None and found.reads

    def close_room(self, room: str, but: str | None = None) -> None:
        """End the sessions of a room's other phones."""
        for (name, _), session in self._sessions.items():
            if name == room and not (but is not None and session.holder == but):
                session.close(TAKEN_OVER)

    def close(self) -> None:
        """End all sessions."""
        for session in self._sessions.values():
            session.close("The server is stopping.")

    def take(
        self,
        room: CaptionRoom,
        request: LettersRequest,
        letters: Sequence[str],
        *,
        holder: str | None,
        silent_s: float,
        hold: Hold = lambda _: nullcontext(),
    ) -> LettersTaken:
        """Publish the new events of a phone.

        Args:
            room: where they go.
            request: the events.
            letters: that the model knows.
            holder: of the phone's grant; None for the publish token.
            silent_s: time without a request after which the phone counts as gone, seconds.
            hold: called with what ends the session with a reason; the result is open while the phone reads.

        Raises:
            TooFast: it has sent too many letters or requests; nothing of this request was taken.
            TooManyReaders: one more session would read; nothing of this request was taken.
        """
        self._pace_of(holder or request.session)
        if not (request.ended or self.is_reading(room.name, request.session)):
            self._make_place(holder)
        session = self._session(room, request.session, holder)
        fresh = [event for event in request.events if event.captured_s > session.newest_s]
        known, now_s = set(letters), room.clock()
        plausible = [event for event in fresh if _is_plausible(event, known, now_s)]
        # A refused request counts for nothing: otherwise one that is sent again and again would never be taken.
        pace, monotonic_s = copy(session.pace), self._clock()
        if any(pace.wait_s(monotonic_s) > 0 for event in plausible if isinstance(event, SentLetter)):
            raise TooFast
        session.pace = pace
        self._announce(session, request, silent_s, hold)
        taken = sum(self._publish(room, session, event) for event in plausible)
        reading = request.reading
        if reading is not None and not request.ended and (reading.letter is None or reading.letter in known):
            room.publish_partial(Partial(session=session.name, **reading.model_dump()))
        return LettersTaken(
            taken=taken, refused=len(fresh) - taken, text=room.log.newest_text, model=room.model_name, now_s=now_s
        )

    def _pace_of(self, sender: str) -> None:
        pace = self._requests.setdefault(sender, Pace(REQUESTS_PER_S, REQUESTS_AT_ONCE))
        self._requests.move_to_end(sender)
        if len(self._requests) > MAX_SESSIONS:
            self._requests.popitem(last=False)
        if pace.wait_s(self._clock()) > 0:
            raise TooFast

    def _make_place(self, holder: str | None) -> None:
        reading = [session for session in self._sessions.values() if session.reads]
        own = [session for session in reading if holder is not None and session.holder == holder]
        leaving = own[: max(0, len(own) - READERS_OF_HOLDER + 1)]
        if len(reading) - len(leaving) >= MAX_READERS:
            raise TooManyReaders
        for session in leaving:
            session.close(TAKEN_OVER)

    def _session(self, room: CaptionRoom, name: str, holder: str | None) -> _Session:
        key = (room.name, name)
        session = self._sessions.get(key)
        if session is None:
            _, events = room.log.after()
            newest_s = max((event_s(event) for event in events if event.session == name), default=float("-inf"))
            session = self._sessions[key] = _Session(name, holder, newest_s, Announcer(room, name))
            idle = [old for old, each in self._sessions.items() if not each.reads and old != key]
            for old in idle[: max(0, len(idle) - MAX_SESSIONS)]:
                del self._sessions[old]
        self._sessions.move_to_end(key)
        return session

    def _announce(self, session: _Session, request: LettersRequest, silent_s: float, hold: Hold) -> None:
        if request.ended:
            session.close("The camera was switched off.")
            return
        if session.silent is None:
            session.held.enter_context(hold(session.close))
        else:
            session.silent.cancel()
        session.silent = asyncio.get_running_loop().call_later(silent_s, session.close, SILENT)
        session.announcer.publish("live", READING)

    def _publish(self, room: CaptionRoom, session: _Session, event: SentLetter | SentPause) -> bool:
        """Add an event to the room; False if it comes too soon after the one before."""
        if event.captured_s <= session.newest_s:
            return False
        if isinstance(event, SentLetter):
            if event.captured_s - session.letter_s < MIN_INTERVAL_S:
                return False
            session.letter_s = event.captured_s
        session.newest_s = event.captured_s
        if isinstance(event, SentPause):
            room.publish_pause(session.name, Pause(event.ends, event.started_s, event.captured_s))
            return True
        ranked = tuple((each.letter, each.confidence) for each in event.alternatives)
        commit = Commit(event.letter, event.confidence, event.started_s, event.captured_s, ranked, event.replaces)
        room.publish_letter(session.name, commit)
        return True


def _is_plausible(event: SentLetter | SentPause, letters: set[str], now_s: float) -> bool:
    if isinstance(event, SentLetter):
        named = {event.letter, *(each.letter for each in event.alternatives)}
        if not named <= letters or event.captured_s - event.started_s > MAX_LED_S:
            return False
    if event.started_s > event.captured_s:
        return False
    return now_s - MAX_AGE_S <= event.captured_s <= now_s + MAX_AHEAD_S
