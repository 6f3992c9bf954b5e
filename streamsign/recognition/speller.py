"""From a belief that changes with every frame to letters that are text: when a letter counts as spelled."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from streamsign.recognition.events import Commit
from streamsign.recognition.stroke import Motion
from streamsign.recognition.temporal import Belief

SPACE = " "

ALTERNATIVES = 3
"""Likeliest letters that are told with a reading or a letter."""

UNSEEN_S = 0.05
"""What a frame shows began somewhere between it and the frame before: midway, but no longer than this ago. Half of the
interval of ten frames a second; what happened in a longer gap nobody knows."""


class CommitRule(BaseModel):
    """Hysteresis of spelling. The defaults come from validation signers' streams, as ``temporal.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit_at: float = Field(default=0.8, gt=0, le=1, description="belief from which a letter counts as held")
    hold_s: float = Field(default=0.05, ge=0, description="how long it must count as held before it is text, seconds")
    release_below: float = Field(
        default=0.45, ge=0, lt=1, description="belief below which a spelled letter counts as released"
    )
    release_s: float = Field(
        default=0.05, ge=0, description="how long it must stay released before it can be spelled again, seconds"
    )
    settle_s: float = Field(
        default=0.02, ge=0, description="how long a spelled letter must be still before moving it can double it"
    )
    still_speed: float = Field(default=2.0, ge=0, description="hand sizes a second below which the hand is still")
    slide_speed: float = Field(
        default=2.2,
        gt=0,
        description="hand sizes a second, faster than before, from which sliding or bouncing lets a letter go",
    )
    least_period_s: float = Field(default=0.1, ge=0, description="least time between two letters: the highest rate")
    space_after_s: float | None = Field(default=None, gt=0, description="rest after which a space is text; None: never")


class Speller:
    """Decides when a letter is text. Pure: time comes with each belief.

    A letter is spelled once however long it is held. It is spelled again, a double, after it was let go: another shape
    or none was believed for ``release_s``, or the hand, holding it, was still, slid or bounced, and is still again.
    """

    def __init__(self, letters: list[str], rule: CommitRule = CommitRule()) -> None:
        self._letters = letters
        self._rule = rule
        self.reset()

    def reset(self) -> None:
        """Forget what was held and spelled last."""
        self._frame_s: float | None = None
        self._leader = 0
        self._leads_since_s = 0.0
        self._held_since_s: float | None = None
        self._spelled: int | None = None
        self._spelled_s = float("-inf")
        self._released_since_s: float | None = None
        self._still_since_s: float | None = None
        self._settled = False
        self._slid_s: float | None = None
        self._rests_since_s: float | None = None
        self._space_due = False

    def update(self, belief: Belief, at_s: float, motion: Motion | None = None) -> Commit | None:
        """Take one belief in; a Commit when it completes a letter.

        Args:
            belief: see :data:`~streamsign.recognition.temporal.Belief`. Of equal letters the first leads.
            at_s: its time, seconds.
            motion: of the hand; None when unknown, and then no slide doubles a letter.
        """
        rule = self._rule
        # So that few frames a second, which show the same later, need not show it longer.
        began_s = at_s if self._frame_s is None else max((self._frame_s + at_s) / 2, at_s - UNSEEN_S)
        self._frame_s = at_s
        self._note_release(belief, began_s, at_s)
        self._note_slide(motion, began_s, at_s)
        leader = int(np.argmax(belief))
        if leader == 0 or leader != self._leader:
            self._leader, self._leads_since_s, self._held_since_s = leader, began_s, None
        if leader == 0:
            return self._rest(float(belief[0]), at_s)
        self._rests_since_s = None
        if leader == self._spelled or belief[leader] < rule.commit_at:
            self._held_since_s = None
            return None
        if self._held_since_s is None:
            self._held_since_s = began_s
        if at_s - self._held_since_s < rule.hold_s or at_s - self._spelled_s < rule.least_period_s:
            return None
        self._spelled, self._spelled_s = leader, at_s
        self._released_since_s = self._still_since_s = None
        self._settled, self._slid_s = False, None
        self._space_due = True
        ranked = np.argsort(-belief[1:], kind="stable")[:ALTERNATIVES]
        alternatives = tuple((self._letters[i], float(belief[i + 1])) for i in ranked)
        return Commit(self._letters[leader - 1], float(belief[leader]), self._leads_since_s, at_s, alternatives)

    def _note_release(self, belief: Belief, began_s: float, at_s: float) -> None:
        """A spelled letter may be spelled again once it was let go for long enough."""
        if self._spelled is None or belief[self._spelled] >= self._rule.release_below:
            self._released_since_s = None
            return
        if self._released_since_s is None:
            self._released_since_s = began_s
        if at_s - self._released_since_s >= self._rule.release_s:
            self._spelled = None

    def _note_slide(self, motion: Motion | None, began_s: float, at_s: float) -> None:
        """Still, moving, still again: each in turn, so that neither arriving nor leaving doubles a letter."""
        if self._spelled is None or motion is None:
            return
        rule = self._rule
        if motion.speed > rule.still_speed:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = began_s
        if self._still_since_s is not None and at_s - self._still_since_s >= rule.settle_s:
            if self._slid_s is not None:
                if self._leader == self._spelled:  # a double begins after the slide; another letter keeps its own start
                    self._leads_since_s = max(self._leads_since_s, self._still_since_s, self._slid_s)
                self._spelled = self._held_since_s = None
                return
            self._settled = True
        if self._settled and self._slid_s is None and motion.stroke >= rule.slide_speed:
            self._slid_s = began_s

    def _rest(self, belief: float, at_s: float) -> Commit | None:
        rule = self._rule
        if rule.space_after_s is None or not self._space_due:
            return None
        if self._rests_since_s is None:
            self._rests_since_s = at_s
        if at_s - self._rests_since_s < rule.space_after_s:
            return None
        self._space_due = False
        return Commit(SPACE, belief, self._rests_since_s, at_s)
