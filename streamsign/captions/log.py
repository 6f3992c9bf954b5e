"""The numbered log of one room: what a viewer who comes late, or comes back, is told."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

from streamsign.captions.events import Alternative, Edit, KeptEvent, Letter
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.recognition.events import Commit

MAX_EVENTS = 2_000
"""Events kept for viewers who resume: over half an hour of letters at one a second."""

MAX_TEXT = 10_000
"""Characters of text kept. Every kept event carries its text, so a full log holds at most
MAX_EVENTS × MAX_TEXT characters (20 MB)."""

MAX_UNDO = 100
"""Changes that can be taken back."""

Action = Literal["clear", "backspace", "space", "undo", "replace"]
Replay = Literal["start", "resume", "other_log"]


def edited(text: str, action: Action, before: str | None = None, word: str = "") -> str:
    """The text after an edit; backspace and clear leave an empty text empty.

    Args:
        text: as it is.
        action: what is done to it.
        before: the text before its newest change, which undo brings back; None when there is none.
        word: what replace puts in place of the present word, all that follows the last space.
    """
    match action:
        case "clear":
            return ""
        case "backspace":
            return text[:-1]
        case "undo":
            return text if before is None else before
        case "replace":
            return text[: text.rfind(" ") + 1] + word
    return text + " "


class CaptionLog:
    """Letters and edits of one room, numbered from 1 without gaps.

    The oldest events fall off; the text stays whole up to ``max_text`` characters, then loses its beginning.

    Args:
        room: name of the room.
        clock: seconds, never decreasing; times edits for which no time is given.
        max_events: how many events are kept, at least 1.
        max_text: how many characters of text are kept, at least 1.
    """

    def __init__(
        self,
        room: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_events: int = MAX_EVENTS,
        max_text: int = MAX_TEXT,
    ) -> None:
        if max_events < 1 or max_text < 1:
            raise ValueError(f"a log keeps at least one event and one character, not {max_events} and {max_text}")
        self.room = room
        self.log_id = secrets.token_urlsafe(9)
        self.last_seq = 0
        self.text = ""
        self._clock = clock
        self._max_text = max_text
        self._befores: deque[str] = deque(maxlen=MAX_UNDO)
        self._kept: deque[KeptEvent] = deque(maxlen=max_events)

    @property
    def first_seq(self) -> int:
        """Number of the oldest event still kept; ``last_seq + 1`` while there is none."""
        return self.last_seq - len(self._kept) + 1

    def __getitem__(self, seq: int) -> KeptEvent:
        """The kept event of that number.

        Raises:
            KeyError: it is not kept any more, or not there yet.
        """
        if not self.first_seq <= seq <= self.last_seq:
            raise KeyError(seq)
        return self._kept[seq - self.first_seq]

    def append_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> Letter:
        """Add a letter that a recognizer decided to the end of the text.

        Args:
            session: the camera it came from.
            commit: the letter, timed on the room's clock.
            ledger: when its frame passed each stage, same clock.
        """
        event = Letter(
            seq=self.last_seq + 1,
            session=session,
            letter=commit.letter,
            text=(self.text + commit.letter)[-self._max_text :],
            confidence=_share(commit.confidence),
            started_s=commit.started_s,
            captured_s=commit.captured_s,
            ledger=ledger,
            alternatives=alternatives_of(commit.alternatives),
        )
        self._keep(event)
        return event

    def edit(self, action: Action, at_s: float | None = None, word: str = "") -> Edit:
        """Change the text by hand, now or at the given second of the room's clock; see :func:`edited`."""
        before = self._befores[-1] if self._befores else None
        event = Edit(
            seq=self.last_seq + 1,
            action=action,
            text=edited(self.text, action, before, word)[-self._max_text :],
            at_s=self._clock() if at_s is None else at_s,
        )
        self._keep(event)
        return event

    def _keep(self, event: KeptEvent) -> None:
        if not (isinstance(event, Edit) and event.action == "undo"):
            self._befores.append(self.text)
        elif self._befores:
            self._befores.pop()
        self._kept.append(event)
        self.last_seq = event.seq
        self.text = event.text

    def replay_from(self, seq: int | None, log_id: str | None = None) -> tuple[Replay, int]:
        """How to go on for a viewer who last saw ``seq`` of log ``log_id``, and the first number to send.

        - nothing seen, or what follows it has fallen off: "start", all that is kept;
        - a number of this log (or no log named, and a number this log has reached): "resume", what came after;
        - a number this log never gave: "other_log", all that is kept.
        """
        if seq is None:
            return "start", self.first_seq
        if (log_id is not None and log_id != self.log_id) or not 0 <= seq <= self.last_seq:
            return "other_log", self.first_seq
        if seq + 1 < self.first_seq:
            return "start", self.first_seq
        return "resume", seq + 1

    def after(self, seq: int | None = None, log_id: str | None = None) -> tuple[Replay, list[KeptEvent]]:
        """How to go on for a viewer who last saw ``seq`` of log ``log_id``, and the events to send it, in order."""
        replay, first = self.replay_from(seq, log_id)
        return replay, [self[number] for number in range(first, self.last_seq + 1)]


def alternatives_of(ranked: Iterable[tuple[str, float]]) -> list[Alternative]:
    """The recognizer's alternatives as they go over the wire."""
    return [Alternative(letter=letter, confidence=_share(chance)) for letter, chance in ranked]


def _share(probability: float) -> float:
    # A sum of floats may be a rounding error above 1.
    return min(1.0, max(0.0, probability))
