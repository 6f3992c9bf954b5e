"""The time-continuous filter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from streamsign.recognition.stroke import Motion
from streamsign.recognition.temporal import Evidence, Rates, TemporalFilter, generator

UNIFORM = np.full(4, 0.25)
odds = st.lists(st.floats(0, 1), min_size=4, max_size=4).map(np.array)
positive = st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(np.array)


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
        temporal = TemporalFilter(UNIFORM, Rates(correlation_s=0.12))
        for frame in range(fps + 1):
            belief = temporal.update(posterior, 1.0, frame / fps)
        beliefs.append(belief)
    assert beliefs[0] == pytest.approx(beliefs[1], abs=0.08)


def test_a_frame_stands_for_the_time_before_it() -> None:
    """With a longest time of a frame at 12 a second, soon independent evidence counts nearly the same at every rate."""
    posterior = np.array([0.2, 0.3, 0.3, 0.2])
    differences = []
    for longest_s in (0.0, 0.09):
        beliefs = []
        for fps in (12, 120):
            temporal = TemporalFilter(UNIFORM, Rates(correlation_s=0.02, longest_s=longest_s))
            for frame in range(fps + 1):
                belief = temporal.update(posterior, 1.0, frame / fps)
            beliefs.append(belief)
        differences.append(np.abs(beliefs[0] - beliefs[1]).max())
    assert differences[1] < differences[0] / 2
    assert Rates(longest_s=0.09).observations(2.0, 0.03) == pytest.approx(3)


def test_blurred_frames_hardly_move_the_belief() -> None:
    """With a tenth of the weight the same frames leave the letter far less certain."""
    sharp, blurred = TemporalFilter(UNIFORM), TemporalFilter(UNIFORM)
    for frame in range(6):
        certain = sharp.update(np.array([0.02, 0.94, 0.02, 0.02]), 1.0, frame / 30)
        unsure = blurred.update(np.array([0.02, 0.94, 0.02, 0.02]), 0.1, frame / 30)
    assert certain[1] > 0.7
    assert unsure[1] < certain[1] / 2


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
    before = temporal.posterior
    assert temporal.update(np.array([0.0, 1, 0, 0]), 1.0, 4.0) == pytest.approx(before)


def test_movement_speaks_for_between() -> None:
    """The same frames of a hand that moves fast leave the letter less certain than of one that is still."""
    still, moving = TemporalFilter(UNIFORM), TemporalFilter(UNIFORM)
    for frame in range(10):
        posterior = np.array([0.1, 0.7, 0.1, 0.1])
        certain = still.update(posterior, 1.0, frame / 30, Motion(0.1, 0.0))
        unsure = moving.update(posterior, 1.0, frame / 30, Motion(6.0, 0.0))
    assert unsure[1] < certain[1] - 0.1


def test_changing_shape_is_evidence_for_between() -> None:
    """A letter read while the shape changes stays less probable than one that is held, whatever the hand's speed."""
    rates = Rates(per_change=5.0, most_change=1.0)
    held, passed = TemporalFilter(UNIFORM, rates), TemporalFilter(UNIFORM, rates)
    posterior = np.array([0.1, 0.7, 0.1, 0.1])
    for frame in range(40):
        steady = held.update(posterior, 1.0, frame / 30, Motion(0.1, 0.0, 0.3))
        changing = passed.update(posterior, 1.0, frame / 30, Motion(0.1, 0.0, 8.0 if frame >= 30 else 0.3))
    assert 1 - changing[1] > 2 * (1 - steady[1])


def test_confusion_tells_a_likely_mistake_from_an_unlikely_one() -> None:
    """Where O is often read as C, reading C leaves O more believable than L."""
    confusion = np.array(
        [[0.91, 0.03, 0.03, 0.03], [0.03, 0.9, 0.04, 0.03], [0.03, 0.3, 0.64, 0.03], [0.02, 0.02, 0.02, 0.94]]
    )
    temporal = TemporalFilter(UNIFORM, Rates(emission="confusion"), confusion)
    for frame in range(6):
        belief = temporal.update(np.array([0.0, 1.0, 0.0, 0.0]), 1.0, frame / 30)
    assert belief.argmax() == 1
    assert belief[2] > 2 * belief[3]


def test_confusion_without_a_matrix_is_refused() -> None:
    """A model without a reader has no variant "reader"."""
    with pytest.raises(ValueError, match="confusion matrix"):
        TemporalFilter(UNIFORM, Rates(emission="confusion"))


