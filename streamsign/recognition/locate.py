"""Finds the signing hand in a whole frame: a small network's heat map of hand centres (Zhou et al. 2019, CenterNet).

The frame is shrunk to fit a square and its brightness alone is looked at, as everywhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from streamsign.errors import ModelInvalid
from streamsign.recognition.crop import Box
from streamsign.recognition.folders import check_graph, find_folder, read_document
from streamsign.recognition.frame import Luma
from streamsign.recognition.runtime import Runtime, one_tensor, open_interpreter

LOCATE_SIZE = 160
"""Side of the network's input in pixels: a hand of 8 % of a 4:3 frame's height is ten pixels of it."""

STRIDE = 8
"""Pixels of the input to a cell of the heat map."""

CHANNELS = 5
"""Of a cell: logit of a hand's centre; centre's distance right and down, cells; logs of width and height, cells."""

FILL = 128
"""Gray level beside the frame, where it does not fill the square: zero for the network."""

FIRST_LOOK = 0.25
"""Score from which a hand seen in the whole frame is looked at more closely."""

CLOSER = 2.2
"""Side of what the closer look sees over the hand's longer side, as in the loose crops that near hands were learnt
from. Two looks find 96 % of the validation signers' hands with 5 % false ones; one look, 92 %."""

_FAINT = 0.1  # least score of a closer look; the two looks' mean decides
_SAME = 0.1  # overlap from which the closer look sees the same hand
_LEAST_PX = 16  # a smaller window shows nothing

_BLACK, _WHITE = 16, 235  # limited range of 8-bit luma (ITU-R BT.601-7, section 2.5.3)


class Found(NamedTuple):
    """A hand: its box in pixels of the frame, and how sure it is one, 0–1."""

    box: Box
    score: float


