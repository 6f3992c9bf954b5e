"""Which part of a frame is read: where the hand was found, the guide box, or the whole frame."""

from __future__ import annotations

from enum import StrEnum

from streamsign.recognition.crop import Square, guide_square


class Framing(StrEnum):
    """Where the hand is."""

    AUTO = "auto"  # wherever it is found
    BOX = "box"  # in the guide box
    FRAME = "frame"  # in the largest square in the middle of the frame


def fixed_square(framing: Framing, width: int, height: int) -> Square | None:
    """The square of a width × height frame that is read wherever the hand is; None where it is looked for."""
    if framing is Framing.AUTO:
        return None
    if framing is Framing.BOX:
        return guide_square(width, height)
    return Square(width / 2, height / 2, min(width, height))
