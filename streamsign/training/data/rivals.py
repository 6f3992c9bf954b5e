"""Hard negatives: false hands of the locator, such as ornaments, plugs and ears.

The boxes of a data folder come from a detector that misses hands. So the teacher checks each box that the locator finds
elsewhere, and a box with a hand is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture
from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Locator
from streamsign.training.data.augment import loose_crop
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.dataset import beside_hand
from streamsign.training.data.pose import Teacher

RIVALS = "rivals"

LEAST = 0.08
"""Locator score from which a box is used: below the service's threshold, because near misses are useful too."""

NO_HAND = 0.1
"""Greatest probability of a hand, by the teacher, of a box without a hand."""

MARGIN = 1.6
"""Side of a crop over the longer side of the box: augmentation zooms into hand-free squares by up to e^½."""


def find_rivals(
    pictures: Sequence[Picture],
    teacher: Path,
    notify: Callable[[float], None],
    threads: int = 2,
    margin: float = MARGIN,
) -> list[Crop]:
    """Loose crops of the shipped locator's false hands.

    Args:
        pictures: rows of frames (with their hands' boxes) and of pictures without a hand.
        teacher: the landmark network's file.
        notify: called with the share that is done.
        threads: number of networks that run at a time.
        margin: side of a crop over the longer side of the box.

    Raises:
        ModelNotFound: the locator is not installed.
        TrainingError: the teacher cannot be used.
    """
    done = 0

    def look(part: Sequence[Picture]) -> list[Crop]:
        nonlocal done
        locator, judge, crops = Locator.load(), Teacher(teacher), []
        for picture in part:
            color = cv2.imread(str(picture.path))
            done += 1
            if done % 50 == 0:
                notify(done / len(pictures))
            if color is None:
                continue
            color = np.asarray(color, np.uint8)
            gray = np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), np.uint8)
            beside = None if picture.hand is None else beside_hand(gray, picture.hand)
            parts = [gray] if beside is None else [gray, beside]
            found = [box for part in parts for box in _found(locator, gray, part)]
            for box in found:
                if picture.hand is not None and box.iou(picture.hand) > 0:
                    continue
                if judge.pose(color, box)[2] > NO_HAND:
                    continue
                crop = loose_crop(gray, square_around(box, margin))
                # A separate signer: they are drawn as often as all other squares of the picture.
                signer = f"{RIVALS}:{picture.signer}"
                crops.append(Crop(crop, HAND_FREE, signer, picture.source, picture.folder.name, picture.row))
        return crops

    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(look, [pictures[start::threads] for start in range(threads)])
        return [crop for part in parts for crop in part]


def _found(locator: Locator, gray: NDArray[np.uint8], part: NDArray[np.uint8]) -> list[Box]:
    """Boxes found in a part of a picture, in the picture's pixels."""
    y, x = divmod(part.ctypes.data - gray.ctypes.data, gray.strides[0])
    boxes = (hand.box for hand in locator.propose(part, min_score=LEAST))
    return [Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y) for box in boxes]
