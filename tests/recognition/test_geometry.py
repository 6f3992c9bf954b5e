"""Boxes of a frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.geometry import Box

boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    *(st.floats(low, high) for low, high in ((0, 50), (0, 50), (1, 50), (1, 50))),
)


@given(boxes, boxes)
def test_iou_is_symmetric_and_1_with_itself(first: Box, second: Box) -> None:
    """Intersection over union lies between 0 and 1, is the same both ways, and is 1 with the box itself."""
    assert 0 <= first.iou(second) <= 1 + 1e-9
    assert first.iou(second) == pytest.approx(second.iou(first))
    assert first.iou(first) == pytest.approx(1)


def test_a_box_has_a_center_and_sides() -> None:
    """Center, sides and displacement of a known box."""
    box = Box(10, 20, 50, 120)
    assert list(box.center) == [30, 70]
    assert [box.width, box.height, box.longer_side] == [40, 100, 100]
    assert box.moved(-10, 5) == Box(0, 25, 40, 125)


def test_boxes_apart_do_not_overlap() -> None:
    """The intersection over union of boxes that only touch is 0, and of a half covered one a half."""
    assert Box(0, 0, 10, 10).iou(Box(10, 0, 20, 10)) == 0
    assert Box(0, 0, 10, 10).iou(Box(0, 0, 10, 5)) == 0.5
