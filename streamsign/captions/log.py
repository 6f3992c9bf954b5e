"""The numbered log of one room, from which late and reconnecting viewers are served."""

from __future__ import annotations

import itertools
import secrets
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from streamsign.captions.events import Alternative, Edit, KeptEvent, Letter
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause

MAX_EVENTS = 2_000
"""Events kept for viewers that resume: over half an hour of letters at one a second."""

MAX_TEXT = 10_000
"""Characters of text kept. Every kept event carries its text, so a full log holds at most
MAX_EVENTS × MAX_TEXT characters (20 MB)."""

MAX_UNDO = 100
"""Changes that can be undone."""

DIRECTION_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Embeddings, overrides and isolates, which change the direction of text (Unicode TR9)."""

Action = Literal["clear", "backspace", "space", "line", "undo", "replace", "write"]
Replay = Literal["start", "resume", "other_log"]


def edited(text: str, action: Action, before: str | None = None, word: str = "") -> str:
    """The text after an edit. An empty text is changed by "undo", "replace" and "write" only.

    No edit makes two spaces or line feeds in a row, or one at the beginning.

    Args:
        text: the current text.
        action: the edit.
        before: the text before its newest change, for "undo"; None if there is none.
        word: for "replace", the new current word; see :func:`current_word`. For "write", the new text, of which
            white space is reduced to that.
    """
    match action:
        case "clear":
            return ""
        case "write":
            rows = [" ".join(row.split()) for row in printable(word).split("\n")]
            written = "\n".join(row for row in rows if row)
            ending = "" if word == word.rstrip() else "\n" if "\n" in word[len(word.rstrip()) :] else " "
            return written and written + ending
        case "backspace":
            return text[:-1]
        case "undo":
            return text if before is None else before
        case "replace":
            start, end = current_word(text)
            return text[:start] + word + text[end:]
        case "line":
            return text.rstrip() + "\n" if text.strip() else ""
    return text if not text or text[-1].isspace() else text + " "


def printable(text: str) -> str:
    """The text without control characters other than white space, and without marks that change its direction.

    The former can control a terminal that shows the text; the latter reorder what is shown (Unicode TR36, section 2).
    """
    return "".join(each for each in text if each.isspace() or not _is_control(each))


def _is_control(character: str) -> bool:
    return character in DIRECTION_MARKS or unicodedata.category(character) == "Cc"


def current_word(text: str) -> tuple[int, int]:
    """Start and end of the newest word in the text, which may be followed by a space or a new line."""
    end = len(text.rstrip())
    return max(text.rfind(" ", 0, end), text.rfind("\n", 0, end)) + 1, end


def new_log_id() -> str:
    """A random identity of a log."""
    return secrets.token_urlsafe(9)


class CaptionLog:
    """Letters and edits of one room, numbered from 1 without gaps.

    The oldest events are dropped. The text is kept up to ``max_text`` characters, then its beginning is dropped.

    Args:
        room: name of the room.
        clock: seconds, never decreasing; times edits for which no time is given.
        max_events: how many events are kept, at least 1.
        max_text: how many characters of text are kept, at least 1.
        store: is given each new event, which is published only by :meth:`publish_through`; None publishes at once.
    """

    def __init__(
        self,
        room: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_events: int = MAX_EVENTS,
        max_text: int = MAX_TEXT,
        store: Callable[[KeptEvent], None] | None = None,
    ) -> None:
        if max_events < 1 or max_text < 1:
            raise ValueError(f"a log keeps at least one event and one character, not {max_events} and {max_text}")
        self.room = room
        self.log_id = new_log_id()
        self.last_seq = 0
        self.text = ""
        self._clock = clock
        self._max_text = max_text
        self._befores: deque[str] = deque(maxlen=MAX_UNDO)
        self._kept: deque[KeptEvent] = deque(maxlen=max_events)
        self._unpublished: deque[KeptEvent] = deque()
        self._store = store

    @property
    def first_seq(self) -> int:
        """Number of the oldest kept event; ``last_seq + 1`` if there is none."""
        return self.last_seq - len(self._kept) + 1

    def __getitem__(self, seq: int) -> KeptEvent:
        """The event of that number.

        Raises:
            KeyError: it was dropped, or does not exist yet.
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
            seq=self.newest_seq + 1,
            session=session,
            letter=commit.letter,
            text=(self.newest_text + commit.letter)[-self._max_text :],
            confidence=_share(commit.confidence),
            started_s=commit.started_s,
            captured_s=commit.captured_s,
            ledger=ledger,
            alternatives=alternatives_of(commit.alternatives),
        )
        self._keep(event)
        return event

    def take_back(self, session: str, letters: int, at_s: float) -> list[Edit]:
        """Remove the newest letters of a camera that turned out to be part of one that was drawn.

        The pauses after them are removed too: the hand rested before it drew. Nothing is removed where another camera
        or a person changed the text meanwhile.

        Args:
            session: the camera they came from.
            letters: how many.
            at_s: time of the edits on the room's clock.
        """
        removed = pause = 0
        for event in itertools.chain(reversed(self._unpublished), reversed(self._kept)):
            if letters == 0 or event.session != session:
                break
            if isinstance(event, Letter):
                letters -= 1
                removed += 1 + pause
                pause = 0
            elif event.action in ("space", "line"):
                pause = 1  # a line takes the place of the space before it
            else:
                break
        return [self.edit("backspace", at_s, session=session) for _ in range(removed)]

    def append_pause(self, session: str, pause: Pause) -> Edit | None:
        """End the word or the sentence; None if there is nothing to end.

        Nothing ends while another camera's signer spells, or where a person edited the text during the pause.

        Args:
            session: the camera it came from.
            pause: timed on the room's clock.
        """
        action: Action = "space" if pause.ends == "word" else "line"
        text, newest = self.newest_text, self._newest
        if edited(text, action) == text:
            return None
        if isinstance(newest, Letter) and newest.session != session and newest.captured_s > pause.started_s:
            return None
        if isinstance(newest, Edit) and newest.session is None and newest.at_s > pause.started_s:
            return None
        return self.edit(action, pause.captured_s, session=session)

    def edit(self, action: Action, at_s: float | None = None, word: str = "", session: str | None = None) -> Edit:
        """Edit the text, at ``at_s`` on the room's clock or now; see :func:`edited`.

        Args:
            action: the edit.
            at_s: its time; None for now.
            word: for "replace", the new current word.
            session: the camera whose pause or drawn letter edits; None if a person does.
        """
        before = self._befores[-1] if self._befores else None
        event = Edit(
            seq=self.newest_seq + 1,
            action=action,
            text=edited(self.newest_text, action, before, word)[-self._max_text :],
            at_s=self._clock() if at_s is None else at_s,
            session=session,
        )
        self._keep(event)
        return event

    def _keep(self, event: KeptEvent) -> None:
        self._count_undo(event, self.newest_text)
        self._unpublished.append(event)
        if self._store is None:
            self.publish_through(event.seq)
        else:
            self._store(event)

    def publish_through(self, seq: int) -> None:
        """Let viewers have the events up to that number."""
        while self._unpublished and self._unpublished[0].seq <= seq:
            event = self._unpublished.popleft()
            self._kept.append(event)
            self.last_seq = event.seq
            self.text = event.text

    def restore(self, log_id: str, events: Sequence[KeptEvent]) -> None:
        """Go on where a stored log ended; only for a log in which nothing was written."""
        self.log_id = log_id
        for event in events:
            self.follow(event)

    def follow(self, event: KeptEvent) -> None:
        """Add the next event of a log that this one is a replica of; only while nothing is unpublished."""
        self._count_undo(event, self.text)
        self._kept.append(event)
        self.last_seq, self.text = event.seq, event.text

    def draft(self) -> CaptionLog:
        """A log that continues this one and publishes nothing: what is written to it is in :attr:`unpublished`."""
        draft = CaptionLog(
            self.room, self._clock, max_events=self._kept.maxlen or 1, max_text=self._max_text, store=lambda _: None
        )
        draft.log_id, draft.last_seq, draft.text = self.log_id, self.last_seq, self.text
        draft._befores, draft._kept = self._befores.copy(), self._kept.copy()
        return draft

    @property
    def unpublished(self) -> list[KeptEvent]:
        """The events that viewers do not have yet, in order."""
        return list(self._unpublished)

    def _count_undo(self, event: KeptEvent, before: str) -> None:
        if not (isinstance(event, Edit) and event.action == "undo"):
            self._befores.append(before)
        elif self._befores:
            self._befores.pop()

    @property
    def newest_letter(self) -> Letter | None:
        """The newest letter, if it is the newest change or only a pause followed it."""
        for event in itertools.chain(reversed(self._unpublished), reversed(self._kept)):
            if isinstance(event, Letter):
                return event
            if event.session is None:
                return None
        return None

    @property
    def _newest(self) -> KeptEvent | None:
        if self._unpublished:
            return self._unpublished[-1]
        return self._kept[-1] if self._kept else None

    @property
    def newest_seq(self) -> int:
        """Number of the newest event, which may not be published yet."""
        return self._unpublished[-1].seq if self._unpublished else self.last_seq

    @property
    def newest_text(self) -> str:
        """The text after the newest event, which may not be published yet."""
        return self._unpublished[-1].text if self._unpublished else self.text

    def start_over(self, log_id: str | None = None) -> None:
        """Forget everything: another log, with nothing in it, of this identity or a new one."""
        self.log_id = log_id or new_log_id()
        self.last_seq, self.text = 0, ""
        self._befores.clear()
        self._kept.clear()
        self._unpublished.clear()

    @property
    def stored(self) -> bool:
        """Whether everything in it is stored."""
        return self._store is not None and not self._unpublished

    def stop_storing(self) -> None:
        """Publish at once from now on, as another log: what is in it now would not be there after a restart."""
        self._store = None
        self.log_id = new_log_id()

    def store_again(self, store: Callable[[KeptEvent], None]) -> list[KeptEvent]:
        """Store each new event again before it is published; the events that are to be stored first."""
        self._store = store
        return list(self._kept)

    def replay_from(self, seq: int | None, log_id: str | None = None) -> tuple[Replay, int]:
        """What to replay to a viewer that last received ``seq`` of log ``log_id``, and the first number to send.

        - nothing received, or the next event was dropped: "start", all kept events;
        - a number of this log, or a number that this log has reached and no ``log_id``: "resume", the later events;
        - a number that this log has not reached, or another ``log_id``: "other_log", all kept events.
        """
        if seq is None:
            return "start", self.first_seq
        if (log_id is not None and log_id != self.log_id) or not 0 <= seq <= self.last_seq:
            return "other_log", self.first_seq
        if seq + 1 < self.first_seq:
            return "start", self.first_seq
        return "resume", seq + 1

    def after(self, seq: int | None = None, log_id: str | None = None) -> tuple[Replay, list[KeptEvent]]:
        """What to replay to a viewer that last received ``seq`` of log ``log_id``, and the events to send, in order."""
        replay, first = self.replay_from(seq, log_id)
        return replay, [self[number] for number in range(first, self.last_seq + 1)]


def alternatives_of(ranked: Iterable[tuple[str, float]]) -> list[Alternative]:
    """The recognizer's alternatives as they go over the wire."""
    return [Alternative(letter=letter, confidence=_share(chance)) for letter, chance in ranked]


def _share(probability: float) -> float:
    # A sum of floats may be a rounding error above 1.
    return min(1.0, max(0.0, probability))
