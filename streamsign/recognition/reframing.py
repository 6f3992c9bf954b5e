"""Notices that the picture's size changed while a hand is followed. Pure: the time comes with each frame.

A sender changes the size of its picture when the network is slow, when the receiver asks for less, and when a phone is
turned. The hand does not change by that, and neither must the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SAME_ASPECT = 0.03
"""Relative difference of the two sides' scales up to which the picture was only scaled. Encoders round sides to even
numbers."""

SEARCH_S = 0.6
"""How long a hand that was followed may be missing after the picture was cropped or turned until it counts as gone."""


@dataclass(frozen=True, slots=True)
class Reframing:
    """A change of the picture's size.

    Attributes:
        scale: new pixels an old one, when the picture was only scaled; None when it was cropped or turned, so that the
            hand may be anywhere.
    """

    scale: float | None


class FrameSize:
    """The size of one camera's frames."""

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None

    def update(self, height: int, width: int) -> Reframing | None:
        """How the next frame is framed, compared with the last; None if it has the same size or is the first."""
        last, self._shape = self._shape, (height, width)
        if last is None or last == self._shape:
            return None
        down, right = height / last[0], width / last[1]
        scaled = abs(down - right) <= SAME_ASPECT * max(down, right)
        return Reframing(math.sqrt(down * right) if scaled else None)
