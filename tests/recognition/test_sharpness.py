"""The motion-blur gate."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.sharpness import Gate, MotionBlurGate, focus_measure
from streamsign.recognition.stroke import Motion


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


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 135])
def test_blur_in_any_direction_is_seen(textured: np.ndarray, angle: int) -> None:
    """Blur over a tenth of the patch lowers the measure whatever its direction."""
    kernel = np.zeros((11, 11), np.float32)
    dx, dy = 5 * np.cos(np.radians(angle)), 5 * np.sin(np.radians(angle))
    cv2.line(kernel, (round(5 - dx), round(5 - dy)), (round(5 + dx), round(5 + dy)), 1.0)
    blurred = np.asarray(cv2.filter2D(textured, -1, kernel / kernel.sum()), np.uint8)
    assert focus_measure(blurred) < 0.75 * focus_measure(textured)


def test_contrast_and_exposure_cancel(textured: np.ndarray) -> None:
    """Half the contrast and darker light leave the measure about the same."""
    dim = (textured * 0.5 + 20).astype(np.uint8)
    assert focus_measure(dim) == pytest.approx(focus_measure(textured), rel=0.2)


def test_flat_patch_measures_nothing() -> None:
    """A covered lens has no focus rather than a division by zero."""
    assert focus_measure(np.full((96, 96), 80, np.uint8)) == 0.0
    assert MotionBlurGate().weigh(0.0, 0.0) == Gate().floor


def test_noisy_wall_is_no_sharper_than_a_hand(textured: np.ndarray) -> None:
    """Sensor noise on an empty wall must not become the best that a hand is measured against."""
    noise = np.random.default_rng(4).normal(0, 6, (96, 96))
    assert focus_measure((120 + noise).astype(np.uint8)) < focus_measure(textured) / 2


def test_soft_camera_becomes_the_new_normal() -> None:
    """After the light went down for good, steady frames count again."""
    gate = MotionBlurGate()
    assert gate.weigh(10.0, 0.0) == 1.0
    assert gate.weigh(0.5, 0.1) == Gate().floor
    assert gate.weigh(0.5, 60.0) == 1.0


def test_speed_takes_weight_away() -> None:
    """The faster the hand, the less a frame counts, however sharp it looks."""
    weights = [MotionBlurGate().weigh(1.0, 0.0, Motion(speed, 0.0)) for speed in (0.0, 2.0, 8.0, 30.0)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == MotionBlurGate().weigh(1.0, 0.0, None) == 1.0


@pytest.mark.parametrize("level", [0, 7, 248, 255])
def test_clipped_patch_is_less_sharp(textured: np.ndarray, level: int) -> None:
    """Where light or shade has clipped half of the hand, less detail is left."""
    clipped = textured.copy()
    clipped[:, 48:] = level
    assert focus_measure(clipped) < 0.8 * focus_measure(textured)


@pytest.mark.parametrize(("inside", "outside"), [(8, 7), (247, 248)])
def test_limits_of_exposure(textured: np.ndarray, inside: int, outside: int) -> None:
    """Levels 8 to 247 are exposed: one level beyond halves the measure of a patch of which half is that bright."""
    measures = []
    for level in (inside, outside):
        patch = np.clip(textured, 60, 190)
        patch[:, 48:] = level
        measures.append(focus_measure(patch))
    assert measures[1] == pytest.approx(measures[0] / 2, rel=0.05)


def test_a_changing_shape_counts_less() -> None:
    """A frame in which the shape changes weighs less; an unknown change takes nothing away."""
    gate = Gate(changing=5.0)
    weights = [MotionBlurGate(gate).weigh(1.0, 0.0, Motion(0.0, 0.0, change)) for change in (float("nan"), 0.1, 5.0)]
    assert weights == pytest.approx([1.0, 1.0, 0.5], abs=0.001)


def test_gate_in_the_wrong_order_is_refused() -> None:
    """Thresholds that exclude each other are an error, not a division by zero."""
    with pytest.raises(ValueError, match="blurred must be below sharp"):
        Gate(blurred=0.5, sharp=0.5)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), max_size=40))
def test_weight_stays_in_range(stream: list[tuple[float, float]]) -> None:
    """Whatever is measured, the weight lies in [FLOOR, 1]."""
    gate, now = MotionBlurGate(), 0.0
    for focus, elapsed in stream:
        now += elapsed
        assert Gate().floor <= gate.weigh(focus, now) <= 1.0
