"""Where frames come from when no phone sends them: a video file, a network camera, a webcam."""

from __future__ import annotations

from streamsign.sources.file import VideoFile
from streamsign.sources.network import NetworkCamera
from streamsign.sources.source import Source
from streamsign.sources.webcam import Webcam

__all__ = ["NetworkCamera", "Source", "VideoFile", "Webcam", "open_source"]


def open_source(spec: str | int) -> Source:
    """Open what ``spec`` names.

    Args:
        spec: the path of a video, an ``rtsp://`` or ``http://`` URL, or the number of a webcam.

    Raises:
        SourceError: it cannot be opened; the message says what to check.
    """
    if isinstance(spec, int) or (spec.isascii() and spec.isdigit()):
        return Webcam(int(spec))
    video = VideoFile(spec)
    return NetworkCamera(video) if video.live else video
