"""Rates by counting."""

import numpy as np
import pytest

from streamsign.recognition.temporal import Rates
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter
from streamsign.training.temporal.rates import fitted_rates


def test_rates_are_jumps_over_time_spent() -> None:
    """A thousand letters held 0.2 s with 0.3 s between them leave at 5 a second and come at 3.3."""
    truth = tuple(TrueLetter(letter="C", start_s=0.5 * n + 0.3, end_s=0.5 * n + 0.5) for n in range(1000))
    times = np.arange(0, 500, 1 / 30)
    nothing = np.full(len(times), np.nan)
    stream = Readings(
        "case", "S01", truth, 0, times, np.full((len(times), 6), np.nan), nothing, nothing, nothing, nothing
    )
    rates = fitted_rates([stream], Rates())
    assert rates.letter_to_between == pytest.approx(5, rel=0.02)
    assert rates.between_to_letter == pytest.approx(1 / 0.3, rel=0.02)
    assert rates.correlation_s == Rates().correlation_s
