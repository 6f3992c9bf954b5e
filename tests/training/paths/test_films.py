from pathlib import Path

import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.paths.films import follow, read_films
from streamsign.training.streams.film import Shot


def test_a_film_is_followed_as_the_recognizer_does_it() -> None:
    """Every frame has a time and a row of probabilities, and frames without a hand have no box."""
    signer = DemoSigner("I", seed=1, fps=10)
    shots = [Shot(frame.luma, frame.at_s, None) for frame in signer]
    film = follow(load_model("alphabet"), "demo", "demo", "made", "I", (), shots)
    assert len(film.boxes) == len(film.at_s) == len(film.evidence) == len(shots)
    assert film.boxes[0] is None
    held = int(np.searchsorted(film.at_s, (signer.truth[0].start_s + signer.truth[0].end_s) / 2))
    assert film.boxes[held] is not None
    assert np.allclose(film.evidence.sum(axis=1), 1, atol=1e-3)


def test_a_folder_without_lists_is_rejected(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(TrainingError, match="manifest"):
        read_films(load_model("alphabet"), tmp_path, ("val",), "val", 1, 0, lambda line: None)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("file,signer\na.mp4,a\n", "no letter, split, repetitions"),
        ("file,signer,letter,split,repetitions\na.mp4,a,Z,val,1.2-\n", "'1.2-' of a.mp4"),
        ("file,signer,letter,split,repetitions\na.mp4,a,Z,val,1.2-0.9\n", "'1.2-0.9' of a.mp4"),
    ],
)
def test_a_list_that_does_not_say_when_letters_are_drawn_is_rejected(tmp_path: Path, rows: str, problem: str) -> None:
    """Missing columns and repetitions without a start and a later end are named."""
    (tmp_path / "moving").mkdir()
    (tmp_path / "moving" / "manifest.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(TrainingError, match=problem):
        read_films(load_model("alphabet"), tmp_path, ("val",), "val", 1, 0, lambda line: None)
