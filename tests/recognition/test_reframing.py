"""Changes of the picture's size, and what they do to the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign import Commit, Recognizer
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.frame import Frame, Luma
from streamsign.recognition.reframing import FrameSize


def _scaled(luma: Luma, width: int, height: int) -> Luma:
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _fitted(luma: Luma, width: int, height: int) -> Luma:
    """The whole picture in a frame of another shape, as a turned phone's page draws it."""
    scale = min(width / luma.shape[1], height / luma.shape[0])
    inner = _scaled(luma, round(luma.shape[1] * scale), round(luma.shape[0] * scale))
    outer = np.full((height, width), 119, np.uint8)
    y, x = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    outer[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
    return outer


def _cropped(luma: Luma, width: int, height: int) -> Luma:
    y, x = (luma.shape[0] - height) // 2, (luma.shape[1] - width) // 2
    return np.ascontiguousarray(luma[y : y + height, x : x + width])


VIEWS: dict[str, Callable[[Luma], Luma]] = {
    "as filmed": lambda luma: luma,
    "half": lambda luma: _scaled(luma, 320, 240),
    "three quarters": lambda luma: _scaled(luma, 480, 360),
    "enlarged": lambda luma: _scaled(luma, 960, 720),
    "portrait": lambda luma: _fitted(luma, 480, 640),
    "small portrait": lambda luma: _fitted(luma, 240, 320),
    "wide": lambda luma: _fitted(luma, 1280, 720),
    "square crop": lambda luma: _cropped(luma, 480, 480),
    "portrait crop": lambda luma: _cropped(luma, 360, 480),
}


@cache
def _film() -> list[Frame]:
    return list(DemoSigner("LOVE", seed=1, fps=15))


def _text(views: list[str], every_s: float) -> str:
    recognizer, text = Recognizer.load("celov"), ""
    for frame in _film():
        luma = VIEWS[views[int(frame.at_s / every_s) % len(views)]](frame.luma)
        text += "".join(event.letter for event in recognizer.feed(luma, frame.at_s) if isinstance(event, Commit))
    return text


@settings(max_examples=6, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(VIEWS)), min_size=2, max_size=6), st.sampled_from([0.37, 0.7, 1.1]))
def test_changes_of_size_leave_the_text_the_same(views: list[str], every_s: float) -> None:
    """Any sequence of sizes, scales, crops and quarter turns of a film reads as the film does."""
    assert _text(views, every_s) == "LOVE"


@pytest.mark.parametrize("views", [["as filmed", "half"], ["as filmed", "portrait"]])
def test_the_reported_changes_leave_the_text_the_same(views: list[str]) -> None:
    """A sender that halves its picture and a phone that is turned read LOVE once, not twice."""
    assert _text(views, 0.7) == "LOVE"


def test_a_scale_is_told_from_a_turn() -> None:
    """Equal scales of both sides, up to rounding, are a scale; anything else may have moved the hand."""
    size = FrameSize()
    assert size.update(480, 640) is None
    assert size.update(480, 640) is None
    smaller = size.update(160, 214)
    assert smaller is not None
    assert smaller.scale == pytest.approx(1 / 3, rel=0.01)
    turned = size.update(214, 160)
    assert turned is not None
    assert turned.scale is None
