"""Rate at which the shape of a hand changes, which separates held letters from shapes in transitions.

Two patches of the same hand are compared by normalized cross-correlation (Lewis 1995) at their best displacement, so
that a hand that only moves, or is cut a little off its center, has not changed its shape. In films of the validation
signers the correlation over 0.1 s is 0.95 or more in 95 of 100 frames of held letters, and 0.95 or less in 90 of 100
frames between letters.
"""

from __future__ import annotations

from collections import deque

from streamsign.recognition.compared_patch import ComparedPatch, Middles

SHORT_S, LONG_S = 0.03, 0.09
"""Least ages of the two earlier patches that are compared: one and three frames at 30 frames a second."""

MIN_RATE = 0.02
"""Least rate that is reported, per second: below it camera noise decides."""

_KEPT_S = 0.25  # an older patch may show another letter
_SLACK_S = 0.003  # cameras' intervals vary by this

_Past = tuple[float, Middles]


class ShapeChange:
    """Rate of change of a hand's shape. Pure: the time comes with each patch."""

    def __init__(self) -> None:
        self._past: deque[_Past] = deque()

    def update(self, patch: ComparedPatch | None, at_s: float) -> float:
        """Take in one patch.

        Args:
            patch: cut around the hand; None without a hand, which starts again.
            at_s: its time, seconds, never decreasing.

        Returns:
            One minus the correlation, per second: the smaller of the rates over :data:`SHORT_S`, which detects the
            start of a hold at once, and over :data:`LONG_S`, which noise affects less. NaN if it is unknown.
        """
        if patch is None:
            self._past.clear()
            return float("nan")
        while self._past and at_s - self._past[0][0] >= _KEPT_S:
            self._past.popleft()
        recent = self._latest(at_s - SHORT_S)
        older = self._latest(at_s - LONG_S)
        compared = [past for past in (recent, older if older is not recent else None) if past is not None]
        rates = [(1 - correlation(before, patch)) / (at_s - before_s) for before_s, before in compared]
        self._past.append((at_s, patch.middles))
        return max(MIN_RATE, min(rates)) if rates else float("nan")

    def _latest(self, until_s: float) -> _Past | None:
        """The latest patch that was captured at this time or before."""
        return next((past for past in reversed(self._past) if past[0] <= until_s + _SLACK_S), None)


def correlation(before: Middles, after: ComparedPatch) -> float:
    """Greatest normalized cross-correlation of the larger middle of one patch with a later patch, 0–1."""
    found = after.large(before)
    return min(1.0, max(0.0, float(found[divmod(int(found.argmax()), found.shape[1])])))
