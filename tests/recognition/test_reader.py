"""When the reader reads, and what its readings weigh; in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.reader import ReaderFusion, ReaderPolicy, ReaderSchedule

POLICY = ReaderPolicy(spacing_s=0.1, min_weight=0.5, certain=0.9, recheck_s=0.5, weight=3.0, classifier_weight=0.5)
PRIOR = np.full(3, 1 / 3)
NONE, A, B = np.eye(3) * 0.94 + 0.02

frames = st.lists(
    st.tuples(st.floats(0.005, 0.3), st.floats(0, 1), st.integers(0, 2), st.floats(0.3, 1)), min_size=1, max_size=80
)


@given(frames)
def test_readings_are_spaced_and_of_trusted_frames(stream: list[tuple[float, float, int, float]]) -> None:
    """Whatever the frame rate, readings are at least the spacing apart, and none is of a frame that the gate doubts."""
    schedule, now, last = ReaderSchedule(POLICY), 0.0, -np.inf
    for interval_s, weight, seen, confidence in stream:
        now += interval_s
        if schedule.is_due(now, weight, seen):
            assert now - last >= POLICY.spacing_s
            assert weight >= POLICY.min_weight
            schedule.note(now, confidence, seen)
            last = now


@pytest.mark.parametrize("fps", [12, 30, 60])
def test_readings_do_not_grow_with_the_frame_rate(fps: int) -> None:
    """A doubtful hand is read ten times a second at most, a certain one twice."""
    for confidence, most in ((0.5, 10), (0.95, 2)):
        schedule, count = ReaderSchedule(POLICY), 0
        for number in range(fps):
            if schedule.is_due(number / fps, 1.0, 1):
                schedule.note(number / fps, confidence, 1)
                count += 1
        assert 1 <= count <= most


def test_a_change_of_letters_is_read_at_once() -> None:
    """After a certain reading, another letter of the classifier is read as soon as the spacing has passed."""
    schedule = ReaderSchedule(POLICY)
    schedule.note(0.0, 0.95, 1)
    assert not schedule.is_due(0.05, 1.0, 2)
    assert not schedule.is_due(0.15, 1.0, 1)
    assert schedule.is_due(0.15, 1.0, 2)
    assert schedule.is_due(0.5, 1.0, 1)


def test_reset_forgets_the_last_reading() -> None:
    """The first frame of the next clip is read, though its time is earlier."""
    schedule = ReaderSchedule(POLICY)
    schedule.note(100.0, 0.95, 1)
    schedule.reset()
    assert schedule.is_due(0.0, 1.0, 1)


def test_a_reading_counts_with_its_own_weight() -> None:
    """A frame that is read has both networks' evidence; the next one the classifier's alone, reduced."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, every_frame=False)
    factor, reading = fusion.update(0.0, 0.8, A, lambda: B)
    assert factor == POLICY.classifier_weight
    assert reading is not None
    assert reading.posterior == pytest.approx(B)
    assert reading.weight == pytest.approx(0.8 * POLICY.weight)
    assert fusion.update(0.03, 0.8, A, lambda: pytest.fail("read again"))[1] is None


def test_readings_of_every_frame_share_the_weight_of_one() -> None:
    """Thirty readings a second weigh as much as ten: neighboring frames are not independent."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, every_frame=True)
    weights = []
    for number in range(31):
        reading = fusion.update(number / 30, 1.0, A, lambda: A).reading
        assert reading is not None
        weights.append(reading.weight)
    assert sum(weights[1:]) == pytest.approx(10 * POLICY.weight)


def test_the_prior_of_the_readers_training_is_replaced_by_the_filters() -> None:
    """A label that the reader saw twice as often in training is worth half as much."""
    fusion = ReaderFusion(POLICY, PRIOR, np.array([0.5, 0.25, 0.25]), every_frame=True)
    reading = fusion.update(0.0, 1.0, A, lambda: PRIOR).reading
    assert reading is not None
    assert reading.posterior == pytest.approx([0.2, 0.4, 0.4])
