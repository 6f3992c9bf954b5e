"""Ends words and sentences: decides where a space or a new line belongs.

A pause is time without a letter shape in which the hand is lowered, gone or at rest. A hand that travels or changes its
shape is on its way to the next letter: it goes back for a second Z, or opens between the letters of a double.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

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

MAX_PAUSE_S = 60.0
"""Longest pause that can be chosen, seconds."""


class PauseRule(BaseModel):
    """How long a hand must be lowered, gone or at rest until a word, and until a sentence, has ended.

    A hand that moves without a letter shape ends them after three times as long.

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
        started_s: time of the first frame without a letter shape, seconds on the source's clock.
        captured_s: time of the deciding frame, same clock.
    """

    ends: Literal["word", "sentence"]
    started_s: float
    captured_s: float


class Pauses:
    """Finds the pauses between letters. Pure: the time comes with each frame.

    A pause begins when no letter leads, and within a word again after each movement. While a letter leads that may
    still be committed, no word ends. When the word has ended, movement does not count for the sentence but does not
    start its pause again. After each letter at most one word and one sentence end.

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

    def update(self, leads: bool, commit: Commit | None, at_s: float, motion: Motion | None = None) -> Pause | None:
        """Take in one frame; return a Pause if it ends a word or a sentence.

        Args:
            leads: whether a letter is the most probable state.
            commit: the letter that this frame completes, if any. One that began before the pause belongs before it in
                the text, any other behind it.
            at_s: time of the frame, seconds.
            motion: of the hand; None without a hand, and if it is unknown: the hand counts as at rest.
        """
        past_s = 0.0 if self._frame_s is None else at_s - self._frame_s
        gap = past_s >= MAX_GAP_S
        if gap and self._since_s is None and self._frame_s is not None:
            self._begin(self._frame_s)
        self._frame_s = at_s
        self._note_movement(not gap and moves(motion), past_s, at_s)
        early = commit is not None and (self._since_s is None or commit.started_s <= self._since_s)
        if early:
            self._word_due = self._sentence_due = True
        rested_until_s = at_s if commit is None or early else commit.started_s
        # A letter ends the pause when it starts to lead; one that led before has ended it already.
        pause = None if leads and self._leads and not gap and commit is None else self._ended(rested_until_s, at_s)
        if commit is not None and not early:
            self._word_due = self._sentence_due = True
        self._note_shape(leads, commit is not None, at_s)
        return pause

    def _begin(self, at_s: float) -> None:
        self._since_s = self._rest_s = at_s
        self._left_out_s = 0.0

    def _ended(self, until_s: float, at_s: float) -> Pause | None:
        if self._since_s is None:
            return None
        rested_s = until_s - self._rest_s - self._left_out_s
        paused_s = max(rested_s, (until_s - self._since_s) / MOST_PAUSES)
        if self._sentence_due and 0 < self.rule.sentence_s <= paused_s:
            self._word_due = self._sentence_due = False
            return Pause("sentence", self._since_s, at_s)
        if self._word_due and 0 < self.rule.word_s <= paused_s:
            self._word_due = False
            return Pause("word", self._since_s, at_s)
        return None

    def _note_movement(self, moving: bool, past_s: float, at_s: float) -> None:
        if not moving:
            self._moved_s = 0.0
            return
        self._moved_s += past_s
        self._left_out_s += past_s
        if self._word_due and self._moved_s >= MOVED_S:
            self._rest_s, self._left_out_s = at_s, 0.0

    def _note_shape(self, leads: bool, committed: bool, at_s: float) -> None:
        if leads:
            if not self._leads:
                self._shape_since_s = at_s
            if committed or at_s - self._shape_since_s >= SHAPE_S:
                self._since_s = None
        elif committed or self._since_s is None:
            self._begin(at_s)
        self._leads = leads


def moves(motion: Motion | None) -> bool:
    """Whether a hand travels or changes its shape."""
    return motion is not None and (motion.speed >= MOVING_SPEED or motion.change >= MOVING_CHANGE)
