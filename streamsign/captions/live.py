"""A room's changes as WebVTT cues while they happen. Pure: time is an argument."""

from __future__ import annotations

from streamsign.captions.formats import LAST_CUE_S, Cue, screen_lines

CUE_S = 1.0
"""Longest cue, and so the longest wait of a follower. A cue is sent when it has ended, because the end of a WebVTT cue
cannot be changed later."""


class LiveCues:
    """Cuts the text on screen into cues that have ended, in order and without overlap.

    The text stays on screen for LAST_CUE_S after its last change, as in a file.

    Args:
        start_s: time that is 0 in the cues, seconds.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._text = ""
        self._from_ms = 0
        self._until_ms = 0

    def change(self, text: str, at_s: float) -> list[Cue]:
        """Change the text on screen; return the cue of the previous text if it was shown and differs."""
        shown = screen_lines(text)
        if shown == self._text:
            return []
        ended = self.tick(at_s, least_s=0.0)
        self._from_ms = max(self._from_ms, self._ms(at_s))
        self._until_ms = self._from_ms + round(LAST_CUE_S * 1000)
        self._text = shown
        return ended

    def tick(self, at_s: float, least_s: float = CUE_S) -> list[Cue]:
        """The cue of what was shown until now, if it is at least ``least_s`` long or has just ended."""
        now_ms = self._ms(at_s)
        end_ms = min(now_ms, self._until_ms)
        gone = now_ms >= self._until_ms
        if end_ms <= self._from_ms or not (gone or end_ms - self._from_ms >= least_s * 1000):
            return []
        cue = Cue(self._from_ms, end_ms, self._text)
        self._from_ms = end_ms
        return [cue] if cue.text else []

    def _ms(self, at_s: float) -> int:
        return max(0, round((at_s - self._start_s) * 1000))
