"""How scenes are shown in a training step: the box goes where the hand goes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import FILL
from streamsign.training.hand.scenes import HandScene
from streamsign.training.hand.views import View, is_close, paste, room_of, squared, window

HAND = Box(120, 60, 180, 140)


def _scene(*, cut_out: bool = False) -> HandScene:
    """A bright ellipse: as of a hand, the corners of its box are empty, however it is turned."""
    picture = np.full((240, 320), 0 if cut_out else 40, np.uint8)
    cv2.ellipse(picture, (150, 100), (29, 39), 0, 0, 360, 250, cv2.FILLED)
    return HandScene(picture, HAND, "ann", cut_out=cut_out)


def _holds_the_hand(view: View) -> bool:
    """Whether the box lies in the picture and its middle is on the bright hand."""
    picture, box = view
    assert box is not None
    height, width = picture.shape
    assert 0 <= box.x0 < box.x1 <= width
    assert 0 <= box.y0 < box.y1 <= height
    return bool(picture[int((box.y0 + box.y1) / 2), int((box.x0 + box.x1) / 2)] > 150)


@given(st.integers(0, 10_000), st.sampled_from([(160, 120), (90, 160), (160, 160)]))
def test_a_window_holds_its_hand(seed: int, size: tuple[int, int]) -> None:
    """Whatever part of the frame is shown, in whatever shape, the hand's middle is in it and in its box."""
    view = window(_scene(), size, np.random.default_rng(seed))
    assert view[0].shape == (size[1], size[0])
    assert _holds_the_hand(view)


@given(st.integers(0, 10_000), st.booleans())
def test_a_pasted_hand_lies_in_its_box(seed: int, cut_out: bool) -> None:
    """A hand pasted on a room is inside its box; of a segmented one only the hand is pasted."""
    ground = np.full((120, 160), 20, np.uint8)
    view = paste(_scene(cut_out=cut_out), ground, np.random.default_rng(seed))
    assert _holds_the_hand(view)
    if cut_out:
        picture, box = view
        assert box is not None
        outside = picture.copy()
        outside[max(0, int(box.y0) - 8) : int(box.y1) + 9, max(0, int(box.x0) - 8) : int(box.x1) + 9] = 20
        assert set(np.unique(outside)) == {20}


@given(st.integers(0, 10_000))
def test_a_square_is_neutral_beside_its_picture(seed: int) -> None:
    """The picture is letterboxed as in serving, with its box."""
    picture = np.full((60, 96), 200, np.uint8)
    square, box = squared((picture, Box(10, 10, 40, 50)), 96, np.random.default_rng(seed))
    assert square.shape == (96, 96)
    assert set(np.unique(square[:18])) | set(np.unique(square[78:])) == {FILL}
    assert box == Box(10, 28, 40, 68)


def test_a_room_fills_its_view() -> None:
    """A part of a picture without a hand, as large as asked for."""
    room = room_of(
        np.arange(240 * 320, dtype=np.uint32).reshape(240, 320).astype(np.uint8), (90, 160), np.random.default_rng(0)
    )
    assert room.shape == (160, 90)
    assert room.std() > 0


@pytest.mark.parametrize(("box", "close"), [(HAND, False), (Box(0, 0, 150, 100), True), (None, False)])
def test_a_hand_is_close_when_it_is_large_in_its_picture(box: Box | None, close: bool) -> None:
    """By its longer side over the picture's shorter one."""
    assert is_close(HandScene(np.zeros((240, 320), np.uint8), box, "ann")) is close
