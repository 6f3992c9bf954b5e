import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.tuning import Tuning
from streamsign.training.paths.fit import HandFilm, Judged, judge
from streamsign.training.paths.recipe import MOST_FALSE, figures_of, fitted
from streamsign.training.streams.methods import Method, setting_of
from tests.training.paths.hand_films import INFO, hand_film

SETTING = setting_of(Method.HMM, Tuning())


def _zigzag(kind: str, signer: str, reach: float, drawn: bool) -> HandFilm:
    """Three seconds of a D whose hand moves in three strokes of this length, in steps of 80 pixels, from 1 s on."""
    at_s = np.arange(0.0, 3.0, 1 / 30)
    x = reach * np.interp(at_s, [1.0, 1.25, 1.5, 1.75], [0.0, 1.0, 0.0, 1.0])
    y = 0.7 * reach * np.interp(at_s, [1.25, 1.5], [0.0, 1.0])
    return hand_film(kind, signer, x, y, (1.0, 1.75) if drawn else None)


def test_figures_count_drawings_for_recall_and_other_letters_for_false_ones() -> None:
    """Recall is of drawings, false letters are over the other letters of a kind, each with signers and interval."""
    drawn = _zigzag("moving", "a", 1.0, drawn=True)
    twice = HandFilm(drawn.readings, drawn.drawings * 2)
    held = [_zigzag("clips", signer, 0.0, drawn=False) for signer in "bc"]
    found = figures_of(
        [
            Judged(twice, (True, False), ()),
            Judged(held[0], (), ()),
            Judged(held[1], (), (("Z", 1.0),)),
        ]
    )
    assert found["moving"]["Z"]["share"] == pytest.approx(0.5)
    assert (found["moving"]["Z"]["of"], found["moving"]["Z"]["signers"]) == (2, 1)
    assert (found["clips"]["false"]["share"], found["clips"]["false"]["of"]) == (0.5, 2)
    low, high = found["clips"]["false"]["ci95"]
    assert 0 < low < 0.5 < high < 1


def test_the_threshold_grows_until_few_letters_of_a_kind_are_taken_for_a_drawn_one() -> None:
    """Of other people's films in which some hands move like a drawing, none is taken for one afterwards."""
    films = [_zigzag("moving", signer, 1.0, drawn=True) for signer in "abc"]
    films += [_zigzag("moved", signer, 0.5, drawn=False) for signer in "def"]
    held = [_zigzag("clips", signer, reach, drawn=False) for signer in "ghi" for reach in (0.0, 0.7)]
    loose, _ = fitted(films, [], INFO, SETTING, lambda line: None)
    strict, _ = fitted(films, held, INFO, SETTING, lambda line: None)
    before, after = (sum(len(judge(film, rules, INFO, SETTING).false) for film in held) for rules in (loose, strict))
    assert before > MOST_FALSE * len(held) >= after
    assert strict["Z"].threshold > loose["Z"].threshold


def test_every_signer_of_a_filmed_drawing_has_numbers_fitted_without_it() -> None:
    """Recall of a signer's drawings can be measured with numbers that have not seen them."""
    films = [_zigzag("moving", signer, reach, drawn=True) for signer, reach in zip("abc", (0.9, 1.0, 1.4), strict=True)]
    rules, apart = fitted([*films, _zigzag("moved", "d", 0.0, drawn=False)], [], INFO, SETTING, lambda line: None)
    assert apart.keys() == set("abc")
    assert all(apart[signer]["Z"].weights != rules["Z"].weights for signer in apart)


def test_a_letter_that_no_film_shows_cannot_be_fitted() -> None:
    """The error names the moving letter without a drawing."""
    with pytest.raises(TrainingError, match="No film shows a drawn Z"):
        fitted([_zigzag("clips", "a", 0.0, drawn=False)], [], INFO, SETTING, lambda line: None)
