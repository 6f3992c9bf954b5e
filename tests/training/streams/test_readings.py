"""Readings as if of a stranger."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streamsign.recognition.model import load_model
from streamsign.training.streams.build import IDLE, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.readings import Readings, StreamCrop, StreamReader, as_of_stranger
from streamsign.training.streams.record import TrueLetter

LETTERS = ["C", "E", "L", "O", "V"]


def readings(posterior: np.ndarray, *truth: TrueLetter) -> Readings:
    """A stream of frames, ten a second, with these posteriors."""
    nothing = np.zeros(len(posterior))
    return Readings(
        "normal", "S01", truth, 0, np.arange(len(posterior)) / 10, posterior, nothing, nothing, nothing, nothing
    )


@given(arrays(np.float64, (4, 6), elements=st.floats(1e-6, 1)), st.integers(0, 99))
def test_where_no_letter_is_shown_a_stranger_is_read_less_surely(raw: np.ndarray, seed: int) -> None:
    """Sums stay 1, the order of the labels stays, the greatest probability falls or stays."""
    posterior = raw / raw.sum(axis=1, keepdims=True)
    read = as_of_stranger(readings(posterior), LETTERS, np.random.default_rng(seed)).posterior
    assert np.allclose(read.sum(axis=1), 1)
    assert (read.max(axis=1) <= posterior.max(axis=1) + 1e-9).all()
    # Of the order, what rounding leaves of it: neighbors that differ clearly.
    for before, after in zip(posterior, read, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= -1e-9).all()


def test_a_letter_is_misread_in_the_same_way_as_long_as_it_lasts() -> None:
    """Odds between two labels change by one amount over a letter's frames, by another for another letter."""
    posterior = np.tile([0.1, 0.5, 0.1, 0.1, 0.1, 0.1], (40, 1))
    truth = [TrueLetter(letter="C", start_s=0.5, end_s=1.5), TrueLetter(letter="O", start_s=2.0, end_s=3.0)]
    read = as_of_stranger(readings(posterior, *truth), LETTERS, np.random.default_rng(0)).posterior
    odds = np.log(read[:, 1] / read[:, 4])
    c, o = odds[5:16], odds[20:31]
    assert np.ptp(c) < 1e-9
    assert np.ptp(o) < 1e-9
    assert abs(c[0] - o[0]) > 0.1


def test_a_frame_without_a_hand_stays_one() -> None:
    """NaN, which means that nothing was read, is kept."""
    assert np.isnan(
        as_of_stranger(readings(np.full((1, 6), np.nan)), LETTERS, np.random.default_rng(0)).posterior
    ).all()


def test_letters_outside_the_model_are_left_as_they_are() -> None:
    """A film of the whole alphabet can be read as a stranger's by a model without J."""
    posterior = np.tile([0.1, 0.5, 0.1, 0.1, 0.1, 0.1], (20, 1))
    truth = TrueLetter(letter="J", start_s=0.5, end_s=1.0)
    read = as_of_stranger(readings(posterior, truth), LETTERS, np.random.default_rng(0)).posterior
    assert np.allclose(read, read[0])


def test_pictures_of_several_sizes_are_read_in_one_stream() -> None:
    """The idle stream shows rooms whose pictures differ by a few pixels, in which the same parts are searched."""
    shots = [
        Shot(np.full((180, width), 120, np.uint8), number / 30, None)
        for number, width in enumerate([201] * 5 + [202] * 5 + [201])
    ]
    found = StreamReader(load_model("alphabet"), StreamCrop.HAND).read(Stream(IDLE, "S01", (), shots))
    assert len(found.times) == len(shots)
    assert np.isnan(found.posterior).all()
