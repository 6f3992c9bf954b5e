"""Follows one hand from frame to frame and classifies its shape.

The classifier also measures where in its patch the hand is, so that the next patch is cut in the right place.
:class:`~streamsign.recognition.hand_search.HandSearch` runs while no hand is followed or the followed one is doubted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import Framing, fixed_square
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.hand_search import CORNERS, HandSearch
from streamsign.recognition.locate import Detection, Locator
from streamsign.recognition.model import Model
from streamsign.recognition.patch_reader import OnStage, PatchReader, PatchReading, ignore_stage, is_misframed
from streamsign.recognition.track import HandChoice, HandTracker, Track

TRACKING_PRESENCE = 0.5
"""Probability of a hand down to which a followed hand is kept. A new hand needs the model's own threshold."""

DOUBT_TIMEOUT_S = 0.4
"""How long a doubted hand is kept before the frame is searched for another. It is longer than the blur of a change of
letters, in which a hand is doubted too and must not be left for the other one."""


class HandReading(NamedTuple):
    """What one frame shows.

    Attributes:
        square: what was classified, pixels of the frame; None if no hand was found.
        patch: (size, size) uint8, the same.
        probabilities: (labels,) float32, in the model's order.
        track: the followed hand; None with a fixed square, and if no hand was found.
    """

    square: Square | None = None
    patch: NDArray[np.uint8] | None = None
    probabilities: NDArray[np.float32] | None = None
    track: Track | None = None


class HandReader:
    """Reads one camera's hand. Not thread-safe: one per camera.

    Args:
        model: classifies the shape.
        framing: where the hand is.
        hand: which of two hands is followed.
        locator: finds hands in whole frames; the shipped one if None.

    Raises:
        ModelNotFound: the framing is AUTO and the locator is not installed.
        ModelInvalid: a graph cannot be used.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(
        self,
        model: Model,
        framing: Framing = Framing.AUTO,
        hand: HandChoice = HandChoice.RAISED,
        locator: Locator | None = None,
    ) -> None:
        self._framing = framing
        self._threshold = model.info.hand.threshold
        self._reader = PatchReader(model)
        self._search: HandSearch | None = None
        if framing is Framing.AUTO:
            locator = locator or Locator.load(models=model.models, runtime=model.runtime)
            self._search = HandSearch(self._reader, locator, self._threshold)
        self._tracker = HandTracker(hand)
        self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self._tracker.reset()
        if self._search is not None:
            self._search.reset()
        self._corner, self._certain_s = 0, 0.0
        self._certain_box: Box | None = None
        self._anywhere = False

    def reframe(self, scale: float | None) -> None:
        """Go on in a picture of another size.

        Args:
            scale: new pixels an old one; None if the hand may be anywhere, and then all corners are searched at once.
        """
        if scale is None:
            self.reset()
            self._anywhere = True
            return
        if self._search is not None:
            self._search.reset()
        self._tracker.rescale(scale)
        if self._certain_box is not None:
            self._certain_box = Box(*(scale * side for side in self._certain_box))

    def settle(self) -> None:
        """Search one corner a frame again: a hand that was lost by :meth:`reframe` is gone."""
        self._anywhere = False

    def follow(self, hand: HandChoice) -> None:
        """Choose which of two hands is read from the next frame on."""
        self._tracker.follow(hand)

    def read(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: OnStage = ignore_stage,
    ) -> HandReading:
        """Find, follow and classify the hand of the next frame.

        Args:
            luma: (height, width) uint8 brightness.
            at_s: time of the frame, seconds, never decreasing.
            limited_range: True when black is 16 and white 235.
            on_stage: called with "located", "cropped" and "classified" as each ends, twice if the hand was not where
                it was expected.
        """
        if self._search is None:
            square = fixed_square(self._framing, luma.shape[1], luma.shape[0])
            on_stage("located")
            return HandReading(*self._reader.read(luma, square, limited_range=limited_range, on_stage=on_stage)[:3])
        expected = self._tracker.track(at_s)
        followed = None
        if expected is not None:
            on_stage("located")
            min_presence = min(self._threshold, TRACKING_PRESENCE)
            followed = self._reader.read_hand(
                luma, expected.box, min_presence, limited_range=limited_range, on_stage=on_stage
            )
        hands = self._hands(self._search, luma, at_s, followed, limited_range)
        if followed is not None and all(followed.hand.box.iou(each.hand.box) == 0 for each in hands):
            self._tracker.reset()
            followed = None
        self._tracker.update([each.hand for each in hands], at_s)
        track = self._tracker.track(at_s)
        if followed is None:
            on_stage("located")
        if track is None:
            return HandReading()
        if self._certain_s == at_s:
            self._certain_box = track.box
        square = self._reader.square_around(track.box)
        if followed is not None and not is_misframed(followed.square, square):
            return HandReading(followed.square, followed.patch, followed.probabilities, track)
        reading = self._reader.read(luma, square, limited_range=limited_range, on_stage=on_stage)
        return HandReading(square, reading.patch, reading.probabilities, track)

    def find(self, luma: Luma, *, limited_range: bool = False) -> list[Detection]:
        """The hands of a single picture, highest score first, two at most; nothing is followed.

        Args:
            luma: (height, width) uint8 brightness.
            limited_range: True when black is 16 and white 235.

        Raises:
            ValueError: the framing is fixed, so that no hand is located.
        """
        if self._search is None:
            raise ValueError(f"no hand is located with the framing {self._framing}")
        return [each.hand for each in self._search.search(luma, range(CORNERS), limited_range=limited_range)]

    def _hands(
        self, search: HandSearch, luma: Luma, at_s: float, followed: PatchReading | None, limited_range: bool
    ) -> list[PatchReading]:
        """The followed hand, or the found ones if there is none or it has been doubted for too long."""
        if followed is not None:
            # After the timeout the whole frame is searched anyway.
            if (
                followed.hand.score < self._threshold
                and at_s - self._certain_s <= DOUBT_TIMEOUT_S
                and self._certain_box is not None
            ):
                again = search.reacquire(luma, followed.hand.box, self._certain_box, limited_range=limited_range)
                followed = again or followed
            if followed.hand.score >= self._threshold:
                self._certain_s = at_s
            if at_s - self._certain_s <= DOUBT_TIMEOUT_S:
                return [followed]
        corners = range(CORNERS) if self._anywhere else [self._next_corner()]
        found = search.search(luma, corners if followed is None else [], at_s, limited_range=limited_range)
        if found:
            self._certain_s = at_s
            self._anywhere = False
        return found if found or followed is None else [followed]

    def _next_corner(self) -> int:
        self._corner = (self._corner + 1) % CORNERS
        return self._corner
