"""Ends words and sentences: decides where a space or a new line belongs.

A pause is time without a letter shape in which the hand is lowered, gone or at rest. A hand that travels or changes its
shape is on its way to the next letter: it goes back for a second Z, or opens between the letters of a double. A hand
that rests in the shape of a word's last letter pauses too, once it has kept it for much longer than the letters before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from streamsign.recognition.drawn_text import MOST_REPLACED
from streamsign.recognition.events import Commit
from streamsign.recognition.stroke import Motion

MAX_GAP_S = 2.0
"""Interval between frames from which the missing time counts as rest. Shorter ones, as at one frame a second, say
nothing about the hand."""

SHAPE_S = 0.25
"""A letter shape of this duration ends a pause even if it is not committed. A resting hand is sometimes read as a
letter for a few frames; they only delay the end of the word."""

MOVING_SPEED, MOVING_CHANGE = 0.7, 0.7
"""Speed, hand sizes a second, and rate of change of the shape, per second, from which the hand moves. In films of
validation signers who hold a letter and move about, 67 of 100 frames are below both, in those of words 84; of the
frames of words and single letters that show a hand and no letter, 91 of 100 are above one (measured by a script that is
not in the repository)."""

MOVED_S = 0.2
"""Movement of this duration within a word starts the pause again. A hand that trembles at rest moves for less at a
time, which is left out of the pause."""

MOST_PAUSES = 3.0
"""Time without a letter shape, in pauses, that ends a word or a sentence even if the hand moves all the time, as a hand
does that waves in a conversation."""

HOLDS = 2.0
"""How long a letter is kept at rest before a pause begins, in longest holds of the earlier letters of its word. A fixed
time would separate the letters of a signer who holds each for seconds.

In 144 words and single letters of validation signers (films, and words joined from films of held letters) and of the
rendered signer at 0.3 to 3 letters a second, no space is inside a word with 1.5, 2 or 3, and one is with 1. With a
pause of 0.6 s there are 8, 2, 1 and 1 with 1, 1.5, 2 and 3, and 1 without this rule. Of 24 joined words whose last
letter is held for 5 s, after letters of 0.5 to 0.7 s and by hands that move about, 13, 11, 8 and 7 end (measured by a
script that is not in the repository)."""

MAX_PAUSE_S = 60.0
"""Longest pause that can be chosen, seconds."""


class PauseRule(BaseModel):
    """How long a hand must be lowered, gone or at rest until a word, and until a sentence, has ended.

    A hand that moves without a letter shape ends them after three times as long. A letter that is kept at rest ends
    them when its rest exceeds the pause by twice the longest hold of the earlier letters of the word.

    Raises:
        ValidationError: a number is out of its range, or a sentence would end before a word.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    word_s: float = Field(
        default=1.0, ge=0, le=MAX_PAUSE_S, description="pause after which a space is added, seconds; 0: never"
    )
    sentence_s: float = Field(
        default=4.0,
        ge=0,
        le=MAX_PAUSE_S,
        validate_default=True,
        description="pause after which a new line begins, seconds; 0: never; otherwise at least word_s",
    )

    @field_validator("sentence_s")
    @classmethod
    def _not_before_the_word(cls, value: float, info: ValidationInfo) -> float:
        require_word_first(info.data.get("word_s", 0.0), value)  # absent if it is out of range itself
        return value


def require_word_first(word_s: float, sentence_s: float) -> None:
    """Check that a word does not end later than a sentence: the new line would come first, and no space ever.

    Args:
        word_s: pause that ends a word, seconds; 0: never.
        sentence_s: pause that ends a sentence, seconds; 0: never.

    Raises:
        ValueError: it does; the message says which values are possible.
    """
    if 0 < sentence_s < word_s:
        raise ValueError(
            f"a sentence would end after {sentence_s:g} s, before a word, which ends after {word_s:g} s; choose at "
            f"least {word_s:g} s for the sentence, at most {sentence_s:g} s for the word, or 0 for never"
        )


NO_PAUSES = PauseRule(word_s=0, sentence_s=0)
"""Letters only."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A word or a sentence has ended.

    Attributes:
        ends: what has ended.
        started_s: time of the first frame without a letter shape, or at rest in that of the last letter, seconds on the
            source's clock.
        captured_s: time of the deciding frame, same clock.
    """

    ends: Literal["word", "sentence"]
    started_s: float
    captured_s: float


class _Hold(NamedTuple):
    started_s: float
    earlier_s: float  # longest hold of the letters before it in the word; 0: it is the first


class _WordHolds:
    """How long the letters of a word are held. Pure: the time comes with each call.

    A hold lasts from the start of a letter to the last frame in which it leads. A letter that replaces others, as a
    drawn J the I that was read before, is held from the start of the first of them.
    """

    def __init__(self) -> None:
        self._holds: deque[_Hold] = deque(maxlen=MOST_REPLACED)
        self._led_s = 0.0

    def clear(self) -> None:
        """Forget the word."""
        self._holds.clear()

    def add(self, commit: Commit) -> None:
        """Take in the next letter."""
        replaced = [self._holds.pop() for _ in range(min(commit.replaces, len(self._holds)))]
        if replaced:
            self._holds.append(replaced[-1])
        elif self._holds:
            last = self._holds[-1]
            self._holds.append(_Hold(commit.started_s, max(last.earlier_s, self._led_s - last.started_s)))
        else:
            self._holds.append(_Hold(commit.started_s, 0.0))
        self._led_s = commit.captured_s

    def note(self, at_s: float) -> None:
        """Take in a frame in which the newest letter leads."""
        self._led_s = at_s

    @property
    def earlier_s(self) -> float:
        """Longest hold of the letters before the newest one, seconds; 0 if it is the first of its word."""
        return self._holds[-1].earlier_s if self._holds else 0.0


