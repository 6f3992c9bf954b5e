"""The time-continuous filter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.temporal import Rates, TemporalFilter, generator

UNIFORM = np.full(4, 0.25)
odds = st.lists(st.floats(0, 1), min_size=4, max_size=4).map(np.array)


@given(st.lists(st.tuples(odds, st.floats(0, 1), st.floats(0, 3)), max_size=30))
def test_belief_is_a_distribution(stream: list[tuple[np.ndarray, float, float]]) -> None:
    """Whatever comes in, zero rows included, the belief is finite, not negative and sums to 1."""
    temporal, now = TemporalFilter(UNIFORM), 0.0
    for posterior, weight, elapsed in stream:
        now += elapsed
        belief = temporal.update(posterior, weight, now)
        assert np.isfinite(belief).all()
        assert (belief >= 0).all()
        assert belief.sum() == pytest.approx(1)


@given(st.integers(1, 450))
def test_two_half_steps_equal_one_step(half_ms: int) -> None:
    """Prediction depends on the time that passed, not on how often somebody looked."""
    once, twice = TemporalFilter(UNIFORM), TemporalFilter(UNIFORM)
    twice.predict(half_ms / 1000)
    assert once.predict(2 * half_ms / 1000) == pytest.approx(twice.predict(half_ms / 1000), abs=1e-9)


def test_frame_rate_does_not_matter() -> None:
    """The same second of evidence at 12 and at 30 frames a second gives nearly the same belief."""
    posterior = np.array([0.2, 0.5, 0.2, 0.1])
    beliefs = []
    for fps in (12, 30):
        temporal = TemporalFilter(UNIFORM)
        for frame in range(fps + 1):
            belief = temporal.update(posterior, 1.0, frame / fps)
        beliefs.append(belief)
    assert beliefs[0] == pytest.approx(beliefs[1], abs=0.05)


def test_blurred_frames_hardly_move_the_belief() -> None:
    """With a tenth of the weight the same frames leave the letter far less certain."""
    sharp, blurred = TemporalFilter(UNIFORM), TemporalFilter(UNIFORM)
    for frame in range(6):
        certain = sharp.update(np.array([0.02, 0.94, 0.02, 0.02]), 1.0, frame / 30)
        unsure = blurred.update(np.array([0.02, 0.94, 0.02, 0.02]), 0.1, frame / 30)
    assert certain[1] > 0.75
    assert unsure[1] < 0.4


def test_broken_posterior_is_no_evidence() -> None:
    """NaN from a broken graph leaves the prediction alone."""
    broken, blind = TemporalFilter(UNIFORM), TemporalFilter(UNIFORM)
    for now in (0.0, 0.1, 0.2):
        with_nan = broken.update(np.array([np.nan, 1, 0, 0]), 1.0, now)
        without = blind.update(np.ones(4), 0.0, now)
    assert np.array_equal(with_nan, without)


def test_time_running_backwards_counts_as_the_same_moment() -> None:
    """A frame with an older time neither fails nor moves the belief on."""
    temporal = TemporalFilter(UNIFORM)
    temporal.update(UNIFORM, 1.0, 5.0)
    before = temporal.belief
    assert temporal.update(np.array([0.0, 1, 0, 0]), 1.0, 4.0) == pytest.approx(before)


@pytest.mark.parametrize("letters", [1, 5, 24])
def test_generator_rows_sum_to_zero(letters: int) -> None:
    """Q is a generator matrix for any alphabet."""
    q = generator(letters, Rates())
    assert q.sum(axis=1) == pytest.approx(np.zeros(1 + letters))
    assert (q[~np.eye(1 + letters, dtype=bool)] >= 0).all()


def test_replay_is_bit_identical() -> None:
    """A recorded stream gives the same beliefs to the last bit."""
    stream = np.random.default_rng(5).dirichlet(np.ones(4), 50)
    runs = []
    for _ in range(2):
        temporal = TemporalFilter(UNIFORM)
        runs.append([temporal.update(row, 0.7, n / 30) for n, row in enumerate(stream)])
    assert np.array_equal(runs[0], runs[1])
