"""A motion in which each finger leaves a letter and arrives at the next one at its own time.

Every group of joints (four fingers, thumb, wrist, and the place of the hand) moves from letter to letter on a
minimum-jerk path: 10 s³ - 15 s⁴ + 6 s⁵ (Flash and Hogan 1985, "The coordination of arm movements"). It starts before
the hold of the last letter is over and arrives after the hold of the next one has begun (Keane 2014, "Towards an
articulatory model of handshape", describes it in fingerspelling). Durations are medians of validation films; see
``docs/movement.md``.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.demo.drawn import DRAWN, Drawing, turned
from streamsign.demo.labels import SignedLetter
from streamsign.demo.motion import (
    END_S,
    LEAST_DRAWING_S,
    REST_S,
    WORD_PAUSE_S,
    HandMotion,
    HandState,
    own_way,
)
from streamsign.demo.poses import LETTERS, REST, Pose

Vector = NDArray[np.float64]

WAY_S, WAY_SHARE, SLOW_SHARE = 0.24, 0.43, 0.17
"""Time between two letters, its greatest share of a letter's period, and its least. The medians of four films of
spelled words of validation signers are 0.18, 0.24, 0.28 and 0.60 s at 1.1, 0.6, 1.5 and 0.3 letters a second."""

RAISE_S, LOWER_S = 0.6, 0.5
"""Times in which the hand is raised and lowered. The visible part of it takes 0.37 and 0.30 s, the medians of 26
films of one letter on the validation side."""

LETTER_DEG, LETTER_PLACE = 10.0, 0.06
"""The hand shows a letter while each joint is within LETTER_DEG of its angle in it and the hand is within LETTER_PLACE
hand sizes of its place; the whole way of a finger to a fist is 230 degrees."""

_GROUPS: Final = (slice(0, 4), slice(4, 8), slice(8, 12), slice(12, 16), slice(16, 22), slice(22, 25), slice(25, 28))
"""Index, middle, ring, pinky, thumb, wrist; then lowered, thumbwards and down."""
_WRIST, _PLACE = 5, 6
_EARLY_SHARE, _EARLY_S = 0.35, 0.12  # a group leaves, or arrives, by up to this share of the hold and time off
_UNSEEN = 0.2  # share of the time between two letters that the paths take more, at either end: too slow to be seen
_LEAST_STILL = 0.2  # share of a hold in which no group moves
_SPREAD = 0.2  # standard deviation of the logarithm of times
_LAST_TIMES = 1.5  # the last letter of a word is held longer (Keane 2014)
_DOUBLE_TIMES = 2.0  # a way on which a letter is released and made again takes longer
_TURN_DEG = (7.0, 6.0, 5.0)  # standard deviations of what the wrist turns and comes back on the way: yaw, pitch, roll
_FORMED = 0.5  # share of the time of raising the hand after which its fingers form the letter
_STEP = 0.03  # standard deviation of the change of place from letter to letter, hand sizes
_RELEASED = (0.9, 1.0)  # how far a doubled letter is opened, of the way to the open hand
_SLID, _SLIDE_S = (0.35, 0.55), (0.15, 0.25)  # distance and time by which a doubled letter slides aside, as in bursts
_SLIDES = 0.5  # share of doubled letters that slide
_GRID_S = 0.001


class Hold(NamedTuple):
    """When a letter is held or drawn, seconds, and whether it begins a word, to which the hand is raised."""

    letter: str
    start_s: float
    end_s: float
    first: bool


def filmed_times(letters_per_s: float) -> tuple[float, float]:
    """Seconds for which a letter is held, and seconds between two, at a rate, as filmed."""
    way_s = min(max(WAY_S, SLOW_SHARE / letters_per_s), WAY_SHARE / letters_per_s)
    return 1 / letters_per_s - way_s, way_s


def paced(word: str, rng: np.random.Generator, letter_s: float, transition_s: float) -> list[Hold]:
    """An uneven rhythm for words.

    Args:
        word: letters in upper case, and single spaces between words.
        rng: decides the rhythm.
        letter_s: mean seconds of a hold; the last one of a word is longer.
        transition_s: mean seconds between two; at least RAISE_S before the first one of a word.
    """
    holds = []
    now = REST_S
    for part in word.split():
        rhythm = np.exp(rng.normal(0, _SPREAD, (len(part), 2)))
        rhythm /= rhythm.mean(axis=0)
        rhythm[-1, 0] *= _LAST_TIMES
        for number, letter in enumerate(part):
            hold_s, way_s = (float(time) for time in rhythm[number] * (letter_s, transition_s))
            if letter in DRAWN:
                hold_s = max(DRAWN[letter].longer * hold_s, LEAST_DRAWING_S)
            if number == 0:
                way_s = RAISE_S
            elif letter == part[number - 1]:
                # The hand goes back to where it began to draw.
                way_s = max(_DOUBLE_TIMES * way_s, LEAST_DRAWING_S if letter in DRAWN else 0.0)
            holds.append(Hold(letter, now + way_s, now + way_s + hold_s, number == 0))
            now += way_s + hold_s
        now += LOWER_S + WORD_PAUSE_S
    return holds


def minimum_jerk(share: float) -> float:
    """The share of a way that is done at a share of its time (0 to 1)."""
    return share**3 * (10.0 + share * (6.0 * share - 15.0))


class _Path:
    """Values of one group of joints over time: still at each knot, minimum jerk or a drawing between two."""

    def __init__(self, value: Vector) -> None:
        self.times, self.values = [0.0], [value]
        self.turns: list[tuple[float, float, Vector]] = []
        self._ways: dict[int, Callable[[float], Vector]] = {}

    def go(self, leave_s: float, arrive_s: float, value: Vector) -> None:
        """Stay until a time, then move to a value; a time before the last knot is that of the last knot."""
        leave_s = max(leave_s, self.times[-1])
        self.times += [leave_s, max(arrive_s, leave_s + _GRID_S)]
        self.values += [self.values[-1], value]

    def draw(self, start_s: float, end_s: float, way: Callable[[float], Vector]) -> None:
        """Stay until a time, then follow a way by the share of its time."""
        self.go(start_s, end_s, way(1.0))
        self._ways[len(self.times) - 1] = way

    def at(self, at_s: float) -> Vector:
        after = bisect.bisect_right(self.times, at_s)
        if after == len(self.times):
            return self.values[-1]
        start_s, end_s = self.times[max(0, after - 1)], self.times[after]
        before, value = self.values[max(0, after - 1)], self.values[after]
        share = (at_s - start_s) / (end_s - start_s) if end_s > start_s else 1.0
        if after in self._ways:
            return self._ways[after](share)
        value = before + (value - before) * minimum_jerk(share)
        for start_s, end_s, turn in self.turns:
            if start_s < at_s < end_s:
                share = (at_s - start_s) / (end_s - start_s)
                value = value + turn * (16.0 * share**2 * (1.0 - share) ** 2)
        return value


class CoarticulatedMotion(HandMotion):
    """Fingers move one by one between letters, the wrist turns, and the hand comes from rest and returns to it.

    ``truth`` holds when the hand shows each letter, by :data:`LETTER_DEG`: from the arrival of the last finger to the
    departure of the first.

    Args:
        holds: when each letter is shown, in order; those of :func:`paced`, or a film's. The first one of a word begins
            RAISE_S or more after the start or LOWER_S after the last letter.
        rng: decides poses and paths.
    """

    def __init__(self, holds: Sequence[Hold], rng: np.random.Generator) -> None:
        self._rng = rng
        self._rest = self._relaxed()
        self._place = np.array([1.0, 0.0, 0.0])
        self._paths = [_Path(np.append(self._rest, self._place)[group]) for group in _GROUPS]
        self._free_s = 0.0  # when the hold that is planned last ends
        self._slack_s = 0.0  # time before that end at which a group may leave
        self.framed: list[Pose] = []
        still: list[float] = []
        for number, hold in enumerate(holds):
            before = None if hold.first else holds[number - 1]
            after = holds[number + 1] if number + 1 < len(holds) and not holds[number + 1].first else None
            still.append(self._show(hold, before, after))
            if after is None:
                self._lower()
        self.duration_s = self._free_s + END_S
        self.truth: list[SignedLetter] = []
        for hold, middle_s in zip(holds, still, strict=True):
            shown = hold[1:3] if hold.letter in DRAWN else self._shown(middle_s)
            self.truth.append(SignedLetter(hold.letter, *shown))

    def at(self, at_s: float) -> HandState:
        """The hand at a time."""
        pose = np.concatenate([path.at(at_s) for path in self._paths])
        lowered, thumbwards, down = (float(value) for value in pose[25:])
        return HandState(pose[:25], lowered, thumbwards, down)

    def _show(self, hold: Hold, before: Hold | None, after: Hold | None) -> float:
        """Plan the way to a letter and the letter; returns a time at which no joint moves, unless it is drawn."""
        drawing = DRAWN.get(hold.letter)
        pose = own_way(LETTERS[hold.letter] if drawing is None else drawing.pose, self._rng)
        self.framed.append(pose)
        length_s = hold.end_s - hold.start_s
        earlier_s, later_s = (
            _UNSEEN * (0.0 if a is None or b is None else b.start_s - a.end_s)
            for a, b in ((before, hold), (hold, after))
        )
        less = min(1.0, (1 - _LEAST_STILL) * length_s / max(earlier_s + later_s, 1e-9))
        arrive_s, leave_s = hold.start_s + less * earlier_s, hold.end_s - less * later_s
        if drawing is not None:
            leave_s = hold.end_s  # no finger leaves before it is drawn
            if before is not None:  # the hand is there before it draws
                arrive_s = hold.start_s - _UNSEEN * (hold.start_s - before.end_s)
        slack_s = 0.0 if drawing is not None else min(_EARLY_SHARE * (leave_s - arrive_s), _EARLY_S)
        if before is None:
            self._free_s, self._slack_s = hold.start_s - RAISE_S, 0.0
            # The hand comes up from one side, in front of the person.
            self._place = np.array([1.0, self._rng.normal(0, 0.15), 0.0])
            self._paths[_PLACE].go(self._free_s - 3 * _GRID_S, self._free_s - 2 * _GRID_S, self._place)
            self._place = np.zeros(3)
        elif hold.letter == before.letter:
            self._release(hold.letter, pose, arrive_s)
        else:
            self._place = np.append(0.0, 0.5 * self._place[1:] + self._rng.normal(0, _STEP, 2))
        self._go(arrive_s, np.append(pose, self._place), slack_s, raised=before is None)
        self._free_s, self._slack_s = leave_s, slack_s
        if drawing is not None:
            self._draw(drawing, pose, hold.start_s, length_s)
        return (arrive_s + leave_s) / 2

    def _go(self, arrive_s: float, target: Vector, slack_s: float, *, raised: bool = False) -> None:
        """Move every group to a target, each from its own time before ``_free_s`` to its own after ``arrive_s``.

        The fingers of a hand that is raised form the letter only when it is nearly there.
        """
        for number, (path, group) in enumerate(zip(self._paths, _GROUPS, strict=True)):
            leave_s = self._free_s - self._slack_s * float(self._rng.uniform(0, 1))
            end_s = arrive_s + slack_s * float(self._rng.uniform(0, 1))
            if raised:
                if number == _PLACE:
                    end_s = arrive_s
                else:
                    leave_s += _FORMED * (arrive_s - self._free_s)
            path.go(leave_s, end_s, target[group])
            if number == _WRIST:
                path.turns.append((leave_s, end_s, self._rng.normal(0, _TURN_DEG)))

    def _release(self, letter: str, pose: Pose, arrive_s: float) -> None:
        """Let go of a letter that is made again: slide aside, or open it part of the way."""
        if self._rng.random() < _SLIDES and letter not in DRAWN:
            self._place = self._place + np.array([0.0, -float(self._rng.uniform(*_SLID)), 0.0])
            self._free_s = max(self._free_s, arrive_s - float(self._rng.uniform(*_SLIDE_S)))
            self._slack_s = 0.0
            return
        if letter in DRAWN:  # it is drawn where it was drawn before
            self._place = np.zeros(3)
        opened_s = (self._free_s + arrive_s) / 2
        opened = pose + float(self._rng.uniform(*_RELEASED)) * (own_way(REST, self._rng) - pose)
        opened[22:] = pose[22:]
        self._go(opened_s, np.append(opened, self._place), 0.0)
        self._free_s, self._slack_s = opened_s, 0.0

    def _draw(self, drawing: Drawing, pose: Pose, start_s: float, length_s: float) -> None:
        origin = self._place

        def placed(share: float) -> Vector:
            moved = drawing.way(share)
            return np.asarray(origin + np.array([0.0, moved.thumbwards, moved.down]), np.float64)

        end_s = start_s + length_s
        self._paths[_WRIST].draw(start_s, end_s, lambda share: turned(pose, drawing.way(share))[22:])
        self._paths[_PLACE].draw(start_s, end_s, placed)
        self._place = placed(1.0)

    def _lower(self) -> None:
        """Relax the fingers while the hand goes down."""
        aside = float(self._rng.normal(0, 0.1))
        self._rest = self._relaxed()
        self._go(self._free_s + LOWER_S, np.append(self._rest, [1.0, self._place[1] + aside, self._place[2]]), 0.0)
        self._free_s, self._slack_s = self._free_s + LOWER_S, 0.0

    def _relaxed(self) -> Pose:
        """A hand at rest, turned as it hangs."""
        pose = own_way(REST, self._rng)
        pose[:16] *= float(self._rng.uniform(0.9, 2.0))
        pose[22:] += self._rng.normal([0.0, 18.0, 0.0], [15.0, 8.0, 14.0])
        return pose

    def _shown(self, middle_s: float) -> tuple[float, float]:
        """When the hand shows the letter that it shows at a time."""
        letter = np.concatenate([path.at(middle_s) for path in self._paths])
        limit = np.array([LETTER_DEG] * 25 + [LETTER_PLACE / 2, LETTER_PLACE, LETTER_PLACE])

        def reach(step: int) -> float:
            steps = 0
            while 0 < (at_s := middle_s + (steps + step) * _GRID_S) < self.duration_s:
                if (np.abs(np.concatenate([path.at(at_s) for path in self._paths]) - letter) > limit).any():
                    break
                steps += step
            return middle_s + steps * _GRID_S

        return reach(-1), reach(1)
