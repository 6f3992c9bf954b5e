from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import MovingInfo
from streamsign.training.paths.fit import HandFilm, Spans, fit, hands_of, judge, spans_of

LETTERS = ["D", "I"]
MOVING = {"Z": MovingInfo.model_validate({"from": ["D"]})}


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
    boxes = [
        Box(100 + 80 * right - 35, 100 + 80 * down - 50, 100 + 80 * right + 35, 100 + 80 * down + 50)
        for right, down in zip(x.tolist(), y.tolist(), strict=True)
    ]
    evidence = np.tile([0.05, 0.9, 0.05], (len(at_s), 1))
    drawings = ((1.0, float(strokes[-1])),) if draws else ()
    return HandFilm(f"{signer} {draws}", signer, "made", "Z" if draws else "D", drawings, at_s, boxes, evidence)


FILMS = [_film(name, draws, pace) for name, pace in (("a", 0.9), ("b", 1.1), ("c", 1.3)) for draws in (True, False)]


def test_numbers_fitted_to_some_signers_find_the_drawing_of_another_and_no_other_movement() -> None:
    """A model of two signers decides on the third one's zigzag, and not on anybody's sway."""
    spans = spans_of(FILMS, "Z", [1])
    others = spans.signers != "c"
    rule = fit(Spans(spans.features[others], spans.drawn[others], spans.signers[others]), {})
    for film in FILMS:
        judged = judge(film, {"Z": rule}, MOVING, LETTERS)
        assert judged.false == ()
        assert all(judged.found)


def test_spans_that_hold_a_part_of_a_drawing_are_left_out() -> None:
    """Of a film with a drawing, the spans that neither hold it nor are apart from it are not fitted to."""
    drawn, swayed = (spans_of([_film("a", draws)], "Z", [1]).drawn for draws in (True, False))
    assert drawn.any()
    assert not swayed.any()
    assert (~drawn).sum() < (~swayed).sum()


def test_a_gap_begins_another_hand() -> None:
    """Frames without a hand for longer than a quarter of a second split the path."""
    film = _film("a", draws=False)
    boxes = [None if 1.0 < at_s < 1.5 else box for at_s, box in zip(film.at_s, film.boxes, strict=True)]
    parts = HandFilm(film.name, "a", "made", "D", (), film.at_s, boxes, film.evidence)
    paths = [path for path, _ in hands_of(parts)]
    assert len(paths) == 2
    assert paths[0].at_s[-1] == pytest.approx(1.0, abs=0.04)


def test_films_without_a_hand_cannot_be_fitted_to() -> None:
    """The error says that no film shows a hand."""
    film = _film("a", draws=True)
    unseen = replace(film, boxes=[None] * len(film.boxes))
    with pytest.raises(TrainingError, match="No film shows a hand"):
        spans_of([unseen], "Z", [1])
