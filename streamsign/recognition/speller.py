"""From a belief that changes with every frame to letters that are text: when a letter counts as spelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamsign.recognition.events import Commit
from streamsign.recognition.temporal import Belief


@dataclass(frozen=True, slots=True)
class CommitRule:
    """Hysteresis of spelling.

    Attributes:
        commit_at: belief in a letter from which it counts as held.
        hold_s: how long it must count as held, seconds, before it is text.
        release_below: belief below which a spelled letter counts as released.
        release_s: how long it must stay released, seconds, before the same letter can be spelled again (a double).
    """

    commit_at: float = 0.85
    hold_s: float = 0.12
    release_below: float = 0.35
    release_s: float = 0.1


class Speller:
    """Decides when a letter is text. Pure: time comes with each belief."""

    def __init__(self, letters: list[str], rule: CommitRule = CommitRule()) -> None:
        self._letters = letters
        self._rule = rule
        self.reset()

    def reset(self) -> None:
        """Forget what was held and spelled last."""
        self._leader: int | None = None
        self._leads_since_s = 0.0
        self._held_since_s: float | None = None
        self._spelled: int | None = None
        self._released_since_s: float | None = None

    def update(self, belief: Belief, at_s: float) -> Commit | None:
        """Take one belief in (see :data:`Belief`) at a time in seconds; a Commit when it completes a letter."""
        self._note_release(belief, at_s)
        leader = int(np.argmax(belief))
        if leader == 0 or leader != self._leader:
            self._leader = leader or None
            self._leads_since_s = at_s
            self._held_since_s = None
        if leader == 0 or leader == self._spelled:
            return None
        if belief[leader] < self._rule.commit_at:
            self._held_since_s = None
            return None
        if self._held_since_s is None:
            self._held_since_s = at_s
        if at_s - self._held_since_s < self._rule.hold_s:
            return None
        self._spelled = leader
        self._released_since_s = None
        return Commit(self._letters[leader - 1], float(belief[leader]), self._leads_since_s, at_s)

    def _note_release(self, belief: Belief, at_s: float) -> None:
        """A spelled letter may be spelled again once it was let go for long enough."""
        if self._spelled is None or belief[self._spelled] >= self._rule.release_below:
            self._released_since_s = None
        elif self._released_since_s is None:
            self._released_since_s = at_s
        elif at_s - self._released_since_s >= self._rule.release_s:
            self._spelled = None
            self._released_since_s = None
