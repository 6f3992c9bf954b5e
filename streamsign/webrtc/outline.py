"""Selects the outlines of the hand that are sent to a camera: those that look different. Pure: time is an argument.

A message on a data channel takes 0.3 to 0.4 ms of the event loop, half of its other time for a frame, and a hand that
is held still looks the same in every frame.
"""

from __future__ import annotations

from streamsign.captions.events import Hand, HandBox

REFRESH_S = 0.25
"""Longest time without an outline: pages remove an older one."""

STEP = 0.005
"""Share of the frame by which a side must move to be visible: two pixels of a phone's preview."""


class Outline:
    """Holds the outline that was sent last."""

    def __init__(self) -> None:
        self._sent: Hand | None = None

    def is_news(self, hand: Hand) -> bool:
        """Whether to send an outline; if so, it counts as sent."""
        sent = self._sent
        if (
            sent is not None
            and 0 <= hand.captured_s - sent.captured_s < REFRESH_S
            and (hand.framing, hand.hint) == (sent.framing, sent.hint)
            and not _moved(sent.box, hand.box)
        ):
            return False
        self._sent = hand
        return True


def _moved(before: HandBox | None, after: HandBox | None) -> bool:
    if before is None or after is None:
        return before is not after
    sides = ((before.x0, after.x0), (before.y0, after.y0), (before.x1, after.x1), (before.y1, after.y1))
    return any(abs(new - old) >= STEP for old, new in sides)
