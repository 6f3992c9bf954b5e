"""Framing and patches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.framing import guide_square, square_around
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.patch import PATCH_SIZE, cut_patch

coordinates = st.floats(-300, 900, allow_nan=False)


@given(coordinates, coordinates, st.floats(0.5, 1500))
def test_any_square_gives_a_whole_patch(center_x: float, center_y: float, side: float) -> None:
    """A square anywhere, inside or outside the frame, gives a 96×96 patch of values the frame has."""
    luma = np.random.default_rng(0).integers(40, 200, (48, 64), np.uint8)
    patch = cut_patch(luma, Square(center_x, center_y, side))
    assert patch.shape == (PATCH_SIZE, PATCH_SIZE)
    assert patch.dtype == np.uint8
    assert luma.min() <= patch.min() <= patch.max() <= luma.max()


def test_strided_view_equals_its_copy() -> None:
    """A view on a decoder's padded plane gives the same patch as a packed copy of it."""
    plane = np.random.default_rng(1).integers(0, 255, (480, 768), np.uint8)
    view = plane[:, :640]
    square = guide_square(640, 480)
    assert np.array_equal(cut_patch(view, square), cut_patch(view.copy(), square))


def test_square_around_keeps_center_and_longer_side() -> None:
    """The square is centered on the hand and scales with its longer side."""
    assert square_around(Box(10, 20, 50, 120), margin=1.5) == Square(30, 70, 150)


def test_guide_square_is_centered() -> None:
    """The guide box sits in the middle and follows the shorter side in both orientations."""
    assert guide_square(640, 480, 0.5) == Square(320, 240, 240)
    assert guide_square(480, 640, 0.5) == Square(240, 320, 240)


def test_frame_edge_is_repeated() -> None:
    """Outside the frame the nearest edge pixel is used."""
    luma = np.full((10, 10), 7, np.uint8)
    assert (cut_patch(luma, Square(0, 0, 20)) == 7).all()


@given(st.integers(1, 30), st.integers(1, 30), st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60))
def test_any_square_repeats_the_nearest_pixels(height: int, width: int, x: int, y: int, side: int) -> None:
    """A patch of the square's own size holds, for each of its pixels, the frame's nearest one."""
    luma = np.random.default_rng(2).integers(0, 255, (height, width + 3), np.uint8)[:, :width]
    rows, columns = (
        np.clip(np.arange(start, start + side), 0, length - 1) for start, length in ((y, height), (x, width))
    )
    square = Square(x + side / 2, y + side / 2, side)
    assert np.array_equal(cut_patch(luma, square, side), luma[np.ix_(rows, columns)])


@pytest.mark.parametrize(
    "luma", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32), np.zeros((0, 5), np.uint8)]
)
def test_wrong_luma_is_refused(luma: np.ndarray) -> None:
    """Color, floating-point and empty pictures are rejected."""
    with pytest.raises(ValueError, match="luma must be"):
        cut_patch(luma, Square(1, 1, 1))


@pytest.mark.parametrize("side", [0.0, -1.0, float("nan")])
def test_empty_square_is_refused(side: float) -> None:
    """A square without area is an error, not an empty patch."""
    with pytest.raises(ValueError, match="no area"):
        cut_patch(np.zeros((4, 4), np.uint8), Square(1, 1, side))
