"""Readings made softer."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streamsign.training.streams.readings import Readings, softened


def readings(posterior: np.ndarray) -> Readings:
    """A stream of frames with these posteriors."""
    nothing = np.zeros(len(posterior))
    return Readings("normal", "S01", (), 0, nothing, posterior, nothing, nothing)


@given(arrays(np.float64, (4, 6), elements=st.floats(1e-6, 1)), st.floats(1.01, 4))
def test_softer_is_less_certain_in_the_same_order(raw: np.ndarray, temperature: float) -> None:
    """Sums stay 1, the order of the letters stays, the greatest probability falls or stays."""
    posterior = raw / raw.sum(axis=1, keepdims=True)
    soft = softened(readings(posterior), temperature).posterior
    assert np.allclose(soft.sum(axis=1), 1)
    assert (soft.max(axis=1) <= posterior.max(axis=1) + 1e-9).all()
    # Of the order, what rounding leaves of it: neighbours that differ clearly.
    for before, after in zip(posterior, soft, strict=True):
        order = np.argsort(before)
        assert (np.diff(after[order]) >= -1e-9).all()


def test_a_frame_without_a_hand_stays_one() -> None:
    """NaN, which means that nothing was read, is kept."""
    assert np.isnan(softened(readings(np.full((1, 6), np.nan)), 1.6).posterior).all()
