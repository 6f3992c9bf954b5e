"""Follows one hand from frame to frame: which of two it is, where it is, how fast it moves.

Pure: the result depends on the boxes and their times only, so that it does not change with the frame rate. Positions
are smoothed by the 1 € filter (Casiez, Roussel and Vogel 2012): little while the hand moves, strongly while it rests,
so that the patch neither lags nor jitters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection

_MIN_INTERVAL_S = 1e-4  # frames closer than this count as one

_RIVAL_SCORE = 0.8
"""Share of the highest score from which another hand may be chosen."""

_Pair = tuple[float, float]


class HandChoice(StrEnum):
    """Which of two hands is followed."""

    RAISED = "raised"  # the higher one; the larger of two at about the same height
    LARGEST = "largest"
    LEFT = "left"  # as the camera sees it
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Following:
    """Parameters of :class:`HandTracker`.

    Chosen so that boxes that jitter by 2 % of the hand give a center that jitters by less than 1 %, and a hand at three
    sizes a second is followed within a frame (``tests/recognition/test_track.py``).
    """

    carried_s: float = 0.13  # how long a hand that is not seen is extrapolated at its speed
    slow: float = 0.4  # hand sizes a second at which half of the filter's lag is compensated
    misses: int = 2  # frames without it after which it is lost
    reach: float = 0.9  # hand sizes from its expected center within which a box is the same hand
    cutoff_hz: float = 0.6  # of a resting hand
    responsiveness: float = 8.0  # Hz of cutoff gained at one hand size a second, with the square of the speed
    speed_cutoff_hz: float = 1.0


class Track(NamedTuple):
    """Estimated place of the hand.

    ``box`` in pixels of the frame, ``score`` of the last frame that showed it, ``speed`` in hand sizes a second.
    """

    box: Box
    score: float
    speed: float


class OneEuro:
    """Low-pass filter of a pair of numbers whose cutoff rises with speed (Casiez et al. 2012, algorithm 1).

    Plain numbers: NumPy takes ten times as long for arrays of two.

    Args:
        cutoff_hz: while the pair rests.
        responsiveness: Hz gained at a speed of one unit a second.
        speed_cutoff_hz: of the speed itself.
    """

    def __init__(self, cutoff_hz: float, responsiveness: float, speed_cutoff_hz: float) -> None:
        self._cutoff, self._responsiveness, self._speed_cutoff = cutoff_hz, responsiveness, speed_cutoff_hz
        self.value: _Pair | None = None
        self.speed: _Pair = (0.0, 0.0)
        self.lag_s = 0.0
        """Delay of the smoothed pair behind one that moves at constant speed, seconds."""
        self._raw: _Pair = (0.0, 0.0)
        self._at_s = 0.0

    def update(self, raw: _Pair, at_s: float) -> None:
        """Take in a new pair. At the same time the newer one counts."""
        if self.value is None:
            self.value, self._raw = raw, raw
        elif (past_s := at_s - self._at_s) > _MIN_INTERVAL_S:
            jump = ((raw[0] - self._raw[0]) / past_s, (raw[1] - self._raw[1]) / past_s)
            self.speed = _toward(self.speed, jump, _share(self._speed_cutoff, past_s))
            # Squared, unlike the paper: the apparent speed of a locator's noise must not open the filter.
            squared = self.speed[0] * self.speed[0] + self.speed[1] * self.speed[1]
            share = _share(self._cutoff + self._responsiveness * squared, past_s)
            self.value = _toward(self.value, raw, share)
            self.lag_s = past_s * (1 - share) / share
            self._raw = raw
        self._at_s = at_s

    def shift(self, by: float) -> None:
        """Add a number to all values so far."""
        if self.value is not None:
            self.value = (self.value[0] + by, self.value[1] + by)
            self._raw = (self._raw[0] + by, self._raw[1] + by)


def _toward(start: _Pair, end: _Pair, share: float) -> _Pair:
    """The pair that is this share of the way from the start to the end."""
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _share(cutoff_hz: float, past_s: float) -> float:
    """Weight of a new value against the old, exponential smoothing over any interval."""
    return 1 - math.exp(-2 * math.pi * cutoff_hz * past_s)


class HandTracker:
    """Estimates where the hand is.

    For each frame: call :meth:`track` for the place to search, :meth:`update` with what was found, and :meth:`track`
    again.
    """

    def __init__(self, hand: HandChoice = HandChoice.RAISED, following: Following = Following()) -> None:
        self._hand, self._following = hand, following
        self.reset()

    def follow(self, hand: HandChoice) -> None:
        """Follow this hand from now on; a change drops the followed hand."""
        if hand is not self._hand:
            self._hand = hand
            self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self._center: OneEuro | None = None
        self._sides: OneEuro | None = None
        self._score = 0.0
        self._missed = 0
        self._seen_s = -math.inf
        self._size = 1.0

    def update(self, hands: Sequence[Detection], at_s: float) -> None:
        """Take in the hands found in the frame of this time; none counts as a miss."""
        hand = select_hand(hands, self._hand) if self._center is None else self._same(hands, at_s)
        if hand is None:
            self._missed += 1
            if self._missed >= self._following.misses:
                self.reset()
            return
        self._missed, self._score, self._seen_s = 0, hand.score, at_s
        box = hand.box
        center_x, center_y = box.center
        width, height = max(box.width, 1.0), max(box.height, 1.0)
        if self._center is None or self._sides is None:
            following = self._following
            filters = (following.cutoff_hz, following.responsiveness, following.speed_cutoff_hz)
            self._center, self._sides = OneEuro(*filters), OneEuro(*filters)
            self._size = max(width, height)
        # In hand sizes, so that near and far hands are smoothed alike. The unit stays fixed while a hand is followed.
        self._center.update((center_x / self._size, center_y / self._size), at_s)
        self._sides.update((math.log(width), math.log(height)), at_s)

    def rescale(self, scale: float) -> None:
        """Go on in a picture of another size: ``scale`` new pixels an old one. Speed and lag are in hand sizes."""
        self._size *= scale
        if self._sides is not None:
            self._sides.shift(math.log(scale))

    def track(self, at_s: float) -> Track | None:
        """Where the hand is at a time; None while no hand is followed."""
        if self._center is None or self._sides is None or self._center.value is None or self._sides.value is None:
            return None
        x, y = self._expected(at_s)
        half_width, half_height = (math.exp(side) / 2 for side in self._sides.value)
        return Track(Box(x - half_width, y - half_height, x + half_width, y + half_height), self._score, self._speed())

    def _speed(self) -> float:
        return 0.0 if self._center is None else math.hypot(*self._center.speed)

    def _expected(self, at_s: float) -> _Pair:
        """Center in pixels, extrapolated at the hand's speed for at most ``carried_s``.

        The filter's lag is compensated as well, fully while the hand moves clearly: at rest its speed is the locator's
        noise.
        """
        if self._center is None or self._center.value is None:
            raise ValueError("no hand is followed")
        ahead = min(max(0.0, at_s - self._seen_s), self._following.carried_s) + self._center.lag_s
        speed = self._speed()
        moves = speed**4 / (speed**4 + self._following.slow**4)
        x, y = self._center.value
        speed_x, speed_y = self._center.speed
        return (x + speed_x * ahead * moves) * self._size, (y + speed_y * ahead * moves) * self._size

    def _same(self, hands: Sequence[Detection], at_s: float) -> Detection | None:
        track = self.track(at_s)
        if track is None:
            return None
        middle = self._expected(at_s)
        size = track.box.longer_side

        def away(hand: Detection) -> float:
            return math.dist(hand.box.center, middle) / size

        near = [hand for hand in hands if away(hand) <= self._following.reach or hand.box.iou(track.box) > 0]
        return min(near, key=away, default=None)


def select_hand(hands: Sequence[Detection], hand: HandChoice) -> Detection | None:
    """The hand of a frame to follow; None without one.

    Only hands with about the highest score are compared: a faint detection high on the wall is not a raised hand.
    """
    if not hands:
        return None
    highest_score = max(each.score for each in hands)
    hands = [each for each in hands if each.score >= _RIVAL_SCORE * highest_score]
    if hand is HandChoice.LEFT:
        return min(hands, key=lambda each: each.box.center[0])
    if hand is HandChoice.RIGHT:
        return max(hands, key=lambda each: each.box.center[0])
    largest = max(hands, key=lambda each: each.box.longer_side)
    if hand is HandChoice.LARGEST:
        return largest
    highest = min(hands, key=lambda each: each.box.center[1])
    higher_by = largest.box.center[1] - highest.box.center[1]
    return highest if higher_by > largest.box.longer_side / 2 else largest
