"""Classified patches of the rendered hand."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.framing import guide_square
from streamsign.recognition.geometry import Square
from streamsign.recognition.model import load_model
from streamsign.recognition.patch_reader import MAX_CENTER_OFFSET, PatchReader, is_misframed
from tests.films import held_frame

LUMA = held_frame("L", seed=1)


@pytest.fixture
def reader() -> PatchReader:
    """With the shipped letters."""
    return PatchReader(load_model("celov"))


def test_a_misframed_hand_is_read_in_a_second_patch(reader: PatchReader) -> None:
    """A box that is a third of a hand off is corrected before the shape is classified."""
    hand = reader.read(LUMA, guide_square(640, 480)).hand.box
    off = hand.moved(hand.longer_side / 3, 0)
    stages: list[str] = []
    reading = reader.read_hand(LUMA, off, 0.5, on_stage=stages.append)
    assert reading is not None
    assert stages == ["cropped", "classified"] * 2
    assert reading.square.center_x == pytest.approx(hand.center[0], abs=0.1 * hand.longer_side)
    assert load_model("celov").info.labels[int(reading.probabilities.argmax())] == "L"


def test_a_wall_shows_no_hand(reader: PatchReader) -> None:
    """A uniform patch is below the required probability."""
    wall = np.full((480, 640), 120, np.uint8)
    assert reader.read_hand(wall, guide_box := reader.read(LUMA, guide_square(640, 480)).hand.box, 0.5) is None
    assert reader.read_hand(LUMA, guide_box, 0.5) is not None


def test_a_real_hand_is_verified_by_other_patches(reader: PatchReader) -> None:
    """The mirrored, nearer and farther patches show the rendered hand in the same place."""
    reading = reader.read(LUMA, guide_square(640, 480))
    hand = reader.verify(LUMA, reading)
    assert hand.score > 0.9
    assert hand.box.iou(reading.hand.box) > 0.8


def test_framing_is_wrong_beyond_the_offset_and_scale_of_training() -> None:
    """The limits apply to both axes and to both nearer and farther."""
    square = Square(0, 0, 100)
    assert not is_misframed(square, square)
    beyond = 101 * MAX_CENTER_OFFSET
    assert is_misframed(square, Square(beyond, 0, 100))
    assert is_misframed(square, Square(0, -beyond, 100))
    assert is_misframed(square, Square(0, 0, 125))
    assert is_misframed(square, Square(0, 0, 80))