class Pauses:
    """Finds the pauses between letters. Pure: the time comes with each frame.

    A pause begins when no letter leads, and within a word again after each movement. While a letter leads that may
    still be committed, no word ends. One that is text already, at rest for longer than the pause and :data:`HOLDS`
    times the longest hold of the earlier letters of its word, ends it; the first letter of a word has nothing to
    compare with and never does. When the word has ended, movement does not count for the sentence but does not start
    its pause again. After each letter at most one word and one sentence end.

    Args:
        rule: the durations. May be replaced; applies from the next frame on.
    """

    def __init__(self, rule: PauseRule = NO_PAUSES) -> None:
        self.rule = rule
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: no letter was committed."""
        self._frame_s: float | None = None
        self._since_s: float | None = None
        self._rest_s = 0.0  # when the rest began
        self._left_out_s = 0.0  # shorter movements since
        self._moved_s = 0.0  # duration of the present movement
        self._shape_since_s = 0.0
        self._leads = False
        self._word_due = self._sentence_due = False
        self._holds = _WordHolds()

    def update(
        self, leads: bool, commit: Commit | None, at_s: float, motion: Motion | None = None, kept: bool = False
    ) -> Pause | None:
        """Take in one frame; return a Pause if it ends a word or a sentence.

        Args:
            leads: whether a letter is the most probable state.
            commit: the letter that this frame completes, if any. One that began before the pause belongs before it in
                the text, any other behind it.
            at_s: time of the frame, seconds.
            motion: of the hand; None without a hand, and if it is unknown: the hand counts as at rest.
            kept: whether the letter that leads is text already, so that it is not committed again while it is held.
        """
        past_s = 0.0 if self._frame_s is None else at_s - self._frame_s
        gap = past_s >= MAX_GAP_S
        if gap and self._since_s is None and self._frame_s is not None:
            self._begin(self._frame_s)
        self._frame_s = at_s
        self._note_movement(not gap and moves(motion), past_s, at_s)
        early = commit is not None and (self._since_s is None or commit.started_s <= self._since_s)
        if commit is not None and early:
            self._add(commit)
        rested_until_s = at_s if commit is None or early else commit.started_s
        # A letter ends the pause when it starts to lead; one that led before has ended it already.
        if not leads or not self._leads or gap or commit is not None:
            pause = self._ended(rested_until_s, at_s)
        else:
            pause = self._kept_long(at_s) if kept else None
        if commit is not None and not early:
            self._add(commit)
        self._note_shape(leads, kept, commit is not None, at_s)
        return pause

    def _begin(self, at_s: float) -> None:
        self._since_s = at_s
        self._rest(at_s)

    def _rest(self, at_s: float) -> None:
        self._rest_s, self._left_out_s = at_s, 0.0

    def _add(self, commit: Commit) -> None:
        if not self._word_due:
            self._holds.clear()
        self._holds.add(commit)
        self._word_due = self._sentence_due = True

    def _ended(self, until_s: float, at_s: float) -> Pause | None:
        if self._since_s is None:
            return None
        rested_s = until_s - self._rest_s - self._left_out_s
        paused_s = max(rested_s, (until_s - self._since_s) / MOST_PAUSES)
        return self._end(paused_s, self._since_s, at_s)

    def _kept_long(self, at_s: float) -> Pause | None:
        earlier_s = self._holds.earlier_s
        if self._since_s is not None or not earlier_s:
            return None
        rested_s = at_s - self._rest_s - self._left_out_s
        return self._end(rested_s - HOLDS * earlier_s, self._rest_s, at_s)

    def _end(self, paused_s: float, started_s: float, at_s: float) -> Pause | None:
        if self._sentence_due and 0 < self.rule.sentence_s <= paused_s:
            self._word_due = self._sentence_due = False
            return Pause("sentence", started_s, at_s)
        if self._word_due and 0 < self.rule.word_s <= paused_s:
            self._word_due = False
            return Pause("word", started_s, at_s)
        return None

    def _note_movement(self, moving: bool, past_s: float, at_s: float) -> None:
        if not moving:
            self._moved_s = 0.0
            return
        self._moved_s += past_s
        self._left_out_s += past_s
        if self._word_due and self._moved_s >= MOVED_S:
            self._rest(at_s)

    def _note_shape(self, leads: bool, kept: bool, committed: bool, at_s: float) -> None:
        if leads:
            if not self._leads:
                self._shape_since_s = at_s
            if committed or at_s - self._shape_since_s >= SHAPE_S:
                self._since_s = None
            if kept:
                self._holds.note(at_s)
            if self._since_s is None and (committed or not kept):
                self._rest(at_s)
        elif committed or self._since_s is None:
            self._begin(at_s)
        self._leads = leads


def moves(motion: Motion | None) -> bool:
    """Whether a hand travels or changes its shape."""
    return motion is not None and (motion.speed >= MOVING_SPEED or motion.change >= MOVING_CHANGE)
