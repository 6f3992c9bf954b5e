from pathlib import Path

import numpy as np
import pytest

from streamsign.training.paths.made import DRAWN_S, KIND, STROKES, drawn_hands
from streamsign.training.paths.moved import FPS, HEIGHT, WIDTH
from tests.training.pictures import write_pictures

STARTS = {"J": ["I"], "Z": ["D"], "Å": ["I"]}


@pytest.mark.parametrize("letter", STROKES)
def test_a_stroke_begins_where_the_hand_is_and_goes_down(letter: str) -> None:
    """Every hook and zigzag starts at its origin and is lower at its end or on the way by a fifth of a hand."""
    for seed in range(20):
        stroke = STROKES[letter](np.random.default_rng(seed))
        places = np.array([stroke(share) for share in np.linspace(0, 1, 50)])
        assert places[0, :2] == pytest.approx([0, 0], abs=1e-9)
        assert places[:, 1].max() > 0.15
        assert np.abs(np.diff(places[:, :2], axis=0)).max() < 0.25


def test_a_zigzag_goes_across_back_and_across() -> None:
    """The corners of a zigzag lie on alternating sides."""
    for seed in range(20):
        across = np.abs([STROKES["Z"](np.random.default_rng(seed))(share)[0] for share in np.linspace(0, 1, 100)])
        corners = np.flatnonzero(np.diff(np.sign(np.diff(across))))
        assert len(corners) >= 2


def test_films_of_drawings_have_their_times_and_neighbors(tmp_path: Path) -> None:
    """A drawn letter is in the word and in the film; letters without a generator are left out; splits stay apart."""
    write_pictures(tmp_path, "DIO", {"train": 1, "val": 1})
    films = list(drawn_hands(tmp_path / "hands", "train", STARTS, 4, 1))
    assert [film.drawn for film in films] == ["J"] * 4 + ["Z"] * 4
    assert {film.signer for film in films} == {"hand-of-train"}
    for film in films:
        assert film.kind == KIND
        assert film.word.count(film.drawn) == 1
        [(start_s, end_s)] = film.drawings
        assert DRAWN_S[0] <= end_s - start_s <= DRAWN_S[1]
        shots = list(film.shots)
        assert shots[-1].at_s > end_s
        assert {shot.luma.shape for shot in shots} == {(HEIGHT, WIDTH)}
        assert np.allclose(np.diff([shot.at_s for shot in shots]), 1 / FPS)
