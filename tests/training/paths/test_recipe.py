import numpy as np
import pytest

from streamsign.recognition.geometry import Box
from streamsign.training.paths.fit import HandFilm, Judged
from streamsign.training.paths.recipe import figures_of


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