def test_a_lag_looks_past_a_wrong_frame() -> None:
    """One wrong frame inside a letter hardly changes its posterior a few frames later."""
    rates = Rates(correlation_s=0.034)
    online, lagged = TemporalFilter(UNIFORM, rates), TemporalFilter(UNIFORM, rates.model_copy(update={"lag_s": 0.1}))
    lows = []
    for temporal in (online, lagged):
        held = []
        for frame in range(30):
            wrong = frame == 15
            held.append(
                temporal.update(
                    np.array([0.01, 0.01, 0.97, 0.01] if wrong else [0.01, 0.97, 0.01, 0.01]), 1.0, frame / 30
                )[1]
            )
        lows.append(min(held[10:]))
    assert lows[1] > lows[0]


@given(
    st.lists(st.tuples(odds, st.floats(0, 1), st.floats(0, 3), st.one_of(st.none(), st.floats(0, 1e6))), max_size=30)
)
def test_a_lagged_belief_is_a_distribution(stream: list[tuple[np.ndarray, float, float, float | None]]) -> None:
    """Smoothing keeps it finite, not negative and summing to 1, for any weight, gap and speed."""
    temporal, now = TemporalFilter(UNIFORM, Rates(lag_s=0.2)), 0.0
    for posterior, weight, elapsed, speed in stream:
        now += elapsed
        belief = temporal.update(posterior, weight, now, None if speed is None else Motion(speed, 0.0))
        assert (belief >= 0).all()
        assert belief.sum() == pytest.approx(1)


@given(st.lists(st.floats(0, 0.5), max_size=40))
def test_without_evidence_no_letter_leads(gaps: list[float]) -> None:
    """Frames that say nothing never make a letter more believable than none."""
    temporal, now = TemporalFilter(UNIFORM), 0.0
    for gap in gaps:
        now += gap
        assert temporal.update(np.zeros(4), 1.0, now).argmax() == 0


@pytest.mark.parametrize("letters", [1, 5, 24])
def test_generator_rows_sum_to_zero(letters: int) -> None:
    """Q is a generator matrix for any alphabet."""
    q = generator(letters, Rates())
    assert q.sum(axis=1) == pytest.approx(np.zeros(2 + letters))
    assert (q[~np.eye(2 + letters, dtype=bool)] >= 0).all()


@given(st.integers(0, 2000), st.integers(1, 24))
def test_the_belief_moves_by_the_matrix_exponential(ms: int, letters: int) -> None:
    """Without evidence the posterior is that of the generator's expm, for every gap and number of letters."""
    filter_ = TemporalFilter(np.full(1 + letters, 1 / (1 + letters)))
    moved = expm(generator(letters, Rates()) * (ms / 1000))[0]
    np.testing.assert_allclose(filter_.predict(ms / 1000)[1:], moved[1:-1], rtol=1e-9, atol=1e-12)


@given(st.lists(st.tuples(positive, st.floats(0, 1), positive, st.floats(0, 3)), max_size=12))
def test_evidence_adds_up_in_log_space(stream: list[tuple[np.ndarray, float, np.ndarray, float]]) -> None:
    """The filter multiplies what the definition adds: logs of the moved posterior and of weighted likelihoods."""
    rates, prior = Rates(), np.array([0.4, 0.3, 0.2, 0.1])
    between = np.array([rates.between_none, *[(1 - rates.between_none) / 3] * 3])
    temporal, state = TemporalFilter(prior, rates), np.array([1.0, 0, 0, 0, 0])

    def log_likelihood(posterior: np.ndarray) -> np.ndarray:
        read = np.maximum(posterior / posterior.sum(), rates.floor)
        return np.append(np.log(read) - np.log(prior), np.log((between / prior) @ read))

    for frame, (posterior, weight, reading, reading_weight) in enumerate(stream):
        dt = 0.04 if frame else 0.0
        found = temporal.update(posterior, weight, frame * 0.04, None, Evidence(reading, reading_weight))
        share = rates.observations(dt, rates.correlation_s)
        log_state = np.log(np.maximum(state @ expm(generator(3, rates) * dt), 1e-300))
        log_state += weight * share * log_likelihood(posterior) + reading_weight * log_likelihood(reading)
        state = np.exp(log_state - log_state.max())
        state /= state.sum()
        np.testing.assert_allclose(found, [state[0] + state[4], *state[1:4]], rtol=1e-9, atol=1e-12)


def test_replay_is_bit_identical() -> None:
    """A recorded stream gives the same beliefs to the last bit."""
    stream = np.random.default_rng(5).dirichlet(np.ones(4), 50)
    runs = []
    for _ in range(2):
        temporal = TemporalFilter(UNIFORM)
        runs.append([temporal.update(row, 0.7, n / 30) for n, row in enumerate(stream)])
    assert np.array_equal(runs[0], runs[1])
