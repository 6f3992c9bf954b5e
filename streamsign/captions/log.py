"""The numbered log of one room: what a viewer who comes late, or comes back, is told."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from streamsign.captions.events import Alternative, Edit, KeptEvent, Letter
from streamsign.captions.ledger import Ledger

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

    def append_letter(
        self,
        session: str,
        letter: str,
        *,
        confidence: float,
        started_s: float,
        committed_s: float,
        stages_ms: dict[str, float] | None = None,
        ledger: Ledger | None = None,
        alternatives: Sequence[tuple[str, float]] = (),
    ) -> Letter:
        """Add a letter to the end of the text; see :class:`Letter` for the units."""
        event = Letter(
            seq=self.last_seq + 1,
            session=session,
            letter=letter,
            text=(self.text + letter)[-self._max_text :],
            confidence=confidence,
            started_s=started_s,
            committed_s=committed_s,
            stages_ms=dict(stages_ms or {}),
            ledger=ledger or Ledger(),
            alternatives=[Alternative(letter=name, confidence=chance) for name, chance in alternatives],
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
