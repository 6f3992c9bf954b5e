"""Which outlines of its hand a camera is told: those that look different. Pure: time comes with them.

A message on a data channel costs the server 0.3 to 0.4 ms, half of what its loop spends on a frame otherwise, and a
hand that is held still looks the same in every frame.
"""

from __future__ import annotations

from streamsign.captions.events import Hand, HandBox

REFRESH_S = 0.25
"""So long at most without an outline: pages let one that grows old vanish."""

STEP = 0.005
"""Share of the picture by which a side must move to be seen to: two pixels of a phone's preview."""


class Outline:
    """Remembers what a camera was told."""

    def __init__(self) -> None:
        self._told: Hand | None = None

    def is_news(self, hand: Hand) -> bool:
        """Whether to tell it this one, and then it counts as told."""
        told = self._told
        if (
            told is not None
            and 0 <= hand.captured_s - told.captured_s < REFRESH_S
            and (hand.framing, hand.hint) == (told.framing, told.hint)
            and not _moved(told.box, hand.box)
        ):
            return False
        self._told = hand
        return True


def _moved(before: HandBox | None, after: HandBox | None) -> bool:
    if before is None or after is None:
        return before is not after
    sides = ((before.x0, after.x0), (before.y0, after.y0), (before.x1, after.x1), (before.y1, after.y1))
    return any(abs(new - old) >= STEP for old, new in sides)
