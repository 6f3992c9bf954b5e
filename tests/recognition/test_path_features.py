import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.recognition.path_features import FEATURES, HandPath, path_features


def _zigzag(fps: float, size: float = 100.0, mirrored: bool = False) -> HandPath:
    """Three strokes of 0.6 hand sizes in 0.9 s, the second one down by 0.5."""
    at_s = np.arange(0.0, 1.2, 1 / fps)
    x = np.interp(at_s, [0.0, 0.3, 0.6, 0.9], [0.0, 0.6, 0.0, 0.6]) * (-1 if mirrored else 1)
    y = np.interp(at_s, [0.0, 0.3, 0.6, 0.9], [0.0, 0.0, 0.5, 0.5])
    side = np.full(len(at_s), size)
    return HandPath(at_s, size * x + 50, size * y, 0.7 * side, side, np.zeros(len(at_s)))


def _features(path: HandPath) -> NDArray[np.float64]:
    share = np.ones(len(path.at_s))
    features = path_features(path, share, np.array([0.9]), np.array([0.9]))
    return np.asarray(features[0], np.float64)


def test_a_zigzag_has_three_strokes_of_its_width_and_goes_down_in_the_second() -> None:
    """Stroke, way down and path length are those of the drawn zigzag, in hand sizes."""
    found = dict(zip(FEATURES, _features(_zigzag(60)), strict=True))
    assert found["stroke"] == pytest.approx(0.6, abs=0.02)
    assert found["stroke_down"] == pytest.approx(0.5, abs=0.02)
    assert np.exp(found["log_length"]) - 0.1 == pytest.approx(1.2 + np.hypot(0.6, 0.5), abs=0.05)


def test_features_depend_neither_on_the_frame_rate_nor_on_size_or_side() -> None:
    """The same movement at 15 frames a second, twice as large and mirrored has nearly the same features."""
    usual = _features(_zigzag(60))
    for other in (_zigzag(15), _zigzag(60, size=200.0), _zigzag(60, mirrored=True)):
        found = _features(other)
        scale = FEATURES.index("log_height_middle")
        assert np.delete(found, scale) == pytest.approx(np.delete(usual, scale), abs=0.25)


def test_a_hand_at_rest_has_no_strokes_and_finite_features() -> None:
    """A path of one point gives no division by zero, and no stroke."""
    at_s = np.arange(0.0, 1.0, 0.04)
    still = np.full(len(at_s), 80.0)
    path = HandPath(at_s, still, still, still, still, np.zeros(len(at_s)))
    features = path_features(path, np.zeros(len(at_s)), np.array([0.9, 0.9]), np.array([0.4, 0.8]))
    assert features.shape == (2, len(FEATURES))
    assert np.isfinite(features).all()
    assert not features[:, FEATURES.index("stroke")].any()
