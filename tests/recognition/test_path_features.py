import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.recognition.path_features import (
    BURST_S,
    FEATURES,
    HandPath,
    ShapesSeen,
    TurnedHand,
    path_features,
    shapes_seen,
)


def _zigzag(fps: float, size: float = 100.0, mirrored: bool = False) -> HandPath:
    """Three strokes of 0.6 hand sizes in 0.9 s, the second one down by 0.5."""
    at_s = np.arange(0.0, 1.2, 1 / fps)
    x = np.interp(at_s, [0.0, 0.3, 0.6, 0.9], [0.0, 0.6, 0.0, 0.6]) * (-1 if mirrored else 1)
    y = np.interp(at_s, [0.0, 0.3, 0.6, 0.9], [0.0, 0.0, 0.5, 0.5])
    side = np.full(len(at_s), size)
    return HandPath(at_s, size * x + 50, size * y, 0.7 * side, side, np.zeros(len(at_s)))


def _only_start(frames: int) -> ShapesSeen:
    return ShapesSeen(np.ones(frames), np.zeros(frames), np.zeros(frames, bool), np.zeros(frames))


def _features(path: HandPath) -> NDArray[np.float64]:
    seen = _only_start(len(path.at_s))
    features = path_features(path, seen, np.array([0.9]), np.array([0.9]))
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
        # The least speed is that of a sharp corner, which few frames smooth.
        apart = [FEATURES.index(name) for name in ("log_height_middle", "calm")]
        assert np.delete(found, apart) == pytest.approx(np.delete(usual, apart), abs=0.25)


def test_a_hand_at_rest_has_no_strokes_and_finite_features() -> None:
    """A path of one point gives no division by zero, and no stroke."""
    at_s = np.arange(0.0, 1.0, 0.04)
    still = np.full(len(at_s), 80.0)
    path = HandPath(at_s, still, still, still, still, np.zeros(len(at_s)))
    features = path_features(path, _only_start(len(at_s)), np.array([0.9, 0.9]), np.array([0.4, 0.8]))
    assert features.shape == (2, len(FEATURES))
    assert np.isfinite(features).all()
    assert not features[:, FEATURES.index("stroke")].any()


def test_a_letter_held_on_the_way_is_told_from_one_passed_in_motion() -> None:
    """Another letter counts in the middle of a path where the hand rests, and hardly where it moves."""
    path = _zigzag(30)
    stops = np.interp(path.at_s, [0.0, 0.3, 0.6, 0.9], [0.0, 1.0, 1.0, 2.0])
    halting = path._replace(x=50 + 60 * stops, y=np.zeros(len(stops)))
    other = ((path.at_s > 0.3) & (path.at_s < 0.6)).astype(np.float64)
    seen = ShapesSeen(1 - other, other, np.zeros(len(other), bool), np.zeros(len(other)))
    held, passed = (
        path_features(each, seen, np.array([0.9]), np.array([0.9]))[0, FEATURES.index("other_middle")]
        for each in (halting, path)
    )
    assert held > 0.9
    assert passed < 0.3


def test_a_jump_is_told_from_an_even_movement() -> None:
    """Nearly all of a jump's path is within BURST_S, and of an even movement as much as that is of the time."""
    at_s = np.arange(0.0, 1.0, 1 / 30)
    still = np.full(len(at_s), 80.0)
    even, jump = (
        HandPath(at_s, 80 * x, still, still, still, np.zeros(len(at_s)))
        for x in (at_s, np.interp(at_s, [0.4, 0.5], [0.0, 1.0]))
    )
    seen = _only_start(len(at_s))
    found = [
        dict(zip(FEATURES, path_features(each, seen, np.array([0.9]), np.array([0.8]))[0], strict=True))
        for each in (even, jump)
    ]
    assert found[0]["burst"] == pytest.approx(BURST_S / 0.8, abs=0.02)
    assert found[0]["early"] == pytest.approx(found[0]["late"], abs=0.02)
    assert found[1]["burst"] > 0.95
    assert found[1]["late"] < 0.05


def test_the_letters_a_drawing_starts_from_are_separated_from_the_others() -> None:
    """Their probabilities are summed; of the others the highest counts, without none and those that it passes."""
    evidence = np.array([[0.1, 0.3, 0.3, 0.05, 0.25]])
    starts, passes = np.array([1, 2]), np.array([4])
    seen = shapes_seen(evidence, starts, passes)
    assert seen.start == pytest.approx([0.6])
    assert seen.other == pytest.approx([0.05])
    assert shapes_seen(evidence[:, :3], starts, np.array([], np.intp)).other == pytest.approx([0.0])


def test_another_letter_shown_twice_for_certain_marks_the_spans_that_hold_it() -> None:
    """One certain frame, or two of different letters, do not; spans before and after are not marked."""
    path = _zigzag(30)
    evidence = np.full((len(path.at_s), 4), 0.02)
    evidence[[3, 10, 11, 20, 21], [2, 2, 3, 2, 2]] = 0.9
    seen = shapes_seen(evidence, np.array([1]), np.array([], np.intp))
    assert np.flatnonzero(seen.sure).tolist() == [21]
    marked = path_features(path, seen, np.array([0.6, 0.8, 1.1]), np.array([0.5, 0.5, 0.3]))
    assert marked[:, FEATURES.index("other_sure")].tolist() == [0.0, 1.0, 0.0]


def test_a_hand_that_turns_after_the_start_counts_where_two_points_show_it() -> None:
    """Its weighted log-probabilities count after the start, and not in one frame or together with the first shape."""
    path = _zigzag(60)
    turned = TurnedHand(np.array([0.0, 0.0, 5.0]), 2.0)

    def found(shown: tuple[float, float], evidence: tuple[float, float, float]) -> float:
        seen = np.tile([0.05, 0.9, 0.001], (len(path.at_s), 1))
        seen[(path.at_s >= shown[0]) & (path.at_s <= shown[1])] = evidence
        shapes = shapes_seen(seen, np.array([1]), np.array([], np.intp), turned)
        return float(path_features(path, shapes, np.array([0.9]), np.array([0.9]))[0, FEATURES.index("turned")])

    assert found((0.5, 0.8), (0.05, 0.05, 0.9)) > 0.7
    assert found((0.5, 0.8), (0.0, 0.9, 0.1)) < 0.1
    assert found((0.52, 0.53), (0.05, 0.05, 0.9)) < 0.1
    assert found((0.0, 0.1), (0.05, 0.05, 0.9)) < 0.1
    still = shapes_seen(np.array([[0.05, 0.05, 0.9]]), np.array([1]), np.array([], np.intp))
    assert still.turned.tolist() == [0.0]
