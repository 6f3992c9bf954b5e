"""Where frames come from when no phone sends them: a video file, a network camera, a webcam, the demo signer."""

from __future__ import annotations

from collections.abc import Iterator

from streamsign.recognition.frame import Frame
from streamsign.sources.file import VideoFile
from streamsign.sources.source import Source
from streamsign.sources.webcam import Webcam

__all__ = ["DemoSource", "Source", "VideoFile", "Webcam", "open_source"]

DEMO_WORD = "CELO"


class DemoSource(Source):
    """The demo signer spelling a word; see :class:`streamsign.demo.signer.DemoSigner`."""

    def __init__(self, word: str = DEMO_WORD) -> None:
        from streamsign.demo.signer import DemoSigner

        self._signer = DemoSigner(word)
        self.duration_s = self._signer.duration_s
        self.live = False

    def __iter__(self) -> Iterator[Frame]:
        """Frames as fast as they are rendered, timed as a camera would."""
        return iter(self._signer)

    def close(self) -> None:
        """Nothing to give back."""


def open_source(spec: str | int, *, word: str | None = None) -> Source:
    """Open what ``spec`` names.

    Args:
        spec: the path of a video, an ``rtsp://`` URL, the number of a webcam, or ``demo``.
        word: what the demo signer spells.

    Raises:
        SourceError: it cannot be opened; the message says what to check.
    """
    if spec == "demo":
        return DemoSource(word or DEMO_WORD)
    if isinstance(spec, int) or (spec.isascii() and spec.isdigit()):
        return Webcam(int(spec))
    return VideoFile(spec)
