"""Follows one hand from frame to frame: which of two it is, where it is, how fast it moves.

Pure and aware of time: it knows the boxes it was given and their times alone, so frame rates make no other text.
Positions are smoothed by the 1 € filter (Casiez, Roussel and Vogel 2012): hardly at all while the hand moves, strongly
while it rests, so that the patch neither lags nor trembles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.crop import Box
from streamsign.recognition.locate import Found, overlap

_LEAST_S = 1e-4  # frames closer than this are one

_AS_SURE = 0.8
"""Share of the surest hand's score from which another is a hand to choose from."""


class Choice(StrEnum):
    """Which of two hands is followed when none is yet."""

    RAISED = "raised"  # the higher one; of two about as high, the larger
    LARGEST = "largest"
    LEFT = "left"  # as the camera sees it
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Following:
    """How a hand is followed.

    Chosen so that boxes which tremble by 2 % of the hand give a place that trembles by less than 1 %, and a hand at
    three sizes a second is followed within a frame (``tests/recognition/test_track.py``).
    """

    carried_s: float = 0.13  # a hand that is not seen is carried on at its speed so long
    slow: float = 0.4  # hand sizes a second at which half of the filter's lag is made up for
    misses: int = 2  # looks without it after which it is lost
    reach: float = 0.9  # hand sizes it may be away from where it was expected and still be the same hand
    cutoff_hz: float = 0.6  # of a resting hand
    responsiveness: float = 8.0  # Hz of cutoff gained at one hand size a second, with the square of the speed
    speed_cutoff_hz: float = 1.0


class Track(NamedTuple):
    """Where the hand is thought to be.

    ``box`` in pixels of the frame, ``score`` of the last look that found it, ``speed`` in hand sizes a second.
    """

    box: Box
    score: float
    speed: float


class OneEuro:
    """Low-pass filter of a vector whose cutoff rises with speed (Casiez et al. 2012, algorithm 1).

    Args:
        cutoff_hz: while the value rests.
        responsiveness: Hz gained at a speed of one unit a second.
        speed_cutoff_hz: of the speed itself.
    """

    def __init__(self, cutoff_hz: float, responsiveness: float, speed_cutoff_hz: float) -> None:
        self._cutoff, self._responsiveness, self._speed_cutoff = cutoff_hz, responsiveness, speed_cutoff_hz
        self.value: NDArray[np.float64] | None = None
        self.speed: NDArray[np.float64] = np.zeros(0)
        self.lag_s = 0.0
        """How far the smoothed value is behind one that moves at an even speed, seconds."""
        self._raw: NDArray[np.float64] = np.zeros(0)
        self._at_s = 0.0

    def update(self, raw: NDArray[np.float64], at_s: float) -> NDArray[np.float64]:
        """The smoothed value after a new one at a later time; at the same time the newer one counts."""
        if self.value is None:
            self.value, self._raw, self.speed = raw.copy(), raw.copy(), np.zeros_like(raw)
        elif (past_s := at_s - self._at_s) > _LEAST_S:
            jump = (raw - self._raw) / past_s
            self.speed = self.speed + _share(self._speed_cutoff, past_s) * (jump - self.speed)
            # Squared, other than in the paper: the speed that a locator's noise feigns must not open the filter.
            cutoff = self._cutoff + self._responsiveness * float(self.speed @ self.speed)
            share = _share(cutoff, past_s)
            self.value = self.value + share * (raw - self.value)
            self.lag_s = past_s * (1 - share) / share
            self._raw = raw.copy()
        self._at_s = at_s
        return self.value


def _share(cutoff_hz: float, past_s: float) -> float:
    """Weight of a new value against the old, exponential smoothing over any interval."""
    return float(1 - np.exp(-2 * np.pi * cutoff_hz * past_s))


