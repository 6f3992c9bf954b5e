"""Finds a hand that is not followed yet: the locator proposes places, the classifier and the locator verify them.

The odds of the locator's first score, of the classifier's patches and of the locator's zoomed views are multiplied.
Each network also sees the place mirrored, and the classifier also nearer and farther: what looks like a hand in one
patch only is rejected. The box of a new hand is the mean of both networks' boxes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from streamsign.recognition.frame import Luma
from streamsign.recognition.fusion import mean_box, mean_detection, odds, probability
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection, Locator
from streamsign.recognition.patch_reader import PatchReader, PatchReading
from streamsign.recognition.rejected_places import RejectedPlaces
from streamsign.recognition.searched_parts import FramePart, SearchedParts

PROPOSAL_SCORE = 0.15
"""Locator score from which a place is shown to the classifier."""

MIN_PRESENCE = 0.88
"""Least probability of a hand by the classifier's patches alone, however high the locator's scores. It costs none of
the validation signers' hands."""

MIN_ODDS_RATIO = math.exp(-3)
"""Odds after the classifier's first patch, over the required odds, below which the search of a place stops."""

SMALL_SHARE = 0.2
"""Longer side of a hand over the frame's shorter side below which a hand needs more evidence."""

SMALL_POWER = 2.0
"""Power of ``SMALL_SHARE`` over the hand's share by which the required odds are multiplied. On the validation signers'
frames 1 % of the hands are smaller than that share, and three quarters of the false ones: logos, ornaments, folds. It
costs none of these hands."""

CORNER_SHARE = 0.65
"""Sides of a corner of the frame that is searched on its own, over the frame's. One corner a frame, in turn. Chosen on
the validation signers' frames, where 98.6 % of hands are found so (``streamsign evaluate DATA/frames --split val --crop
hand``)."""

REACQUIRE_DISTANCE = 1.5
"""Distance, hand sizes, from the last certain box within which a hand is found again as soon as the followed one is
doubted. A fast hand leaves its patch, and the classifier may take a face there for the hand."""

CORNERS = 4

_SAME_IOU = 0.5  # from which a locator box is the followed hand
_MISSED_SCORE = 0.05  # of a zoomed view without a hand: half of the lowest score of a hand


class HandSearch:
    """Searches whole frames. Not thread-safe: one per camera.

    Args:
        reader: classifies patches.
        locator: proposes hands.
        threshold: probability, by all views together, from which a place is a hand.
    """

    def __init__(self, reader: PatchReader, locator: Locator, threshold: float) -> None:
        self._reader = reader
        self._locator = locator
        self._threshold = threshold
        self._rejected = RejectedPlaces()
        self._searched = SearchedParts()

    def reset(self) -> None:
        """Forget the stream."""
        self._rejected.clear()
        self._searched.clear()

    def search(
        self, luma: Luma, corners: Sequence[int], at_s: float | None = None, *, limited_range: bool = False
    ) -> list[PatchReading]:
        """Verified hands, highest score first.

        Args:
            luma: (height, width) uint8.
            corners: numbers of the corners to search if the whole frame shows no hand, below :data:`CORNERS`.
            at_s: time of the frame, seconds, never decreasing: parts of the frame that held no hand are not searched
                again while they stay the same, and places that were rejected are not verified again. None for a single
                picture.
            limited_range: True when black is 16 and white 235.
        """
        if at_s is not None:
            self._searched.begin(luma, at_s)
        height, width = luma.shape
        hands = self._search_part(luma, FramePart(0, 0, width, height), at_s, limited_range)
        if not hands:
            for corner in corners:
                hands += self._search_part(luma, _corner_of(width, height, corner), at_s, limited_range)
        return sorted(hands, key=lambda reading: -reading.hand.score)

    def reacquire(
        self, luma: Luma, doubted: Box, last_certain: Box, *, limited_range: bool = False
    ) -> PatchReading | None:
        """The hand near its last certain box, if the locator does not see the followed one either.

        The followed one of two hands may be doubted while it changes letters. It is kept as long as the locator sees
        it.
        """
        boxes = [each.box for each in self._locator.propose(luma, limited_range=limited_range)]
        if any(box.iou(doubted) >= _SAME_IOU for box in boxes):
            return None
        near = (box for box in boxes if _distance(box, last_certain) <= REACQUIRE_DISTANCE)
        readings = (self._reader.read_hand(luma, box, self._threshold, limited_range=limited_range) for box in near)
        return next((reading for reading in readings if reading is not None), None)

    def _search_part(self, luma: Luma, part: FramePart, at_s: float | None, limited_range: bool) -> list[PatchReading]:
        """Verified hands in a part of a frame."""
        hands: list[PatchReading] = []
        if at_s is not None and self._searched.holds(part):
            return hands
        x, y, width, height = part
        view = luma[y : y + height, x : x + width]
        for proposed, score in self._locator.propose(view, limited_range=limited_range, min_score=PROPOSAL_SCORE):
            box = proposed.moved(x, y)
            if at_s is not None and self._rejected.holds(luma, box, score, at_s):
                continue
            hand = self._verified(luma, box, score, limited_range)
            if hand is not None:
                hands.append(hand)
            elif at_s is not None:
                self._rejected.add(luma, box, self._reader.square_around(box), score, at_s)
        if at_s is not None and not hands:
            self._searched.add(part)
        return hands

    def _verified(self, luma: Luma, box: Box, score: float, limited_range: bool) -> PatchReading | None:
        """The hand at a place that the locator proposes with a score; None if the evidence is too little."""
        required = odds(self._threshold) / odds(score)
        reading = self._reader.read_hand(luma, box, probability(required * MIN_ODDS_RATIO), limited_range=limited_range)
        if reading is None:
            return None
        hand = self._reader.verify(luma, reading, limited_range=limited_range)
        if hand.score < MIN_PRESENCE:
            return None
        zoomed = self._zoomed(luma, hand.box, limited_range)
        found = mean_box([hand.box, zoomed.box])
        required *= size_factor(found, luma)
        if odds(hand.score) * odds(zoomed.score) < required:
            return None
        return reading._replace(hand=hand._replace(box=found))

    def _zoomed(self, luma: Luma, box: Box, limited_range: bool) -> Detection:
        """The hand by two of the locator's zoomed views, as it is and mirrored."""
        views = (
            self._locator.zoom(luma, box, limited_range=limited_range, mirrored=mirrored) for mirrored in (False, True)
        )
        return mean_detection([view or Detection(box, _MISSED_SCORE) for view in views])


def size_factor(box: Box, luma: Luma) -> float:
    """Factor of the required odds for a hand's box in a frame, (height, width) uint8; 1 for all but small hands."""
    share = box.longer_side / min(luma.shape)
    return math.pow(max(1.0, SMALL_SHARE / share), SMALL_POWER)


def _distance(box: Box, other: Box) -> float:
    """Distance of two boxes' centers, in longer sides of the other."""
    return math.dist(box.center, other.center) / other.longer_side


def _corner_of(width: int, height: int, corner: int) -> FramePart:
    """A corner of a frame."""
    part_width, part_height = round(CORNER_SHARE * width), round(CORNER_SHARE * height)
    x, y = (width - part_width) * (corner % 2), (height - part_height) * (corner // 2)
    return FramePart(x, y, part_width, part_height)
