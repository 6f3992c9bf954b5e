"""Finds the signing hand in a whole frame: a small network's heat map of hand centers (Zhou et al. 2019, CenterNet).

The luma plane is shrunk to fit a square.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from streamsign.errors import ModelInvalid
from streamsign.recognition.folders import check_graph, find_folder, read_document
from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.recognition.levels import full_range_levels
from streamsign.recognition.runtime import Runtime, one_tensor, open_interpreter

LOCATE_SIZE = 160
"""Side of the network's input in pixels: a hand of 8 % of a 4:3 frame's height is ten pixels of it."""

STRIDE = 8
"""Pixels of the input to a cell of the heat map."""

CHANNELS = 5
"""Of a cell: logit of a hand's center; the center's distance right and down, cells; logs of width and height, cells."""

FILL = 128
"""Gray level of the square outside of the frame: zero for the network."""

ZOOM_SCORE = 0.25
"""Score from which a hand seen in the whole frame is checked in a zoomed view."""

ZOOM_MARGIN = 2.2
"""Side of the zoomed view over the hand's longer side, as in the loose crops of near hands in training. Both views
find 96 % of the validation signers' hands with 5 % false ones; the whole frame alone, 92 %."""

_MIN_ZOOMED_SCORE = 0.1  # the mean of both views' scores decides
_SAME_IOU = 0.1  # from which the zoomed view shows the same hand
_MIN_VIEW_PX = 16  # side of the smallest zoomed view
_ROUNDING = 1e-6  # of a logit


class Detection(NamedTuple):
    """A hand: its box in pixels of the frame, and its score, 0–1."""

    box: Box
    score: float


class LocatorInfo(BaseModel):
    """``locator.json`` in a locator's folder."""

    model_config = ConfigDict(frozen=True, protected_namespaces=(), allow_inf_nan=False)

    format: int = Field(default=1, ge=1, le=1)
    name: str
    size: int = Field(default=LOCATE_SIZE, gt=0, multiple_of=32)
    threshold: float = Field(default=0.5, gt=0, lt=1, description="score from which a detection is a hand")
    model_sha256: str
    training_data_sha256: str
    trained: dict[str, Any] = Field(default_factory=dict)


class Letterbox(NamedTuple):
    """Position of a frame in the square: ``square = frame · zoom + (x, y)``."""

    zoom: float
    x: int
    y: int


