"""Tests of benchmarks/timecode.py."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import timecode


@given(st.integers(1, timecode.WRAP - 1), st.sampled_from([(480, 640), (240, 320), (720, 1280), (96, 128)]))
def test_a_painted_reading_is_read_back(ticks: int, shape: tuple[int, int]) -> None:
    """Every clock reading survives painting at every size used."""
    luma = np.full(shape, 90, np.uint8)
    timecode.paint(luma, ticks)
    assert timecode.read(luma) == ticks


def test_a_reading_survives_what_a_codec_does() -> None:
    """Downscaling, blur, noise and limited range leave the reading as it was."""
    luma = np.full((480, 640), 90, np.uint8)
    timecode.paint(luma, 0xA5C3F1)
    small = cv2.GaussianBlur(cv2.resize(luma, (480, 360), interpolation=cv2.INTER_AREA), (0, 0), 2)
    noisy = small * (219 / 255) + 16 + np.random.default_rng(5).normal(0, 12, small.shape)
    assert timecode.read(np.clip(noisy, 0, 255).astype(np.uint8)) == 0xA5C3F1


@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_a_picture_without_a_time_code_has_no_reading(level: int) -> None:
    """Flat pictures of any brightness have no time code."""
    assert timecode.read(np.full((480, 640), level, np.uint8)) is None


@given(st.floats(1.6e9, 2e9), st.floats(-1000, 60_000))
def test_elapsed_time_survives_the_wrap(drawn_s: float, late_ms: float) -> None:
    """The time between drawing and seeing comes out within two ticks wherever the counter wraps."""
    drawn = round(drawn_s * 1000 * timecode.TICKS_PER_MS) % timecode.WRAP
    assert timecode.elapsed_ms(drawn, drawn_s + late_ms / 1000) == pytest.approx(late_ms, abs=0.2)
