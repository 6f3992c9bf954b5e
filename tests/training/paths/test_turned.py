"""training/paths/turned.py: the hand of a J, turned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import places_of, turned_hand
from streamsign.recognition.path_features import shapes_seen
from streamsign.training.paths.fit import DrawnSpan, HandFilm
from streamsign.training.paths.turned import turned_rule
from tests.training.paths.hand_films import INFO, hand_film

LETTERS = INFO.letters  # D, I


def _film(signer: str, shown: tuple[float, float, float], drawn: bool, made: bool = False) -> HandFilm:
    """An I that goes down from 1 to 2 s and then shows other probabilities: of none, D and I."""
    at_s = np.arange(0.0, 3.0, 1 / 30)
    film = hand_film("made", signer, np.zeros(len(at_s)), np.interp(at_s, [1.0, 2.0], [0.0, 0.6]))
    evidence = np.tile([0.05, 0.05, 0.9], (len(at_s), 1))
    evidence[at_s > 1.4] = shown
    spans = (DrawnSpan("J", 1.0, 2.0),) if drawn else ()
    return replace(film, readings=replace(film.readings, posterior=evidence), drawings=spans, made=made)


TURNED, D = (0.6, 0.2, 0.2), (0.02, 0.97, 0.01)
FILMS = [_film(name, TURNED, drawn=True) for name in "ab"] + [_film("c", D, drawn=False, made=True)]


def _seen(film: HandFilm, films: list[HandFilm], without: str = "") -> float:
    rule = turned_rule(films, "J", LETTERS, {}, [without])
    starts, none = places_of(["I"], LETTERS), places_of([], LETTERS)
    shapes = shapes_seen(film.readings.posterior, starts, none, turned_hand(rule, LETTERS))
    return float(shapes.turned[film.readings.times > 1.5].mean())


def test_the_turned_hand_of_another_signer_is_distinguished_from_other_letters() -> None:
    """Weights fitted without a signer's films recognize the hand at the end of that signer's J, and no D or held I."""
    assert _seen(FILMS[0], FILMS, "a") > 0.6
    assert _seen(FILMS[2], FILMS) < 0.1


def test_only_words_made_of_stills_are_examples_of_other_hands() -> None:
    """Filmed letters, and stills that are moved and tilted alone, are left out."""
    still = _film("d", TURNED, drawn=False, made=True)
    others = [
        replace(still, readings=replace(still.readings, case="moved", name="I wander")),
        _film("d", TURNED, drawn=False),
    ]
    assert _seen(FILMS[0], [*FILMS, *others]) == pytest.approx(_seen(FILMS[0], FILMS))
    words = replace(still, readings=replace(still.readings, case="moved", name="ID words"))
    assert _seen(FILMS[0], [*FILMS, words, words]) < _seen(FILMS[0], FILMS)


def test_a_letter_that_no_film_shows_has_no_turned_hand() -> None:
    """The error names the letter without a drawing."""
    with pytest.raises(TrainingError, match="No film shows a drawn J"):
        turned_rule(FILMS[2:], "J", LETTERS, {})
