"""What the locator takes for a hand and is none: ornaments, plugs, ears. Networks must know them for nothing.

The boxes of a data folder were drawn by a detector that misses hands, so what the locator finds beside them is shown to
the teacher first: where it sees a hand, there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Locator
from streamsign.training.data.augment import loose_crop
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.dataset import Picture, beside_hand
from streamsign.training.data.pose import Teacher

RIVALS = "rivals"

LEAST = 0.08
"""Score from which a glance's find is a rival: below what the service looks at, since near misses teach as well."""

NO_HAND = 0.1
"""Probability of a hand, by the teacher, up to which it is believed that there is none."""

MARGIN = 1.6
"""Side of a crop over the rival's longer side: a letter model's hand-free square is zoomed into by up to e^½."""


def find_rivals(
    pictures: Sequence[Picture], teacher: Path, tell: Callable[[float], None], threads: int = 2, margin: float = MARGIN
) -> list[Crop]:
    """Loose crops of what the shipped locator finds in pictures where no hand is.

    Args:
        pictures: rows of frames (with their hands' boxes) and of pictures without a hand.
        teacher: the landmark network's file.
        tell: hears the share that is done.
        threads: networks at work.
        margin: side of a crop over the rival's longer side.

    Raises:
        ModelNotFound: there is no locator.
        TrainingError: the teacher cannot be used.
    """
    done = 0

    def look(part: Sequence[Picture]) -> list[Crop]:
        nonlocal done
        locator, judge, crops = Locator.load(), Teacher(teacher), []
        for picture in part:
            colour = cv2.imread(str(picture.path))
            done += 1
            if done % 50 == 0:
                tell(done / len(pictures))
            if colour is None:
                continue
            colour = np.asarray(colour, np.uint8)
            gray = np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8)
            beside = None if picture.hand is None else beside_hand(gray, picture.hand)
            parts = [gray] if beside is None else [gray, beside]
            found = [box for part in parts for box in _found(locator, gray, part)]
            for box in found:
                if picture.hand is not None and box.iou(picture.hand) > 0:
                    continue
                if judge.pose(colour, box)[2] > NO_HAND:
                    continue
                crop = loose_crop(gray, square_around(box, margin))
                # A signer of their own: they are as often drawn as everything else of the picture.
                signer = f"{RIVALS}:{picture.signer}"
                crops.append(Crop(crop, HAND_FREE, signer, picture.source, picture.folder.name, picture.row))
        return crops

    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(look, [pictures[start::threads] for start in range(threads)])
        return [crop for part in parts for crop in part]


def _found(locator: Locator, gray: NDArray[np.uint8], part: NDArray[np.uint8]) -> list[Box]:
    """Finds in a view of a picture, in the picture's pixels."""
    y, x = divmod(part.ctypes.data - gray.ctypes.data, gray.strides[0])
    boxes = (hand.box for hand in locator.propose(part, min_score=LEAST))
    return [Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y) for box in boxes]
