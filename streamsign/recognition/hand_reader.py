"""Finds one hand, follows it and reads its shape, frame by frame: one network does the last two.

The network that reads a patch says where in it the hand is, so that the next patch is cut in the right place; the
locator looks over the whole frame, and a part of it more closely, while no hand is followed or what is followed is
doubted. What it finds is a hand only if the reading network, shown the place, sees one too, and so does the locator by
another look, from near: the odds of the three are multiplied. Each is shown the place mirrored as well, and the reading
network nearer and farther: what is a hand in one patch only is none. Where a new hand is, both networks say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier, HandInPatch
from streamsign.recognition.crop import Box, Square, cut_patch, square_around
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import Framing, fixed_square
from streamsign.recognition.locate import Found, Locator, overlap
from streamsign.recognition.model import Model
from streamsign.recognition.track import Choice, HandTracker, Track

ASIDE = 0.12
"""Share of the patch's side that a hand may be off its middle and still be read: what training shifted it by."""

RESIZED = math.log(1.22)
"""Log of how much larger or smaller than framed it may be: training's smallest patch was 0.82 of serving's."""

GLANCE = 0.15
"""Score from which what the locator sees is shown to the reading network."""

OTHERWISE = 1.2
"""How much nearer and farther the reading network looks at a new hand. With these and the mirrored patch, where six
of a thousand pictures show false hands, 98.3 % of the validation signers' hands were found before the locator helped to
tell and to place them; with the first patch alone 97.6 %."""

SEEN_ITSELF = 0.88
"""Probability by the reading network's looks alone below which the locator, however sure, finds no hand. It costs none
of the validation signers' hands."""

HOPELESS = math.exp(-3)
"""Odds, over those wanted, below which the other looks would be vain."""

PART = 0.65
"""Sides of the part of a frame that is looked at more closely, over the frame's: one corner a frame, in turn. Chosen on
the validation signers' frames, where 98.6 % of hands are found so (``streamsign evaluate DATA/frames --split val --crop
hand``)."""

STILL_THERE = 0.5
"""Probability down to which a hand that is followed is believed to be there; to be found it takes the model's own."""

DOUBTED_S = 0.4
"""A followed thing that is doubted so long is left for a hand elsewhere: longer than the blur of one change of letters,
in which a hand is doubted too and the other one must not be gone over to."""

NEARBY = 1.5
"""Hand sizes from where a hand was last sure within which it may be found again as soon as what is followed is doubted:
a quick hand leaves the patch behind, and the reading network may take a face in it for the hand."""

_SAME = 0.5  # overlap from which what the locator sees is what is followed
_CORNERS = 4
_UNSEEN = 0.05  # score of a look from near that sees no hand: half of the least that one has
_SURE = 1e-6  # a probability is no nearer to 0 or 1
_SUREST = 7.0  # log odds of one look among others, at most: it must not outvote them


class Look(NamedTuple):
    """What one frame shows.

    Attributes:
        square: what was read, pixels of the frame; None where no hand was found.
        patch: (size, size) uint8, the same.
        probabilities: (labels,) float32, in the model's order.
        track: the hand that is followed; None in a fixed square, and where none was found.
    """

    square: Square | None = None
    patch: NDArray[np.uint8] | None = None
    probabilities: NDArray[np.float32] | None = None
    track: Track | None = None


class _Close(NamedTuple):
    """A patch that was read, and the hand that it shows."""

    square: Square
    patch: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    hand: Found


OnStage = Callable[[str], None]
"""Called with a stage's name as it ends, for whoever keeps time."""


def ignore_stage(_stage: str) -> None:
    """Nobody keeps time."""