class HandTracker:
    """Says where the hand is.

    For each frame: ask :meth:`track` where to look, tell :meth:`saw` what was found, and ask :meth:`track` again.
    """

    def __init__(self, choice: Choice = Choice.RAISED, following: Following = Following()) -> None:
        self._choice, self._following = choice, following
        self.reset()

    def follow(self, choice: Choice) -> None:
        """From now on follow the hand of this choice; the one that is followed is looked for anew."""
        if choice is not self._choice:
            self._choice = choice
            self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self._center: OneEuro | None = None
        self._sides: OneEuro | None = None
        self._score = 0.0
        self._missed = 0
        self._seen_s = -np.inf
        self._size = 1.0

    def saw(self, hands: Sequence[Found], at_s: float) -> None:
        """Take in what a look at the frame of this time found; nothing is a finding too."""
        hand = choose(hands, self._choice) if self._center is None else self._same(hands, at_s)
        if hand is None:
            self._missed += 1
            if self._missed >= self._following.misses:
                self.reset()
            return
        self._missed, self._score, self._seen_s = 0, hand.score, at_s
        box = hand.box
        center = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2
        sides = np.maximum([box.x1 - box.x0, box.y1 - box.y0], 1.0)
        if self._center is None or self._sides is None:
            following = self._following
            filters = (following.cutoff_hz, following.responsiveness, following.speed_cutoff_hz)
            self._center, self._sides = OneEuro(*filters), OneEuro(*filters)
            self._size = float(sides.max())
        # In hand sizes, so that near and far hands are smoothed alike. The unit is fixed while a hand is followed.
        self._center.update(center / self._size, at_s)
        self._sides.update(np.log(sides), at_s)

    def track(self, at_s: float) -> Track | None:
        """Where the hand is at a time, or None while it is looked for."""
        if self._center is None or self._sides is None or self._center.value is None or self._sides.value is None:
            return None
        middle = self._expected(at_s)
        half = np.exp(self._sides.value) / 2
        box = Box(
            float(middle[0] - half[0]),
            float(middle[1] - half[1]),
            float(middle[0] + half[0]),
            float(middle[1] + half[1]),
        )
        return Track(box, self._score, self._speed())

    def _speed(self) -> float:
        return 0.0 if self._center is None else float(np.linalg.norm(self._center.speed))

    def _expected(self, at_s: float) -> NDArray[np.float64]:
        """Centre in pixels: where it was, carried on at its speed until the next look is overdue.

        What the filter lags behind is made up for as well, the more the surer the hand moves: at rest its speed is
        the locator's noise.
        """
        if self._center is None or self._center.value is None:
            raise ValueError("no hand is followed")
        ahead = float(np.clip(at_s - self._seen_s, 0, self._following.carried_s)) + self._center.lag_s
        speed = self._speed()
        moves = speed**4 / (speed**4 + self._following.slow**4)
        return (self._center.value + self._center.speed * ahead * moves) * self._size

    def _same(self, hands: Sequence[Found], at_s: float) -> Found | None:
        track = self.track(at_s)
        if track is None:
            return None
        middle = self._expected(at_s)
        size = max(track.box.x1 - track.box.x0, track.box.y1 - track.box.y0)

        def away(hand: Found) -> float:
            center = np.array([hand.box.x0 + hand.box.x1, hand.box.y0 + hand.box.y1]) / 2
            return float(np.linalg.norm(center - middle)) / size

        near = [hand for hand in hands if away(hand) <= self._following.reach or overlap(hand.box, track.box) > 0]
        return min(near, key=away, default=None)


def choose(hands: Sequence[Found], choice: Choice) -> Found | None:
    """The hand of a frame that is followed; None where there is none.

    Where it is chooses between hands that are about as sure: a faint one high on the wall is no raised hand.
    """
    if not hands:
        return None
    surest = max(hand.score for hand in hands)
    hands = [hand for hand in hands if hand.score >= _AS_SURE * surest]
    if choice is Choice.LEFT:
        return min(hands, key=lambda hand: hand.box.x0 + hand.box.x1)
    if choice is Choice.RIGHT:
        return max(hands, key=lambda hand: hand.box.x0 + hand.box.x1)
    largest = max(hands, key=lambda hand: _height(hand.box))
    if choice is Choice.LARGEST:
        return largest
    highest = min(hands, key=lambda hand: hand.box.y0 + hand.box.y1)
    higher_by = (largest.box.y0 + largest.box.y1 - highest.box.y0 - highest.box.y1) / 2
    return highest if higher_by > _height(largest.box) / 2 else largest


def _height(box: Box) -> float:
    return max(box.x1 - box.x0, box.y1 - box.y0)
