"""How the demo signer's hand moves through a word, and a motion whose joints all move at the same time.

:mod:`streamsign.demo.coarticulation` has the other motion, in which each finger moves at its own time.
"""

from __future__ import annotations

import bisect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from streamsign.demo.drawn import DRAWN, Drawing, turned
from streamsign.demo.labels import SignedLetter
from streamsign.demo.poses import LETTERS, REST, Pose, blend, eased

REST_S = 0.8
"""Seconds without a hand in the picture before the word."""

END_S = 1.2
"""Seconds without a hand in the picture after the word: longer than the pause that ends a word by default."""

WORD_PAUSE_S = 2.0
"""Seconds without a hand in the picture between two words."""

LEAST_DRAWING_S = 0.5
"""Shortest time in which J or Z is drawn, however short other letters are held."""

MOST_DRAWING_S = 1.5
"""Longest time in which J or Z is drawn, however long other letters are held."""

HOLD_SHARE = 2 / 3
"""Of the time a letter takes, the share for which its shape is held; the rest is the way to the next one."""

LONGEST_WAY_S = 0.35
"""Longest way to the next letter, seconds: below one letter a second only the letters take longer, because a hand that
moves slowly shows the shapes between two letters for as long as letters."""

BEFORE_DRAWING, AFTER_DRAWING = 0.35, 0.25
"""Times for which the hand stands still before and after a drawing, over that of a held letter."""


def keyed_times(letters_per_s: float) -> tuple[float, float]:
    """Seconds for which a letter is held, and seconds between two, at a rate."""
    way_s = min((1 - HOLD_SHARE) / letters_per_s, LONGEST_WAY_S)
    return 1 / letters_per_s - way_s, way_s


class HandState(NamedTuple):
    """Position and pose of the hand.

    Attributes:
        pose: joint angles, see :mod:`streamsign.demo.poses`.
        lowered: 0 in the guide box, 1 below the picture.
        thumbwards, down: how far it has moved, hand sizes.
    """

    pose: Pose
    lowered: float
    thumbwards: float = 0.0
    down: float = 0.0


class HandMotion(ABC):
    """The movement of a hand through a word.

    Attributes:
        truth: the letters in order.
        duration_s: seconds of the whole film.
        framed: poses that fit the guide box together, by a hand of one size; None if each pose is fitted by itself.
    """

    truth: list[SignedLetter]
    duration_s: float
    framed: Sequence[Pose] | None

    @abstractmethod
    def at(self, at_s: float) -> HandState:
        """The hand at a time, seconds; before the start and after the end it is where it was then."""


def own_way(pose: Pose, rng: np.random.Generator) -> Pose:
    """A pose as it is made once: fingers differ by a few degrees, mostly together."""
    together = np.tile(np.append(rng.normal(0, 3.0, 3), 0.0), 4)
    apart = np.concatenate([np.tile([1.5, 1.5, 1.5, 1.2], 4), np.full(6, 2.5), [4.0, 4.0, 3.5]])
    difference = np.concatenate([together, np.zeros(9)]) + rng.normal(0, 1, pose.shape) * apart
    return np.asarray(pose + np.clip(difference, -7.0, 7.0), np.float64)


@dataclass(frozen=True, slots=True)
class _Key:
    at_s: float
    pose: Pose
    lowered: float
    moved: tuple[float, float] = (0.0, 0.0)
    drawing: Drawing | None = None  # from this key to the next


class KeyedMotion(HandMotion):
    """All joints leave a letter together, arrive at the next one together, and stand still while it is held.

    Args:
        word: letters in upper case, and spaces.
        rng: decides small differences in the poses.
        letter_s, transition_s: see :class:`streamsign.demo.signer.DemoSigner`.
    """

    def __init__(self, word: str, rng: np.random.Generator, letter_s: float, transition_s: float) -> None:
        keys = [_Key(0.0, REST, 1.0), _Key(REST_S, REST, 1.0)]
        truth: list[SignedLetter] = []
        now = REST_S
        for number, letter in enumerate(word):
            if letter == " ":
                now += 1.4 * transition_s
                keys.append(_Key(now, REST, 1.0))
                now += WORD_PAUSE_S
                keys.append(_Key(now, REST, 1.0))
                continue
            if number and letter == word[number - 1]:
                now += transition_s
                opened = own_way(REST, rng)
                keys.append(_Key(now, opened, 0.0))
                now += transition_s
                keys.append(_Key(now, opened, 0.0))
            first_of_word = not number or word[number - 1] == " "
            now += 1.4 * transition_s if first_of_word else transition_s
            drawing = DRAWN.get(letter)
            pose = own_way(LETTERS[letter] if drawing is None else drawing.pose, rng)
            keys.append(_Key(now, pose, 0.0))
            start_s = now
            if drawing is None:
                now += letter_s
                keys.append(_Key(now, pose, 0.0))
            else:
                start_s += BEFORE_DRAWING * letter_s
                keys.append(_Key(start_s, pose, 0.0, drawing=drawing))
                now = start_s + min(max(drawing.longer * letter_s, LEAST_DRAWING_S), MOST_DRAWING_S)
                end = drawing.way(1.0)
                held = _Key(now, turned(pose, end), 0.0, (end.thumbwards, end.down))
                keys += [held, replace(held, at_s=now + AFTER_DRAWING * letter_s)]
            truth.append(SignedLetter(letter, start_s, now))
            now = keys[-1].at_s
        now += 1.4 * transition_s
        keys.append(_Key(now, REST, 1.0))
        self.truth = truth
        self.duration_s = now + END_S
        self.framed = None
        self._keys = keys
        self._times = [key.at_s for key in keys]

    def at(self, at_s: float) -> HandState:
        """The hand at a time."""
        after = bisect.bisect_right(self._times, at_s)
        if after in (0, len(self._keys)):
            key = self._keys[max(0, after - 1)]
            return HandState(key.pose, key.lowered, *key.moved)
        a, b = self._keys[after - 1], self._keys[after]
        share = (at_s - a.at_s) / (b.at_s - a.at_s)
        if a.drawing is not None:
            drawn = a.drawing.way(share)
            return HandState(turned(a.pose, drawn), 0.0, drawn.thumbwards, drawn.down)
        done = eased(share)
        lowered, *moved = (
            x + (y - x) * done for x, y in zip((a.lowered, *a.moved), (b.lowered, *b.moved), strict=True)
        )
        return HandState(blend(a.pose, b.pose, share), lowered, *moved)
