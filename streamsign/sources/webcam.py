"""A camera plugged into this computer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.sources.source import Source

_SILENT_S = 5.0
"""Seconds without a picture after which a camera counts as gone; opening one may take two."""


class Webcam(Source):
    """The newest frames of a webcam; those the reader has no time for are dropped.

    Args:
        index: number of the camera, 0 for the first.

    Raises:
        SourceError: the camera does not exist, or another program uses it.
    """

    def __init__(self, index: int = 0) -> None:
        self.duration_s = None
        self.live = True
        self._index = index
        before = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # its warnings say less than ours
        try:
            self._capture = cv2.VideoCapture(index)
        finally:
            cv2.utils.logging.setLogLevel(before)
        if not self._capture.isOpened():
            self._capture.release()
            raise SourceError(
                f"Camera {index} cannot be opened.",
                "Check that it is plugged in, that no other program is using it, and that you may use it "
                "(Linux: `ls -l /dev/video*` and the group video; macOS: Privacy & Security, Camera).",
            )
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._newest: Frame | None = None
        self._arrived = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._read, name=f"webcam-{index}", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        started_s = time.monotonic()
        while not self._closed:
            received, picture = self._capture.read()
            if not received:
                time.sleep(0.01)  # some drivers fail at once while a camera wakes up
                continue
            now_s = time.monotonic()
            # OpenCV hands out BGR in full range, whatever the camera sent.
            gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            with self._arrived:
                self._newest = Frame(np.asarray(gray, np.uint8), now_s - started_s, stamps={"decoded_s": now_s})
                self._arrived.notify()
        self._capture.release()

    def __iter__(self) -> Iterator[Frame]:
        """Frames as they come, until the source is closed.

        Raises:
            SourceError: no frame came for five seconds.
        """
        while not self._closed:
            with self._arrived:
                self._arrived.wait_for(lambda: self._newest is not None or self._closed, _SILENT_S)
                frame, self._newest = self._newest, None
            if frame is not None:
                yield frame
            elif not self._closed:
                raise SourceError(
                    f"Camera {self._index} sent no picture for {_SILENT_S:.0f} s.", "Plug it in, then start again."
                )

    def close(self) -> None:
        """Give the camera back."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        self._thread.join(timeout=_SILENT_S)
