"""Chooses which of several RTP streams of a video is read. Pure: time is an argument.

One video may come as several streams at once: the layers of a simulcast sender, or a second camera of a sender that
ignores a rejection. Their packets must not be mixed.
"""

from __future__ import annotations

from collections.abc import Collection

SILENT_S = 0.5
"""Silence of the stream that is read after which another may take its place: a sender that started again."""


class MainStream:
    """The SSRC that is read.

    Args:
        announced: SSRCs that the offer names; these are preferred.
    """

    def __init__(self, announced: Collection[int] = ()) -> None:
        self._announced = frozenset(announced)
        self._heard_s = float("-inf")
        self.ssrc: int | None = None

    def takes(self, ssrc: int, now_s: float) -> bool:
        """Whether a packet of a stream is read. It becomes the one that is read if that is due."""
        if ssrc != self.ssrc:
            preferred = ssrc in self._announced and self.ssrc not in self._announced
            if self.ssrc is not None and not preferred and now_s - self._heard_s < SILENT_S:
                return False
            self.ssrc = ssrc
        self._heard_s = now_s
        return True
