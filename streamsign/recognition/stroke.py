"""How fast the hand moves, quick enough to see the small slide or bounce that doubles a letter.

The tracker's own speed is smoothed for following; this one looks a few frames back and no further.
"""

from __future__ import annotations

import math
from collections import deque

from streamsign.recognition.crop import Box

WINDOW_S = 0.08
"""How far back the hand's place is compared: on the val signers' bursts slides and bounces stood out most over 70 to
100 ms; over one frame the detector's noise drowns them, over 150 ms a bounce is back where it was."""

SIZE_MEMORY_S = 2.0
"""Time constant of the mean size: some letters long."""

_LEAST_S = 1e-3  # frames closer than this are one


class HandSpeed:
    """Speed of a hand from its boxes. Pure: the time comes with each box."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, float, float]] = deque()
        self._size = 0.0

    def update(self, box: Box | None, at_s: float) -> float | None:
        """Speed in hand sizes a second at a time in seconds, never decreasing; None for no hand or a new one.

        The unit is the mean of the hand's longer side over the last seconds: letters differ in size.
        """
        if box is None:
            self._past.clear()
            return None
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        side = max(box.x1 - box.x0, box.y1 - box.y0)
        if not self._past:
            self._size = side
        else:
            self._size += (1 - math.exp(-max(0.0, at_s - self._past[-1][0]) / SIZE_MEMORY_S)) * (side - self._size)
        self._past.append((at_s, x, y))
        while len(self._past) > 2 and at_s - self._past[1][0] >= WINDOW_S:
            self._past.popleft()
        then_s, then_x, then_y = self._past[0]
        if at_s - then_s < _LEAST_S or self._size <= 0:
            return None
        return float(((x - then_x) ** 2 + (y - then_y) ** 2) ** 0.5 / (self._size * (at_s - then_s)))
