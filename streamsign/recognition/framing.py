"""Which square of a frame is read: around a found hand, the guide box, or the middle of the frame.

Serving, training and evaluation all make their squares here, so that the networks see the same framing everywhere.
"""

from __future__ import annotations

from enum import StrEnum

from streamsign.recognition.geometry import Box, Square

HAND_MARGIN = 1.3
"""Side of the patch square over the hand's longer side. All fingertips are inside even if the box is 15 % short."""

GUIDE_SHARE = 0.7
"""Side of the guide box over the frame's shorter side. A hand at arm's length from a phone's front camera fills it."""


class Framing(StrEnum):
    """Where the hand is."""

    AUTO = "auto"  # anywhere in the frame; it is located
    BOX = "box"  # in the guide box
    FRAME = "frame"  # in the largest centered square of the frame


def square_around(hand: Box, margin: float = HAND_MARGIN) -> Square:
    """The square that frames a hand as the classifier expects it: same center, ``margin`` × its longer side."""
    return Square(*hand.center, margin * hand.longer_side)


def guide_square(width: int, height: int, share: float = GUIDE_SHARE) -> Square:
    """The guide box drawn over the preview: centered, ``share`` × the shorter side of a width × height frame."""
    return Square(width / 2, height / 2, share * min(width, height))


def fixed_square(framing: Framing, width: int, height: int) -> Square:
    """The square of a width × height frame that is read wherever the hand is.

    Raises:
        ValueError: the framing is AUTO, so that the square depends on the hand.
    """
    if framing is Framing.AUTO:
        raise ValueError(f"the framing {framing} has no fixed square")
    return guide_square(width, height, GUIDE_SHARE if framing is Framing.BOX else 1.0)