class HandReader:
    """Reads one camera's hand. Not thread-safe: one per camera.

    Args:
        model: reads the shape.
        framing: where the hand is.
        choice: which of two hands is followed.
        locator: finds hands in whole frames; the shipped one when None.

    Raises:
        ModelNotFound: hands are to be found and there is no locator.
        ModelInvalid: a graph cannot be used.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(
        self,
        model: Model,
        framing: Framing = Framing.AUTO,
        choice: Choice = Choice.RAISED,
        locator: Locator | None = None,
    ) -> None:
        info = model.info
        self._classifier = Classifier(model)
        self._framing = framing
        self._margin = info.framing.margin
        self._size = info.input.size
        self._believed = 0.0 if info.hand is None else info.hand.threshold
        self._follows = info.hand is not None
        self._locator = (
            (locator or Locator.load(models=model.models, runtime=model.runtime)) if framing is Framing.AUTO else None
        )
        self._tracker = HandTracker(choice)
        self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self._tracker.reset()
        self._corner, self._sure_s = 0, 0.0
        self._sure_box: Box | None = None

    def follow(self, choice: Choice) -> None:
        """Which of two hands is read, from the next frame on."""
        self._tracker.follow(choice)

    def read(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: OnStage = ignore_stage,
    ) -> Look:
        """Find, follow and read the hand of the next frame.

        Args:
            luma: (height, width) uint8 brightness.
            at_s: time of the frame, seconds, never decreasing.
            limited_range: True when black is 16 and white 235.
            on_stage: called with "located", "cropped" and "classified" as each ends; a second time where the hand was
                not where it was expected.
        """
        square = fixed_square(self._framing, luma.shape[1], luma.shape[0])
        if square is not None:
            on_stage("located")
            return Look(square, *self._read(luma, square, limited_range, on_stage))
        expected = self._tracker.track(at_s)
        close = None
        if expected is not None:
            on_stage("located")
            close = self._closer(luma, expected.box, min(self._believed, STILL_THERE), limited_range, on_stage)
        hands = self._hands(luma, at_s, close, limited_range)
        if close is not None and all(overlap(close.hand.box, each.hand.box) == 0 for each in hands):
            self._tracker.reset()
            close = None
        self._tracker.saw([each.hand for each in hands], at_s)
        track = self._tracker.track(at_s)
        if close is None:
            on_stage("located")
        if track is None:
            return Look()
        if self._sure_s == at_s:
            self._sure_box = track.box
        square = square_around(track.box, self._margin)
        if close is not None and not _is_off(close.square, square):
            return Look(close.square, close.patch, close.probabilities, track)
        return Look(square, *self._read(luma, square, limited_range, on_stage), track)

    def find(self, luma: Luma, *, limited_range: bool = False) -> list[Found]:
        """The hands of a single picture, surest first, two at most; nothing is followed.

        Args:
            luma: (height, width) uint8 brightness.
            limited_range: True when black is 16 and white 235.

        Raises:
            ValueError: the framing is fixed, so that no hand is looked for.
        """
        if self._locator is None:
            raise ValueError(f"no hand is looked for with the framing {self._framing}")
        return [close.hand for close in self._search(luma, list(range(_CORNERS)), limited_range)]

    def _hands(self, luma: Luma, at_s: float, close: _Close | None, limited_range: bool) -> list[_Close]:
        """The hand that is followed; what is found where there is none, or where it has been doubted for long."""
        if close is not None:
            # Later the whole frame is searched anyway.
            if close.hand.score < self._believed and at_s - self._sure_s <= DOUBTED_S:
                close = self._left_behind(luma, close, limited_range) or close
            if close.hand.score >= self._believed:
                self._sure_s = at_s
            if at_s - self._sure_s <= DOUBTED_S:
                return [close]
        found = self._search(luma, [self._next_corner()] if close is None else [], limited_range)
        if found:
            self._sure_s = at_s
        return found if found or close is None else [close]

    def _left_behind(self, luma: Luma, doubted: _Close, limited_range: bool) -> _Close | None:
        """The hand near where it was sure, if what is followed is none to the locator either; None where there is none.

        Of two hands the one that is followed may be doubted in a change of letters: it is kept as long as the locator
        sees it.
        """
        if self._locator is None or self._sure_box is None:
            return None
        boxes = [found.box for found in self._locator.glance(luma, limited_range=limited_range)]
        if any(overlap(box, doubted.hand.box) >= _SAME for box in boxes):
            return None
        near = (box for box in boxes if _away(box, self._sure_box) <= NEARBY)
        seen = (self._closer(luma, box, self._believed, limited_range, ignore_stage) for box in near)
        return next((close for close in seen if close is not None), None)

    def _next_corner(self) -> int:
        self._corner = (self._corner + 1) % _CORNERS
        return self._corner

    def _search(self, luma: Luma, corners: list[int], limited_range: bool) -> list[_Close]:
        """What the locator takes for hands and the reading network, shown the places, does too; surest first.

        Looks over the frame, and where that shows none over its corners.
        """
        if self._locator is None:
            return []
        if self._follows:
            hands = self._confirmed(luma, 0, 0, luma, limited_range)
            if not hands:
                for x, y, part in (_part(luma, corner) for corner in corners):
                    hands += self._confirmed(luma, x, y, part, limited_range)
            return sorted(hands, key=lambda close: -close.hand.score)
        found = self._locator.find(luma, limited_range=limited_range)
        return [self._about(luma, hand, limited_range, ignore_stage) for hand in found]

    def _confirmed(self, luma: Luma, x: int, y: int, part: Luma, limited_range: bool) -> list[_Close]:
        """Hands that the locator sees in the part of a frame that begins at (x, y), and the reading network too."""
        hands: list[_Close] = []
        if self._locator is None:
            return hands
        for (x0, y0, x1, y1), score in self._locator.glance(part, limited_range=limited_range, least=GLANCE):
            # The odds that are wanted of all looks, less those that the locator's first one gives.
            wanted = _odds(self._believed) / _odds(score)
            least = _probability(wanted * HOPELESS)
            close = self._closer(luma, Box(x0 + x, y0 + y, x1 + x, y1 + y), least, limited_range, ignore_stage)
            if close is not None:
                hand = self._seen_otherwise(luma, close, limited_range)
                near = _from_near(self._locator, luma, hand.box, limited_range)
                if hand.score >= SEEN_ITSELF and _odds(hand.score) * _odds(near.score) >= wanted:
                    # Half of the place is the reading network's, half the locator's.
                    hands.append(close._replace(hand=hand._replace(box=_mean_box([hand.box, near.box]))))
        return hands

    def _seen_otherwise(self, luma: Luma, close: _Close, limited_range: bool) -> Found:
        """The hand by four looks, the mean of their log odds and of their boxes.

        They are the patch that was read, its mirror image, a nearer and a farther one.
        """
        square = close.square
        nearer, farther = (square._replace(side=square.side * times) for times in (1 / OTHERWISE, OTHERWISE))
        looks = [close.hand]
        for where, mirrored in ((square, True), (nearer, False), (farther, False)):
            patch = close.patch[:, ::-1] if mirrored else cut_patch(luma, where, self._size)
            self._classifier.read(np.ascontiguousarray(patch), limited_range=limited_range)
            if (seen := self._classifier.hand()) is not None:
                seen = seen._replace(right=-seen.right) if mirrored else seen
                looks.append(Found(_in_frame(seen, where, self._margin), seen.presence))
        return _mean(looks)

    def _closer(self, luma: Luma, box: Box, believed: float, limited_range: bool, on_stage: OnStage) -> _Close | None:
        """The hand about a box, in two patches where the first is not cut well; None where there is none after all."""
        if not self._follows:
            found = None if self._locator is None else self._locator.seen_again(luma, box, limited_range=limited_range)
            return None if found is None else self._about(luma, found, limited_range, on_stage)
        close = self._seen_at(luma, square_around(box, self._margin), believed, limited_range, on_stage)
        if close is not None and _is_off(close.square, wanted := square_around(close.hand.box, self._margin)):
            close = self._seen_at(luma, wanted, believed, limited_range, on_stage)
        return close

    def _seen_at(
        self, luma: Luma, square: Square, believed: float, limited_range: bool, on_stage: OnStage
    ) -> _Close | None:
        """What a square shows, if the network believes that there is a hand in it."""
        patch, probabilities = self._read(luma, square, limited_range, on_stage)
        seen = self._classifier.hand()
        if seen is None or seen.presence < believed:
            return None
        return _Close(square, patch, probabilities, Found(_in_frame(seen, square, self._margin), seen.presence))

    def _about(self, luma: Luma, hand: Found, limited_range: bool, on_stage: OnStage) -> _Close:
        """What the square about a found hand shows."""
        square = square_around(hand.box, self._margin)
        return _Close(square, *self._read(luma, square, limited_range, on_stage), hand)

    def _read(
        self, luma: Luma, square: Square, limited_range: bool, on_stage: OnStage
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        patch = cut_patch(luma, square, self._size)
        on_stage("cropped")
        probabilities = self._classifier.read(patch, limited_range=limited_range)
        on_stage("classified")
        return patch, probabilities


def _from_near(locator: Locator, luma: Luma, box: Box, limited_range: bool) -> Found:
    """The hand about a box by two of the locator's looks, as it is and mirrored."""
    looks = (
        locator.look_closer(luma, box, limited_range=limited_range, mirrored=mirrored) for mirrored in (False, True)
    )
    return _mean([look or Found(box, _UNSEEN) for look in looks])


