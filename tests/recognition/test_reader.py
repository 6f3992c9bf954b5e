"""When the reader reads, and what its readings weigh; in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.reader import ReaderFusion, ReaderPolicy, ReaderSchedule
from streamsign.recognition.temporal import Posterior, Rates

POLICY = ReaderPolicy(
    spacing_s=0.1, min_weight=0.5, certain=0.9, recheck_s=0.5, weight=3.0, classifier_correlation_s=0.1
)
RATES = Rates(correlation_s=0.05)
STANDING = POLICY.model_copy(update={"stands": True})
PRIOR = np.full(3, 1 / 3)
NONE, A, B = np.eye(3) * 0.94 + 0.02


def reading(confidence: float, label: int = 1) -> Posterior:
    """A reading with this probability of a label."""
    others = np.full(3, (1 - confidence) / 2)
    others[label] = confidence
    return others


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
            schedule.note(now, reading(confidence, seen), seen)
            last = now


@pytest.mark.parametrize("fps", [12, 30, 60])
def test_readings_do_not_grow_with_the_frame_rate(fps: int) -> None:
    """A doubtful hand is read ten times a second at most, a certain one twice."""
    for confidence, most in ((0.5, 10), (0.95, 2)):
        schedule, count = ReaderSchedule(POLICY), 0
        for number in range(fps):
            if schedule.is_due(number / fps, 1.0, 1):
                schedule.note(number / fps, reading(confidence), 1)
                count += 1
        assert 1 <= count <= most


def test_a_change_of_letters_is_read_at_once() -> None:
    """After a certain reading, another letter of the classifier is read as soon as the spacing has passed."""
    schedule = ReaderSchedule(POLICY)
    schedule.note(0.0, reading(0.95), 1)
    assert not schedule.is_due(0.05, 1.0, 2)
    assert not schedule.is_due(0.15, 1.0, 1)
    assert schedule.is_due(0.15, 1.0, 2)
    assert schedule.is_due(0.5, 1.0, 1)


def test_a_certain_letter_is_read_until_it_is_text() -> None:
    """With ``until_text`` a letter is read at the spacing until it is text; another one or none is not waited for."""
    policy = POLICY.model_copy(update={"until_text": True})
    schedule = ReaderSchedule(policy)
    schedule.note(0.0, reading(0.95), 1)
    assert not schedule.is_due(0.05, 1.0, 1, text=2)
    assert schedule.is_due(0.15, 1.0, 1, text=2)
    assert schedule.is_due(0.15, 1.0, 1, text=0)
    assert not schedule.is_due(0.15, 1.0, 1, text=1)
    schedule.note(0.15, reading(0.95, label=0), 0)
    assert not schedule.is_due(0.3, 1.0, 0, text=0)


def test_a_frame_without_a_letter_is_read_at_the_wide_spacing() -> None:
    """With ``wide_spacing_s`` it is read later than a frame in which the classifier sees a letter."""
    schedule = ReaderSchedule(POLICY.model_copy(update={"wide_spacing_s": 0.2}))
    schedule.note(0.0, reading(0.6), 1)
    assert schedule.is_due(0.15, 1.0, 1)
    assert schedule.is_due(0.15, 1.0, 2)
    assert not schedule.is_due(0.15, 1.0, 0)
    assert schedule.is_due(0.2, 1.0, 0)


def test_a_letter_that_is_certain_twice_is_read_at_the_wide_spacing() -> None:
    """Before it is text, while the classifier sees it too; one certain reading, or one that differs, is not enough."""
    schedule = ReaderSchedule(POLICY.model_copy(update={"wide_spacing_s": 0.2, "until_text": True}))
    schedule.note(0.0, reading(0.95), 1)
    assert schedule.is_due(0.15, 1.0, 1)
    schedule.note(0.15, reading(0.95), 1)
    assert not schedule.is_due(0.3, 1.0, 1)
    assert schedule.is_due(0.3, 1.0, 2)
    assert schedule.is_due(0.4, 1.0, 1)
    schedule.note(0.35, reading(0.95, label=2), 1)
    assert schedule.is_due(0.5, 1.0, 1)
    schedule.note(0.5, reading(0.6, label=2), 2)
    schedule.note(0.65, reading(0.95, label=2), 2)
    assert schedule.is_due(0.8, 1.0, 2)
    schedule.reset()
    assert schedule.is_due(0.0, 1.0, 1)


def test_reset_forgets_the_last_reading() -> None:
    """The first frame of the next clip is read, though its time is earlier."""
    schedule = ReaderSchedule(POLICY)
    schedule.note(100.0, reading(0.95), 1)
    schedule.reset()
    assert schedule.is_due(0.0, 1.0, 1)


def test_a_reading_counts_with_its_own_weight() -> None:
    """A frame that is read has both networks' evidence; the next one the classifier's alone, reduced."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, rates=RATES, every_frame=False)
    _, reading, ran = fusion.update(0.0, 0.8, A, lambda: B)
    assert reading is not None
    assert ran
    assert reading.posterior == pytest.approx(B)
    assert reading.weight == pytest.approx(0.8 * POLICY.weight)
    assert fusion.update(0.03, 0.8, A, lambda: pytest.fail("read again")).reading is None


