"""The way of a frame into the locator's square and of its heat map back. The network itself is measured elsewhere."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import CHANNELS, FILL, LOCATE_SIZE, STRIDE, Locator, decode, letterbox
from tests.films import held_frame

CELLS = LOCATE_SIZE // STRIDE


def heat(*boxes: tuple[Box, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A heat map that holds these boxes (pixels of the square) with these scores, as a perfect network would."""
    cells = np.zeros((CELLS, CELLS, CHANNELS), np.float32)
    cells[..., 0] = -9
    for box, score in boxes:
        x, y = (box.x0 + box.x1) / 2 / STRIDE, (box.y0 + box.y1) / 2 / STRIDE
        row, column = min(CELLS - 1, int(y)), min(CELLS - 1, int(x))
        cells[row, column] = [
            np.log(score / (1 - score)),
            x - column - 0.5,
            y - row - 0.5,
            np.log((box.width) / STRIDE),
            np.log((box.height) / STRIDE),
        ]
    return cells


@given(st.floats(-9, 9), st.floats(0.05, 0.95))
def test_a_peak_counts_from_the_score_on(logit: float, min_score: float) -> None:
    """A heat map with one peak has a hand if the peak's score is the least one or more."""
    cells = heat()
    cells[4, 4, 0] = logit
    score = 1 / (1 + np.exp(-np.float64(cells[4, 4, 0])))
    laid = letterbox(np.zeros((160, 160), np.uint8))[1]
    assert [each.score for each in decode(cells, laid, min_score=min_score)] == ([score] if score >= min_score else [])


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1280, 720), (96, 96), (7, 300)])
def test_frame_lies_in_the_middle_of_the_square(width: int, height: int) -> None:
    """Whatever the shape, the long side fills the square and the rest is the neutral gray."""
    square, laid = letterbox(np.full((height, width), 200, np.uint8))
    assert square.shape == (LOCATE_SIZE, LOCATE_SIZE)
    filled = square == 200
    assert filled.any(axis=1).sum() == pytest.approx(height * laid.zoom, abs=1)
    assert filled.any(axis=0).sum() == pytest.approx(width * laid.zoom, abs=1)
    assert set(np.unique(square)) <= {200, FILL}
    assert filled[LOCATE_SIZE // 2, LOCATE_SIZE // 2]


@given(
    st.integers(100, 1280),
    st.integers(100, 960),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
    st.floats(0.1, 0.9),
    st.floats(0.1, 0.9),
)
def test_box_survives_the_way_there_and_back(
    width: int, height: int, x: float, y: float, wide: float, high: float
) -> None:
    """A box drawn into the square comes back in the frame's pixels, to half a pixel of the square."""
    laid = letterbox(np.zeros((height, width), np.uint8))[1]
    side = min(width, height)
    box = Box(
        x * width - wide * side / 2,
        y * height - high * side / 2,
        x * width + wide * side / 2,
        y * height + high * side / 2,
    )
    there = Box(*(value * laid.zoom + offset for value, offset in zip(box, (laid.x, laid.y) * 2, strict=True)))
    (found,) = decode(heat((there, 0.9)), laid)
    assert found.box == pytest.approx(box, abs=0.5 / laid.zoom)
    assert found.score == pytest.approx(0.9, abs=1e-3)


def test_two_hands_come_surest_first_and_no_third() -> None:
    """The two highest peaks are kept, in order; low ones are not hands."""
    boxes = [(Box(10, 40, 40, 70), 0.6), (Box(100, 40, 140, 90), 0.95), (Box(60, 100, 80, 120), 0.55)]
    laid = letterbox(np.zeros((160, 160), np.uint8))[1]
    assert [round(each.score, 2) for each in decode(heat(*boxes), laid)] == [0.95, 0.6]
    assert decode(heat((Box(10, 40, 40, 70), 0.05)), laid) == []


def test_a_large_hand_with_two_peaks_is_one() -> None:
    """Peaks whose boxes overlap are the same hand."""
    laid = letterbox(np.zeros((160, 160), np.uint8))[1]
    assert len(decode(heat((Box(20, 20, 120, 140), 0.9), (Box(30, 24, 130, 144), 0.7)), laid)) == 1


def test_missing_and_empty_folders_are_told_apart(tmp_path: Path) -> None:
    """No folder, and a folder without a locator, each say what to do."""
    with pytest.raises(ModelNotFound, match="The model 'nohand' does not exist"):
        Locator.load("nohand")
    with pytest.raises(ModelInvalid, match=r"no readable locator\.json"):
        Locator(tmp_path)


def test_a_hand_is_seen_in_the_whole_and_again_closer() -> None:
    """The rendered hand is found in four times the frame; closer looks agree, mirrored or not; a wall holds none."""
    locator = Locator.load()
    frame = held_frame("V", seed=1)
    wide = cv2.copyMakeBorder(frame, 240, 240, 320, 320, cv2.BORDER_REPLICATE)
    (hand,) = locator.find(wide)
    near = locator.zoom(wide, hand.box)
    assert near is not None
    assert near.box.iou(hand.box) > 0.7
    mirrored = locator.zoom(wide, hand.box, mirrored=True)
    assert mirrored is not None
    assert mirrored != near
    assert mirrored.box.iou(near.box) > 0.7
    for limited_range in (False, True):
        assert locator.find(np.full((480, 640), 120, np.uint8), limited_range=limited_range) == []
    assert locator.zoom(wide, Box(0, 0, 4, 4)) is None


def test_limited_range_is_read_as_full_range() -> None:
    """The same picture in a video decoder's range gives the same hand up to rounding."""
    locator = Locator.load()
    frame = held_frame("L", seed=1)
    limited = np.round(frame * (219 / 255) + 16).astype(np.uint8)
    full, video = locator.find(frame)[0], locator.find(limited, limited_range=True)[0]
    assert full.box.iou(video.box) > 0.9
    assert full.score == pytest.approx(video.score, abs=0.05)
