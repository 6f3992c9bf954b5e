"""The stock implementation: that of the examples of the runtime and the libraries, shared by all benchmarks."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.framing import guide_square
from streamsign.recognition.runtime import interpreter_class

VOTES, WINDOW = 5, 8
"""A letter needs 5 of the last 8 frames: the usual smoothing of classifications by frame."""


class StockClassifier:
    """The interpreter as in its documentation: default arguments, input divided by 255."""

    def __init__(self, path: Path) -> None:
        self.interpreter = interpreter_class()[1](model_path=str(path))
        self.interpreter.allocate_tensors()
        self._input = self.interpreter.get_input_details()[0]["index"]
        self._output = self.interpreter.get_output_details()[0]["index"]

    def read(self, patch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (labels,) of a (96, 96) uint8 patch."""
        self.interpreter.set_tensor(self._input, (patch.astype(np.float32) / 255.0)[None, :, :, None])
        self.interpreter.invoke()
        return np.asarray(self.interpreter.get_tensor(self._output)[0], np.float32)


def stock_patch(frame: av.VideoFrame, size: int) -> NDArray[np.uint8]:
    """Guide box of a decoded frame through color: bgr24, crop, cvtColor, INTER_AREA; (size, size) uint8."""
    picture = frame.to_ndarray(format="bgr24")
    square = guide_square(frame.width, frame.height)
    x0, y0 = round(square.center_x - square.side / 2), round(square.center_y - square.side / 2)
    side = round(square.side)
    gray = cv2.cvtColor(picture[y0 : y0 + side, x0 : x0 + side], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(gray, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


class StockVote:
    """Arg-max of each frame, then a vote over the last frames."""

    def __init__(self, labels: list[str]) -> None:
        self._labels = labels
        self._recent: deque[str] = deque(maxlen=WINDOW)

    def update(self, probabilities: NDArray[np.float32]) -> str | None:
        """The label with enough votes, else None."""
        self._recent.append(self._labels[int(np.argmax(probabilities))])
        label, votes = Counter(self._recent).most_common(1)[0]
        return label if votes >= VOTES else None
