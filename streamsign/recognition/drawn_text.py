"""Puts drawn letters into the text: a J takes the place of the I that was committed before its hook began."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from streamsign.recognition.drawn import Drawn, DrawnRule, PathRecognizer
from streamsign.recognition.events import Commit
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import MovingInfo
from streamsign.recognition.temporal import Posterior

MOST_REPLACED = 3
"""Greatest number of letters that a drawn one takes the place of: its first shape, and shapes passed on the way."""

MOST_OTHERS = 1
"""Greatest number of other letters than those it starts from that may have been committed during a drawing: a word, in
which the hand moves like one, has more."""

HELD_END_S = 0.5
"""Seconds after a drawing was recognized within which a shape that begins to lead, while the hand stays there, is the
drawing's end and not a letter. In films of validation and training signers, 0.3 s read one more such shape."""

KEPT_END_S, LEFT_S = 2.5, 0.3
"""Seconds after which such a shape is committed if it still leads: since the drawing was recognized, or since the hand
left its end. A hand that is lowered shows the shape for less than the second. The second does not apply to a shape that
led when the drawing was recognized, because the hand may still be drawing. The shape that the drawing starts from is
never committed, because the hand returns in it."""

AWAY = 0.35
"""Hand sizes, or log ratio of a side, by which the hand must differ from where the drawing ended to be on its way."""

_KEPT_S = 3.0  # leaders before that are older than any drawing


class _Leader(NamedTuple):
    at_s: float
    letter: str | None


class DrawnLetters:
    """Recognizes drawn letters and takes back what was read while they were drawn. Pure: time comes with each frame.

    Args:
        rules: by drawn letter.
        moving: the letters that each starts from, by drawn letter; at least those of ``rules``.
        letters: of the classifier, in the order of the evidence after *none*.
    """

    def __init__(
        self, rules: Mapping[str, DrawnRule], moving: Mapping[str, MovingInfo], letters: Sequence[str]
    ) -> None:
        self._rules, self._moving = rules, moving
        self._paths = PathRecognizer(rules, moving, letters)
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._paths.reset()
        self._commits: deque[Commit] = deque(maxlen=MOST_REPLACED)
        self._leaders: deque[_Leader] = deque()
        self._recognized_s = float("-inf")  # when the last drawing was recognized
        self._end: Box | None = None  # the hand then, until it has left
        self._drawn_with: Sequence[str] = ()
        self._withheld: Commit | None = None  # read from the end of the drawing
        self._text_from_s = 0.0  # when it becomes text

    def update(
        self, box: Box | None, evidence: Posterior, leader: str | None, at_s: float, commit: Commit | None
    ) -> Commit | None:
        """Take in one frame, and what the speller committed in it.

        Args:
            box: of the hand, pixels; None without a hand.
            evidence: (1 + letters,) the classifier's probabilities of this frame, none first.
            leader: the filter's most probable letter after this frame; None if it is none.
            at_s: time of the frame, seconds, never decreasing.
            commit: the speller's; None if it committed nothing.

        Returns:
            The commit of this frame: a drawn letter with ``replaces``, the speller's, or None.
        """
        if not self._rules:
            return commit
        self._leaders.append(_Leader(at_s, leader))
        while at_s - self._leaders[0].at_s > _KEPT_S:
            self._leaders.popleft()
        drawn = self._paths.update(box, evidence, at_s)
        if drawn is not None and box is not None and self._others(drawn) <= MOST_OTHERS:
            self._recognized_s, self._end, self._withheld = at_s, box, None
            self._drawn_with = self._moving[drawn.letter].starts_from
            return self._commit(drawn, at_s)
        if commit is None:
            commit = self._kept(box, leader, at_s)
        elif self._is_end(commit, box):
            self._withheld = None if commit.letter in self._drawn_with else commit
            self._text_from_s, commit = self._recognized_s + KEPT_END_S, None
        else:
            self._withheld = None
        if commit is not None:
            self._commits.append(commit)
        return commit

    def _commit(self, drawn: Drawn, at_s: float) -> Commit:
        replaced = 0
        while self._commits and self._belongs(self._commits[-1], drawn):
            taken = self._commits.pop()
            replaced += 1
            if taken.captured_s < drawn.started_s:  # the first shape; the same letter before it is a letter
                break
        commit = Commit(
            drawn.letter,
            drawn.probability,
            drawn.started_s,
            at_s,
            ((drawn.letter, drawn.probability),),
            replaces=replaced,
        )
        self._commits.append(replace(commit, replaces=0))
        return commit

    def _others(self, drawn: Drawn) -> int:
        """Letters that were committed during a drawing, other than those it starts from."""
        starts = self._moving[drawn.letter].starts_from
        return sum(each.captured_s >= drawn.started_s and each.letter not in starts for each in self._commits)

    def _belongs(self, commit: Commit, drawn: Drawn) -> bool:
        """Whether a letter was read from the drawing: on the way, or from its first shape held before."""
        if commit.letter in self._rules:
            return False
        if commit.captured_s >= drawn.started_s:
            return True
        if commit.letter not in self._moving[drawn.letter].starts_from:
            return False
        between = [leader.letter for leader in self._leaders if commit.captured_s <= leader.at_s <= drawn.started_s]
        return all(letter == commit.letter or letter is None for letter in between)

    def _kept(self, box: Box | None, leader: str | None, at_s: float) -> Commit | None:
        """The letter that was withheld, if it led for so long that it is not the end of the drawing."""
        commit = self._withheld
        if commit is None:
            return None
        if commit.started_s > self._recognized_s and not self._is_there(box):
            self._text_from_s = min(self._text_from_s, at_s + LEFT_S)
        if leader == commit.letter and at_s < self._text_from_s:
            return None
        self._withheld = None
        return replace(commit, captured_s=at_s) if leader == commit.letter else None

    def _is_end(self, commit: Commit, box: Box | None) -> bool:
        """Whether a letter is the end of a drawing: it led already, or soon after while the hand stayed there."""
        return commit.started_s <= self._recognized_s + (HELD_END_S if self._is_there(box) else 0.0)

    def _is_there(self, box: Box | None) -> bool:
        """Whether the hand is where the last drawing ended. Once it has left, it is not there until the next one."""
        end = self._end
        if end is None or box is None:
            self._end = None
            return False
        moved = math.dist(box.center, end.center) / end.longer_side
        turned = max(abs(math.log(box.width / end.width)), abs(math.log(box.height / end.height)))
        if max(moved, turned) >= AWAY:
            self._end = None
        return self._end is not None
