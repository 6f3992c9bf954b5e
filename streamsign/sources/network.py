"""A network camera by URL: RTSP, HTTP MJPEG and live HLS, connected again when it falls silent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.sources.file import VideoFile
from streamsign.sources.source import Source

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Pause before a new attempt to connect; it doubles with each."""


class NetworkCamera(Source):
    """A live camera.

    Args:
        video: the camera, connected.
        give_up_after_s: how long it is tried to connect again before the camera counts as gone.
    """

    duration_s: float | None = None
    live = True

    def __init__(self, video: VideoFile, give_up_after_s: float = 30.0) -> None:
        self._video = video
        self._give_up_after_s = give_up_after_s
        self._closed = False

    def __iter__(self) -> Iterator[Frame]:
        """The frames. Times go on over an interruption by as long as it took.

        Raises:
            SourceError: the camera fell silent and could not be connected again.
        """
        at_s = shift_s = 0.0
        while not self._closed:
            error = SourceError(f"{self._video.name} stopped sending.", "Check that the camera is on.")
            try:
                for frame in self._video:
                    at_s = max(at_s, frame.at_s + shift_s)
                    yield replace(frame, at_s=at_s)
            except SourceError as broken:
                error = broken
            silent_s = time.monotonic()
            self._reconnect(error)
            shift_s = at_s + time.monotonic() - silent_s

    def _reconnect(self, error: SourceError) -> None:
        deadline_s, pause_s = time.monotonic() + self._give_up_after_s, FIRST_PAUSE_S
        self._video.close()
        while not self._closed:
            if time.monotonic() + pause_s > deadline_s:
                raise error
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            try:
                self._video = VideoFile(self._video.path)
            except SourceError as again:
                error = again
            else:
                return

    def close(self) -> None:
        """Disconnect."""
        self._closed = True
        self._video.close()
