from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import places_of
from streamsign.recognition.tuning import Tuning
from streamsign.training.paths.fit import HandFilm, fit, judge, spans_of
from streamsign.training.streams.methods import Method, setting_of
from tests.training.paths.hand_films import INFO, hand_film


def _film(signer: str, draws: bool, pace: float = 1.0) -> HandFilm:
    """Three seconds of a D that draws a zigzag from 1 s on, or sways aside and back."""
    at_s = np.arange(0.0, 3.0, 1 / 30)
    strokes = 1 + np.array([0.0, 0.25, 0.5, 0.75]) * pace
    if draws:
        x = np.interp(at_s, strokes, [0.0, 1.0, 0.0, 1.0])
        y = np.interp(at_s, strokes[1:3], [0.0, 0.7])
    else:
        x = 0.5 * np.interp(at_s, strokes[:3], [0.0, 1.0, 0.0])
        y = np.zeros(len(at_s))
    return hand_film("made", signer, x, y, (1.0, float(strokes[-1])) if draws else None)


PLACES = places_of(["D"], INFO.letters), places_of([], INFO.letters)
FILMS = [_film(name, draws, pace) for name, pace in (("a", 0.9), ("b", 1.1), ("c", 1.3)) for draws in (True, False)]


def test_numbers_fitted_to_some_signers_find_the_drawing_of_another_and_no_other_movement() -> None:
    """A model of two signers decides on the third one's zigzag, and not on anybody's sway."""
    spans = spans_of(FILMS, "Z", *PLACES)
    others = spans.signers != "c"
    rule = fit(spans.only(others), {})
    for film in FILMS:
        judged = judge(film, {"Z": rule}, INFO, setting_of(Method.HMM, Tuning()))
        assert judged.false == ()
        assert all(judged.found)


def test_spans_that_hold_a_part_of_a_drawing_are_left_out() -> None:
    """Of a film with a drawing, the spans that neither hold it nor are apart from it are not fitted to."""
    drawn, swayed = (spans_of([_film("a", draws)], "Z", *PLACES).drawn for draws in (True, False))
    assert drawn.any()
    assert not swayed.any()
    assert (~drawn).sum() < (~swayed).sum()


def test_films_without_a_hand_cannot_be_fitted_to() -> None:
    """The error says that no film shows a hand."""
    film = _film("a", draws=True)
    unseen = replace(film, readings=replace(film.readings, boxes=np.full((len(film.readings.times), 4), np.nan)))
    with pytest.raises(TrainingError, match="No film shows a hand"):
        spans_of([unseen], "Z", *PLACES)


def test_made_drawings_have_a_weight_of_their_own() -> None:
    """However many made films there are, the drawings that were filmed keep their part of the fit."""
    filmed = [_film(name, draws) for name in "ab" for draws in (True, False)]
    made = [replace(_film(name, draws=True, pace=2.0), made=True) for name in "cdefgh"]
    spans = spans_of([*filmed, *made], "Z", *PLACES)
    alone, mixed = (fit(each, {}) for each in (spans.only(~spans.made), spans))
    features = spans.features[spans.drawn & ~spans.made]
    assert mixed.scores(features).mean() > 0.5 * alone.scores(features).mean() > 0
