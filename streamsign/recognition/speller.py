"""Decides from each frame's posterior when a letter becomes text."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from streamsign.recognition.events import Commit
from streamsign.recognition.stroke import Motion
from streamsign.recognition.temporal import Posterior

SPACE = " "

ALTERNATIVES = 3
"""Number of most probable letters in a reading or a commit."""

MAX_BACKDATE_S = 0.05
"""What a frame shows is taken to have begun midway between it and the previous frame, but no longer ago than this: half
of the interval at 10 frames a second."""

SLOW_INTERVAL_S = 0.3
"""Interval of frames from which a letter that led in both counts as held throughout it. At 1 frame a second a letter of
2.5 s is in two frames."""


class CommitRule(BaseModel):
    """Hysteresis of commits. The defaults are fitted to validation signers' streams, as ``temporal.json`` is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    commit_at: float = Field(default=0.8, gt=0, le=1, description="posterior from which a letter counts as held")
    hold_s: float = Field(
        default=0.05, ge=0, description="how long it must count as held before it is committed, seconds"
    )
    release_below: float = Field(
        default=0.45, ge=0, lt=1, description="posterior below which a committed letter counts as released"
    )
    release_s: float = Field(
        default=0.05, ge=0, description="how long it must stay released before it can be committed again, seconds"
    )
    settle_s: float = Field(
        default=0.02, ge=0, description="how long the hand must be still before a slide can double the letter, seconds"
    )
    still_speed: float = Field(default=2.0, ge=0, description="hand sizes a second below which the hand is still")
    slide_speed: float = Field(
        default=2.2,
        gt=0,
        description="increase of speed, hand sizes a second, from which a slide or bounce releases the letter",
    )
    least_period_s: float = Field(default=0.1, ge=0, description="least time between two letters, seconds")
    space_after_s: float | None = Field(
        default=None, gt=0, description="rest after which a space is committed, seconds; None: never"
    )


class Speller:
    """Decides when a letter is committed. Pure: the time comes with each posterior.

    A letter is committed once however long it is held. It is committed again, as a double, after a release: the
    posterior stayed below ``release_below`` for ``release_s``, or the hand was still, slid or bounced, and is still
    again.
    """

    def __init__(self, letters: list[str], rule: CommitRule = CommitRule()) -> None:
        self._letters = letters
        self._rule = rule
        self.reset()

    def reset(self) -> None:
        """Forget what was held and committed last."""
        self._frame_s: float | None = None
        self._leader = 0
        self._leads_since_s = 0.0
        self._held_since_s: float | None = None
        self._committed: int | None = None
        self._committed_s = float("-inf")
        self._released_since_s: float | None = None
        self._still_since_s: float | None = None
        self._settled = False
        self._slid_s: float | None = None
        self._rests_since_s: float | None = None
        self._space_due = False

    def update(self, posterior: Posterior, at_s: float, motion: Motion | None = None) -> Commit | None:
        """Take in one posterior; return a Commit if it completes a letter.

        Args:
            posterior: see :data:`~streamsign.recognition.temporal.Posterior`. The first of equal letters leads.
            at_s: its time, seconds.
            motion: of the hand; None if unknown, and then no slide doubles a letter.
        """
        rule = self._rule
        # Backdating makes the hold time independent of the frame rate.
        before_s = at_s if self._frame_s is None else self._frame_s
        began_s = max(before_s / 2 + at_s / 2, at_s - MAX_BACKDATE_S)
        self._frame_s = at_s
        self._note_release(posterior, began_s, at_s)
        self._note_slide(motion, began_s, at_s)
        leader = int(np.argmax(posterior))
        if leader == 0 or leader != self._leader:
            self._leader, self._leads_since_s, self._held_since_s = leader, began_s, None
        if leader == 0:
            return self._rest(float(posterior[0]), at_s)
        self._rests_since_s = None
        if leader == self._committed or posterior[leader] < rule.commit_at:
            self._held_since_s = None
            return None
        if self._held_since_s is None:
            throughout = at_s - before_s >= SLOW_INTERVAL_S and self._leads_since_s <= before_s
            self._held_since_s = before_s if throughout else began_s
        if at_s - self._held_since_s < rule.hold_s or at_s - self._committed_s < rule.least_period_s:
            return None
        self._committed, self._committed_s = leader, at_s
        self._released_since_s = self._still_since_s = None
        self._settled, self._slid_s = False, None
        self._space_due = True
        ranked = np.argsort(-posterior[1:], kind="stable")[:ALTERNATIVES]
        alternatives = tuple((self._letters[i], float(posterior[i + 1])) for i in ranked)
        return Commit(self._letters[leader - 1], float(posterior[leader]), self._leads_since_s, at_s, alternatives)

    def _note_release(self, posterior: Posterior, began_s: float, at_s: float) -> None:
        """A committed letter may be committed again once it was released for long enough."""
        if self._committed is None or posterior[self._committed] >= self._rule.release_below:
            self._released_since_s = None
            return
        if self._released_since_s is None:
            self._released_since_s = began_s
        if at_s - self._released_since_s >= self._rule.release_s:
            self._committed = None

    def _note_slide(self, motion: Motion | None, began_s: float, at_s: float) -> None:
        """Require still, moving and still again in turn, so that neither arriving nor leaving doubles a letter."""
        if self._committed is None or motion is None:
            return
        rule = self._rule
        if motion.speed > rule.still_speed:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = began_s
        if self._still_since_s is not None and at_s - self._still_since_s >= rule.settle_s:
            if self._slid_s is not None:
                if self._leader == self._committed:  # a double begins after the slide; another letter keeps its start
                    self._leads_since_s = max(self._leads_since_s, self._still_since_s, self._slid_s)
                self._committed = self._held_since_s = None
                return
            self._settled = True
        if self._settled and self._slid_s is None and motion.stroke >= rule.slide_speed:
            self._slid_s = began_s

    def _rest(self, posterior: float, at_s: float) -> Commit | None:
        rule = self._rule
        if rule.space_after_s is None or not self._space_due:
            return None
        if self._rests_since_s is None:
            self._rests_since_s = at_s
        if at_s - self._rests_since_s < rule.space_after_s:
            return None
        self._space_due = False
        return Commit(SPACE, posterior, self._rests_since_s, at_s)