def _mean(looks: Sequence[Found]) -> Found:
    """The hand of the mean box, as sure as the mean log odds."""
    logs = (min(_SUREST, max(-_SUREST, math.log(_odds(look.score)))) for look in looks)
    odds = math.exp(sum(logs) / len(looks))
    return Found(_mean_box([look.box for look in looks]), _probability(odds))


def _mean_box(boxes: Sequence[Box]) -> Box:
    """The box of the mean centre and the geometric mean of the sides."""
    edges = np.array(boxes)
    middle = (edges[:, :2] + edges[:, 2:]).mean(axis=0) / 2
    half = np.exp(np.log(np.maximum(edges[:, 2:] - edges[:, :2], 1e-3)).mean(axis=0)) / 2
    return Box(*(middle - half).tolist(), *(middle + half).tolist())


def _away(box: Box, other: Box) -> float:
    """Distance of two boxes' centres, in longer sides of the other."""
    size = max(other.x1 - other.x0, other.y1 - other.y0)
    return math.hypot(box.x0 + box.x1 - other.x0 - other.x1, box.y0 + box.y1 - other.y0 - other.y1) / (2 * size)


def _odds(probability: float) -> float:
    sure = min(max(probability, _SURE), 1 - _SURE)
    return sure / (1 - sure)


def _probability(odds: float) -> float:
    return odds / (1 + odds)


def _part(luma: Luma, corner: int) -> tuple[int, int, Luma]:
    """A corner of a frame, and where it begins."""
    height, width = luma.shape
    part_height, part_width = round(PART * height), round(PART * width)
    x, y = (width - part_width) * (corner % 2), (height - part_height) * (corner // 2)
    return x, y, luma[y : y + part_height, x : x + part_width]


def _is_off(square: Square, wanted: Square) -> bool:
    """Whether a hand that another square would frame is too far aside, near or far in a square to be read there."""
    aside = max(abs(square.center_x - wanted.center_x), abs(square.center_y - wanted.center_y)) / square.side
    return aside > ASIDE or abs(math.log(wanted.side / square.side)) > RESIZED


def _in_frame(seen: HandInPatch, square: Square, margin: float) -> Box:
    unit = square.side / margin
    x, y = square.center_x + seen.right * unit, square.center_y + seen.down * unit
    half_width, half_height = (
        unit * math.exp(min(2.0, max(-3.0, log))) / 2 for log in (seen.log_width, seen.log_height)
    )
    return Box(x - half_width, y - half_height, x + half_width, y + half_height)