class LocatorInfo(BaseModel):
    """``locator.json`` in a locator's folder."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    format: int = Field(default=1, ge=1, le=1)
    name: str
    size: int = Field(default=LOCATE_SIZE, gt=0, multiple_of=32)
    threshold: float = Field(default=0.5, gt=0, lt=1, description="score from which a hand is believed")
    model_sha256: str
    training_data_sha256: str
    trained: dict[str, Any] = Field(default_factory=dict)


class Letterbox(NamedTuple):
    """How a frame lies in the square: ``square = frame · zoom + (x, y)``."""

    zoom: float
    x: int
    y: int


def letterbox(luma: Luma, size: int = LOCATE_SIZE) -> tuple[NDArray[np.uint8], Letterbox]:
    """Shrink (or enlarge) a frame into the middle of a square.

    Args:
        luma: (height, width) uint8.
        size: side of the square.

    Returns:
        (size, size) uint8, and where the frame lies in it.
    """
    height, width = luma.shape
    zoom = size / max(height, width)
    inner = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    small = cv2.resize(luma, inner, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    square = np.full((size, size), FILL, np.uint8)
    x, y = (size - inner[0]) // 2, (size - inner[1]) // 2
    square[y : y + inner[1], x : x + inner[0]] = small
    return square, Letterbox(zoom, x, y)


def decode(cells: NDArray[np.float32], laid: Letterbox, most: int = 2, lowest: float = 0.1) -> list[Found]:
    """Hands of a heat map, surest first.

    Args:
        cells: (rows, columns, 5), see ``CHANNELS``.
        laid: from :func:`letterbox`.
        most: hands to return at most.
        lowest: score below which a peak is no hand.
    """
    scores = 1 / (1 + np.exp(-cells[..., 0].astype(np.float64)))
    # A peak is the largest of its 3 × 3 neighbours.
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    peaks = np.argwhere((scores >= highest) & (scores >= lowest))
    peaks = peaks[np.argsort(-scores[peaks[:, 0], peaks[:, 1]], kind="stable")]
    hands: list[Found] = []
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
        # A large hand has more than one peak: the surer one stands for it.
        if all(overlap(box, other.box) < 0.3 for other in hands):
            hands.append(Found(box, float(scores[row, column])))
        if len(hands) == most:
            break
    return hands


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return width * height / (areas - width * height)


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
        levels = np.arange(256, dtype=np.float32)
        self._full = (levels / 127.5 - 1).astype(np.float32)
        expanded = np.clip((levels - _BLACK) * (255 / (_WHITE - _BLACK)), 0, 255)
        self._limited = (expanded / 127.5 - 1).astype(np.float32)

    @classmethod
    def load(cls, name: str = "hand", *, models: Path | None = None, runtime: Runtime | None = None) -> Locator:
        """The locator of a name; arguments as for :func:`streamsign.recognition.model.load_model`.

        Raises:
            ModelNotFound: there is no such folder.
        """
        return cls(find_folder(name, models), runtime)

    def find(self, luma: Luma, *, limited_range: bool = False, least: float | None = None) -> list[Found]:
        """The hands of a frame that are believed, surest first, two at most: seen in the whole, and seen again closer.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            limited_range: True when black is 16 and white 235.
            least: score from which a hand is believed; the locator's threshold when None.
        """
        wanted = self.info.threshold if least is None else least
        hands = []
        for far in self.glance(luma, limited_range=limited_range):
            near = self.look_closer(luma, far.box, limited_range=limited_range)
            if near is not None:
                hands.append(Found(near.box, float(np.sqrt(far.score * near.score))))
        return sorted((hand for hand in hands if hand.score >= wanted), key=lambda hand: -hand.score)

    def glance(self, luma: Luma, *, limited_range: bool = False, least: float = FIRST_LOOK) -> list[Found]:
        """What looks like a hand in the whole frame, surest first, two at most: to be looked at more closely.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            limited_range: True when black is 16 and white 235.
            least: score from which something does.
        """
        return self._look(luma, least, limited_range=limited_range)

    def seen_again(self, luma: Luma, hand: Box, *, limited_range: bool = False) -> Found | None:
        """What :meth:`look_closer` finds about a box, if it is believed."""
        found = self.look_closer(luma, hand, limited_range=limited_range)
        return found if found is not None and found.score >= self.info.threshold else None

    def look_closer(
        self, luma: Luma, hand: Box, *, limited_range: bool = False, mirrored: bool = False
    ) -> Found | None:
        """The hand about a box, at the frame's full resolution; None where there is none after all.

        Args:
            luma: (height, width) uint8; a strided view is fine.
            hand: where it was, in pixels.
            limited_range: True when black is 16 and white 235.
            mirrored: the network is shown the mirror image; the box is the frame's all the same.
        """
        height, width = luma.shape
        half = CLOSER * max(hand.x1 - hand.x0, hand.y1 - hand.y0) / 2
        middle_x, middle_y = (hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2
        x0, x1 = max(0, int(middle_x - half)), min(width, int(middle_x + half))
        y0, y1 = max(0, int(middle_y - half)), min(height, int(middle_y + half))
        if min(x1 - x0, y1 - y0) < _LEAST_PX:
            return None
        shown = luma[y0:y1, x0:x1]
        if mirrored:
            shown = np.ascontiguousarray(shown[:, ::-1])
        near = self._look(shown, _FAINT, limited_range=limited_range)
        if mirrored:
            near = [Found(Box(x1 - x0 - b.x1, b.y0, x1 - x0 - b.x0, b.y1), score) for b, score in near]
        moved = (Found(Box(b.x0 + x0, b.y0 + y0, b.x1 + x0, b.y1 + y0), score) for b, score in near)
        return next((found for found in moved if overlap(found.box, hand) > _SAME), None)

    def _look(self, luma: Luma, least: float, *, limited_range: bool) -> list[Found]:
        square, laid = letterbox(luma, self.info.size)
        table = self._limited if limited_range else self._full
        self._interpreter.set_tensor(self._input, table[square][None, ..., None])
        self._interpreter.invoke()
        return decode(self._interpreter.get_tensor(self._output)[0], laid, lowest=least)
