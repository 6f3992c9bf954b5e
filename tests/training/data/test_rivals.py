"""False hands of the locator. The teacher that checks them is not shipped."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.locate import Locator
from streamsign.recognition.model import load_model
from streamsign.training.data.rivals import _found, find_rivals
from tests.films import held_frame


def test_finds_in_a_part_are_told_in_pixels_of_the_whole() -> None:
    """The rendered hand is where it is, whether the whole frame or the part of it with the hand is looked at."""
    frame = held_frame("L", seed=1)
    locator = Locator.load()
    [whole, *_], [part, *_] = _found(locator, frame, frame), _found(locator, frame, frame[40:, 60:])
    assert part == pytest.approx(whole, abs=25)


def test_without_a_teacher_nothing_is_called_no_hand(tmp_path: Path) -> None:
    """Another graph than the teacher's is refused before a picture is judged."""
    path = tmp_path / "room.png"
    cv2.imwrite(str(path), np.zeros((40, 40, 3), np.uint8))
    picture = Picture(tmp_path, path, 2, "web", "room", "", "train", None)
    with pytest.raises(TrainingError, match=r"hand_landmark_full\.tflite"):
        find_rivals([picture], load_model("celov").tflite_path, lambda share: None)
