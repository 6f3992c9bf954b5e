"""Which part of a frame is read: where the hand was found, the guide box, or the whole frame."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from streamsign.recognition.crop import HAND_MARGIN, Square, guide_square, square_around
from streamsign.recognition.frame import Luma
from streamsign.recognition.locate import Found, Locator
from streamsign.recognition.track import Choice, HandTracker, Track


class Framing(StrEnum):
    """Where the hand is."""

    AUTO = "auto"  # wherever the locator finds it
    BOX = "box"  # in the guide box
    FRAME = "frame"  # in the largest square in the middle of the frame


class View(NamedTuple):
    """What is read of one frame: a square, and the hand that it frames where one was looked for.

    Both are None while no hand is found.
    """

    square: Square | None
    track: Track | None


class Framer:
    """Says for each frame of a stream what is read of it. Not thread-safe: one per camera.

    Args:
        framing: where the hand is.
        choice: which of two hands is followed.
        margin: side of the square over the hand's longer side.

    Raises:
        ModelNotFound: hands are to be found and there is no locator.
        ModelInvalid: the locator cannot be used.
    """

    def __init__(
        self, framing: Framing = Framing.AUTO, choice: Choice = Choice.RAISED, margin: float = HAND_MARGIN
    ) -> None:
        self._framing = framing
        self._margin = margin
        self._locator = Locator.load() if framing is Framing.AUTO else None
        self._tracker = HandTracker(choice)

    def reset(self) -> None:
        """Forget the hand."""
        self._tracker.reset()

    def follow(self, choice: Choice) -> None:
        """Which of two hands is read, from the next frame on."""
        self._tracker.follow(choice)

    def doubt(self) -> None:
        """The square shows no clear hand: look again in the next frame."""
        self._tracker.doubt()

    def view(self, luma: Luma, at_s: float, *, limited_range: bool = False) -> View:
        """What to read of a frame.

        Args:
            luma: (height, width) uint8 brightness.
            at_s: time of the frame, seconds, never decreasing.
            limited_range: True when black is 16 and white 235.
        """
        height, width = luma.shape
        if self._locator is None:
            whole = Square(width / 2, height / 2, min(width, height))
            return View(whole if self._framing is Framing.FRAME else guide_square(width, height), None)
        if self._tracker.due(at_s):
            self._tracker.saw(self._hands(self._locator, luma, at_s, limited_range=limited_range), at_s)
        track = self._tracker.track(at_s)
        return View(None if track is None else square_around(track.box, self._margin), track)

    def _hands(self, locator: Locator, luma: Luma, at_s: float, *, limited_range: bool) -> list[Found]:
        """The hand that is followed, looked at closely; all hands of the frame where it is not there."""
        track = self._tracker.track(at_s)
        near = None if track is None else locator.look_closer(luma, track.box, limited_range=limited_range)
        if near is not None and near.score >= locator.info.threshold:
            return [near]
        return locator.find(luma, limited_range=limited_range)