def letterbox(luma: Luma, size: int = LOCATE_SIZE) -> tuple[NDArray[np.uint8], Letterbox]:
    """Scale a frame into the middle of a square.

    Args:
        luma: (height, width) uint8.
        size: side of the square.

    Returns:
        (size, size) uint8, and the frame's position in it.
    """
    height, width = luma.shape
    zoom = size / max(height, width)
    inner = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    small = cv2.resize(luma, inner, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    square = np.full((size, size), FILL, np.uint8)
    x, y = (size - inner[0]) // 2, (size - inner[1]) // 2
    square[y : y + inner[1], x : x + inner[0]] = small
    return square, Letterbox(zoom, x, y)


def decode(cells: NDArray[np.float32], laid: Letterbox, max_hands: int = 2, min_score: float = 0.1) -> list[Detection]:
    """Hands of a heat map, highest score first.

    Args:
        cells: (rows, columns, 5), see ``CHANNELS``.
        laid: from :func:`letterbox`.
        max_hands: hands to return at most.
        min_score: score from which a peak is a hand.
    """
    logits = cells[..., 0]
    # In most frames without a hand no cell is near the score.
    if float(logits.max()) < math.log(min_score / (1 - min_score)) - _ROUNDING:
        return []
    scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
    # A peak is the largest of its 3 × 3 neighbors.
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    peaks = np.argwhere((scores >= highest) & (scores >= min_score))
    peaks = peaks[np.argsort(-scores[peaks[:, 0], peaks[:, 1]], kind="stable")]
    hands: list[Detection] = []
    for row, column in peaks:
        right, down, log_width, log_height = (float(value) for value in cells[row, column, 1:])
        center_x, center_y = (column + 0.5 + right) * STRIDE, (row + 0.5 + down) * STRIDE
        half_width = STRIDE * np.exp(np.clip(log_width, -3, 4)) / 2
        half_height = STRIDE * np.exp(np.clip(log_height, -3, 4)) / 2
        box = Box(
            *(
                float((value - offset) / laid.zoom)
                for value, offset in (
                    (center_x - half_width, laid.x),
                    (center_y - half_height, laid.y),
                    (center_x + half_width, laid.x),
                    (center_y + half_height, laid.y),
                )
            )
        )
        # A large hand has more than one peak: keep the highest.
        if all(box.iou(other.box) < 0.3 for other in hands):
            hands.append(Detection(box, float(scores[row, column])))
        if len(hands) == max_hands:
            break
    return hands


class Locator:
    """The network, ready to run. Not thread-safe: one per camera.

    Args:
        folder: holds ``model.tflite`` and ``locator.json``.
        runtime: runs the graph; the first installed one if None.

    Raises:
        ModelInvalid: a file is missing or damaged, or they do not fit each other.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(self, folder: Path, runtime: Runtime | None = None) -> None:
        path = folder / "model.tflite"
        self.info = read_document(folder / "locator.json", LocatorInfo)
        check_graph(path, self.info.model_sha256)
        self._interpreter = open_interpreter(path, runtime)
        self._input, shape, _ = one_tensor(self._interpreter.get_input_details(), "input", path)
        self._output, out, _ = one_tensor(self._interpreter.get_output_details(), "output", path)
        cells = self.info.size // STRIDE
        if shape != (1, self.info.size, self.info.size, 1) or out != (1, cells, cells, CHANNELS):
            raise ModelInvalid(f"{path} takes {shape} and gives {out}.", "Copy the whole folder again.")
        self._tables = [
            (full_range_levels(limited_range=limited) / 127.5 - 1).astype(np.float32) for limited in (False, True)
        ]

    @classmethod
    def load(cls, name: str = "hand", *, models: Path | None = None, runtime: Runtime | None = None) -> Locator:
        """The locator of a name; arguments as for :func:`streamsign.recognition.model.load_model`.

        Raises:
            ModelNotFound: the folder does not exist.
        """
        return cls(find_folder(name, models), runtime)

    def find(self, luma: Luma, *, limited_range: bool = False, min_score: float | None = None) -> list[Detection]:
        """The hands of a frame by the whole frame and a zoomed view together, highest score first, two at most.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            limited_range: True when black is 16 and white 235.
            min_score: score from which a detection is a hand; the locator's threshold if None.
        """
        required = self.info.threshold if min_score is None else min_score
        hands = []
        for far in self.propose(luma, limited_range=limited_range):
            near = self.zoom(luma, far.box, limited_range=limited_range)
            if near is not None:
                hands.append(Detection(near.box, float(np.sqrt(far.score * near.score))))
        return sorted((hand for hand in hands if hand.score >= required), key=lambda hand: -hand.score)

    def propose(self, luma: Luma, *, limited_range: bool = False, min_score: float = ZOOM_SCORE) -> list[Detection]:
        """Candidates in the whole frame, to be verified; highest score first, two at most.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            limited_range: True when black is 16 and white 235.
            min_score: score from which a peak is a candidate.
        """
        return self._run(luma, min_score, limited_range=limited_range)

    def zoom(self, luma: Luma, hand: Box, *, limited_range: bool = False, mirrored: bool = False) -> Detection | None:
        """The hand near a box, at the frame's full resolution; None if the zoomed view shows none.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            hand: where it is expected, in pixels.
            limited_range: True when black is 16 and white 235.
            mirrored: run the network on the mirror image; the box returned is still the frame's.
        """
        height, width = luma.shape
        half = ZOOM_MARGIN * hand.longer_side / 2
        center_x, center_y = hand.center
        x0, x1 = max(0, int(center_x - half)), min(width, int(center_x + half))
        y0, y1 = max(0, int(center_y - half)), min(height, int(center_y + half))
        if min(x1 - x0, y1 - y0) < _MIN_VIEW_PX:
            return None
        view = luma[y0:y1, x0:x1]
        if mirrored:
            view = np.ascontiguousarray(view[:, ::-1])
        near = self._run(view, _MIN_ZOOMED_SCORE, limited_range=limited_range)
        if mirrored:
            near = [Detection(Box(x1 - x0 - b.x1, b.y0, x1 - x0 - b.x0, b.y1), score) for b, score in near]
        in_frame = (Detection(box.moved(x0, y0), score) for box, score in near)
        return next((found for found in in_frame if found.box.iou(hand) > _SAME_IOU), None)

    def _run(self, luma: Luma, min_score: float, *, limited_range: bool) -> list[Detection]:
        square, laid = letterbox(luma, self.info.size)
        self._interpreter.set_tensor(self._input, cv2.LUT(square, self._tables[limited_range])[None, ..., None])
        self._interpreter.invoke()
        return decode(self._interpreter.get_tensor(self._output)[0], laid, min_score=min_score)
