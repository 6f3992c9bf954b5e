"""The motion-blur gate."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.sharpness import FLOOR, MotionBlurGate, focus_measure


@pytest.fixture
def textured() -> np.ndarray:
    """A patch with edges in it."""
    noise = np.random.default_rng(3).integers(0, 255, (24, 24), np.uint8)
    return np.asarray(cv2.resize(noise, (96, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_motion_blur_lowers_the_measure(textured: np.ndarray) -> None:
    """The longer the blur, the smaller the focus measure."""
    measures = [focus_measure(np.asarray(cv2.blur(textured, (length, 1)), np.uint8)) for length in (1, 3, 7, 13)]
    assert measures == sorted(measures, reverse=True)
    assert measures[-1] < 0.6 * measures[0]


def test_contrast_and_exposure_cancel(textured: np.ndarray) -> None:
    """Half the contrast and darker light leave the measure about the same."""
    dim = (textured * 0.5 + 20).astype(np.uint8)
    assert focus_measure(dim) == pytest.approx(focus_measure(textured), rel=0.2)


def test_flat_patch_measures_nothing() -> None:
    """A covered lens has no focus rather than a division by zero."""
    assert focus_measure(np.full((96, 96), 80, np.uint8)) == 0.0
    assert MotionBlurGate().weigh(0.0, 0.0) == FLOOR


def test_noisy_wall_is_no_sharper_than_a_hand(textured: np.ndarray) -> None:
    """Sensor noise on an empty wall must not become the best that a hand is measured against."""
    noise = np.random.default_rng(4).normal(0, 6, (96, 96))
    assert focus_measure((120 + noise).astype(np.uint8)) < focus_measure(textured) / 2


def test_soft_camera_becomes_the_new_normal() -> None:
    """After the light went down for good, steady frames count again."""
    gate = MotionBlurGate()
    assert gate.weigh(10.0, 0.0) == 1.0
    assert gate.weigh(0.5, 0.1) == FLOOR
    assert gate.weigh(0.5, 40.0) == 1.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), max_size=40))
def test_weight_stays_in_range(stream: list[tuple[float, float]]) -> None:
    """Whatever is measured, the weight lies in [FLOOR, 1]."""
    gate, now = MotionBlurGate(), 0.0
    for focus, elapsed in stream:
        now += elapsed
        assert FLOOR <= gate.weigh(focus, now) <= 1.0
