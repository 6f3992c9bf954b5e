import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import HandInfo, ModelInfo, MovingInfo
from streamsign.training.paths.fit import HandFilm, Judged, judge
from streamsign.training.paths.recipe import MOST_FALSE, figures_of, fitted

INFO = ModelInfo(
    name="made",
    labels=["D", "I", "none"],
    hand=HandInfo(threshold=0.5),
    moving={"Z": MovingInfo.model_validate({"from": ["D"]})},
    model_sha256="",
    training_data_sha256="",
)


def _film(kind: str, signer: str, drawings: tuple[tuple[float, float], ...] = ()) -> HandFilm:
    box = Box(0, 0, 10, 10)
    return HandFilm("film", signer, kind, "J" if drawings else "I", drawings, np.zeros(1), [box], np.ones((1, 3)))


def test_figures_count_drawings_for_recall_and_films_for_false_letters() -> None:
    """Recall is of drawings, false letters are of films without a drawing, each with its signers and interval."""
    drawn = Judged(_film("moving", "a", ((0.0, 1.0), (2.0, 3.0))), (True, False), (("J", 5.0),))
    held = [Judged(_film("clips", signer), (), false) for signer, false in (("b", ()), ("c", (("J", 1.0), ("Z", 2.0))))]
    found = figures_of([drawn, *held])
    assert found["J"]["share"] == pytest.approx(0.5)
    assert (found["J"]["of"], found["J"]["films"], found["J"]["signers"]) == (2, 1, 1)
    assert (found["false, clips"]["share"], found["false, clips"]["of"]) == (0.5, 2)
    low, high = found["false, clips"]["ci95"]
    assert 0 < low < 0.5 < high < 1


def _zigzag(kind: str, signer: str, reach: float, drawn: bool) -> HandFilm:
    """Three seconds of a D whose hand moves in three strokes of this length, hand sizes, from 1 s on."""
    at_s = np.arange(0.0, 3.0, 1 / 30)
    x = 200 + 80 * reach * np.interp(at_s, [1.0, 1.25, 1.5, 1.75], [0.0, 1.0, 0.0, 1.0])
    y = 200 + 56 * reach * np.interp(at_s, [1.25, 1.5], [0.0, 1.0])
    boxes = [
        Box(right - 35, down - 50, right + 35, down + 50) for right, down in zip(x.tolist(), y.tolist(), strict=True)
    ]
    drawings = ((1.0, 1.75),) if drawn else ()
    evidence = np.tile([0.05, 0.9, 0.05], (len(at_s), 1))
    return HandFilm("film", signer, kind, "Z" if drawn else "D", drawings, at_s, boxes, evidence)


def test_the_threshold_grows_until_few_films_of_a_kind_hold_a_false_letter() -> None:
    """Of films in which some hands move like a drawing and others rest, none is taken for one afterwards."""
    drawn = [_zigzag("moving", signer, 1.0, drawn=True) for signer in "abc"]
    others = [_zigzag("clips", signer, reach, drawn=False) for signer in "def" for reach in (0.0, 1.0)]
    rules, _ = fitted([*drawn, *others], INFO, lambda line: None)
    false = [film for film in others if judge(film, rules, INFO.moving, INFO.letters).false]
    assert len(false) <= MOST_FALSE * len(others)
    assert rules["Z"].threshold > -1.5


def test_a_letter_that_no_film_shows_cannot_be_fitted() -> None:
    """The error names the moving letter without a drawing."""
    with pytest.raises(TrainingError, match="No film shows a drawn Z"):
        fitted([_zigzag("clips", "a", 0.0, drawn=False)], INFO, lambda line: None)