def test_a_reading_stands_until_the_classifier_sees_a_change() -> None:
    """Frames that are not read have its evidence, in proportion to time; a changed label and blur have none."""
    fusion = ReaderFusion(STANDING, PRIOR, PRIOR, rates=RATES, every_frame=False)
    fusion.update(0.0, 1.0, A, lambda: B)
    _, standing, ran = fusion.update(0.03, 0.8, A, lambda: pytest.fail("read again"))
    assert not ran
    assert standing is not None
    assert standing.posterior == pytest.approx(B)
    assert standing.weight == pytest.approx(0.8 * POLICY.weight * 0.3)
    assert fusion.update(0.05, POLICY.min_weight / 2, A, lambda: B).reading is None
    assert fusion.update(0.06, 1.0, NONE, lambda: pytest.fail("read within the spacing")).reading is None
    fusion.reset()
    assert fusion.update(0.07, POLICY.min_weight / 2, A, lambda: B).reading is None


@pytest.mark.parametrize("spacing_s", [0.03, 0.1])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
@pytest.mark.parametrize("fps", [12, 24, 30, 60])
def test_a_second_of_a_letter_has_the_same_evidence_at_every_rate(
    fps: int, confidence: float, spacing_s: float
) -> None:
    """It depends neither on the frame rate, nor on how many of the frames the reader reads."""
    policy = STANDING.model_copy(update={"spacing_s": spacing_s})
    rates = RATES.model_copy(update={"longest_s": 0.09})
    fusion = ReaderFusion(policy, PRIOR, PRIOR, rates=rates, every_frame=False)
    read = NONE * (1 - confidence) + A * confidence
    rows = [fusion.update(number / fps, 1.0, A, lambda: read).reading for number in range(fps + 1)]
    weight = sum(row.weight for row in rows if row is not None)
    assert weight == pytest.approx(POLICY.weight / spacing_s)


@pytest.mark.parametrize(("fps", "factor"), [(60, 0.5), (30, 0.5), (12, 0.0833 / 0.1), (5, 1.0)])
def test_the_classifier_counts_less_where_its_frames_are_dependent(fps: int, factor: float) -> None:
    """Over a correlation time twice as long, many frames a second count half; frames farther apart count in full."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, rates=RATES, every_frame=False)
    factors = [fusion.update(number / fps, 0.0, A, lambda: A).classifier_factor for number in range(3)]
    assert factors == pytest.approx([1.0, factor, factor], abs=0.01)
    assert (
        ReaderFusion(ReaderPolicy(), PRIOR, PRIOR, rates=RATES, every_frame=False)
        .update(0.0, 1.0, A, lambda: A)
        .classifier_factor
        == 1.0
    )


def test_large_replaces_the_classifier() -> None:
    """In the mode large every frame is read, and its evidence counts as the classifier's would."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, rates=RATES, every_frame=True)
    for number in range(4):
        factor, reading, ran = fusion.update(number / 30, 0.8, A, lambda: B)
        assert ran
        assert factor == 0
        assert reading is not None
        assert reading.weight == pytest.approx(0.8 * (1 / 30) / 0.05 if number else 0)


def test_close_readings_share_the_weight_of_one() -> None:
    """A change of letters may be read right after the spacing; no reading ever weighs more than one."""
    fusion = ReaderFusion(POLICY, PRIOR, PRIOR, rates=RATES, every_frame=False)
    rows = [fusion.update(number / 30, 1.0, A, lambda: NONE * 0.5 + A * 0.5) for number in range(31)]
    assert 1 <= sum(row.ran for row in rows) <= 10
    assert max(row.reading.weight for row in rows if row.reading is not None) <= POLICY.weight


def test_the_prior_of_the_readers_training_is_replaced_by_the_filters() -> None:
    """A label that the reader saw twice as often in training is worth half as much."""
    fusion = ReaderFusion(POLICY, PRIOR, np.array([0.5, 0.25, 0.25]), rates=RATES, every_frame=True)
    reading = fusion.update(0.0, 1.0, A, lambda: PRIOR).reading
    assert reading is not None
    assert reading.posterior == pytest.approx([0.2, 0.4, 0.4])
