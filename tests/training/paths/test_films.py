from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film, write_mp4
from streamsign.errors import TrainingError
from streamsign.recognition.model import Model, MovingInfo, load_model
from streamsign.training.paths.films import FilmReader
from streamsign.training.paths.fit import DrawnSpan
from tests.training.pictures import write_pictures


@pytest.fixture(scope="module")
def model() -> Model:
    """The shipped model as one that draws Z from a D."""
    shipped = load_model("alphabet")
    moving = {"Z": MovingInfo.model_validate({"from": ["D"]})}
    return replace(shipped, info=shipped.info.model_copy(update={"moving": moving}))


def _films(model: Model, data: Path, split: str = "val") -> FilmReader:
    return FilmReader(model, data, split, 0, lambda line: None)


def test_films_of_drawings_are_followed_as_the_recognizer_does_it(model: Model, tmp_path: Path) -> None:
    """A listed film of the split has a box wherever a hand was seen, and its drawings with their times."""
    signer = DemoSigner("Z", seed=1, fps=10, width=320, height=240, letter_s=0.4)
    folder = tmp_path / "moving"
    folder.mkdir()
    write_mp4(folder / "z.mp4", make_film(signer))
    (folder / "manifest.csv").write_text(
        "file,signer,letter,split,repetitions\nz.mp4,ann,Z,val,1.20-1.75\nabsent.mp4,bob,Z,test,0.10-0.20\n", "utf-8"
    )
    (film,) = _films(model, tmp_path).drawings()
    assert film.drawings == (DrawnSpan("Z", 1.2, 1.75),)
    assert (film.signer, film.kind, film.held, film.made) == ("ann", "moving", 0, False)
    boxes = film.readings.boxes
    assert boxes is not None
    assert np.isnan(boxes[0]).all()
    held = int(np.searchsorted(film.readings.times, signer.truth[0].start_s))
    assert np.isfinite(boxes[held]).all()
    assert film.readings.posterior[held].sum() == pytest.approx(1, abs=1e-3)


def test_made_films_count_the_letters_that_are_not_drawn(model: Model, tmp_path: Path) -> None:
    """Made drawings have their times and neighbors; moved stills have no drawing and every letter counts."""
    write_pictures(tmp_path, "DO", {"train": 1})
    films = _films(model, tmp_path, "train")
    made = films.made_drawings(2)
    assert [film.drawings[0].letter for film in made] == ["Z", "Z"]
    assert all(film.made and 0 <= film.held <= 2 for film in made)
    others = films.others(1, 1)
    assert {film.kind for film in others} == {"moved"}
    assert all(film.made and film.held > 0 and not film.drawings for film in others)


def test_a_folder_without_lists_is_rejected(model: Model, tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(TrainingError, match="manifest"):
        _films(model, tmp_path).drawings()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("file,signer\na.mp4,a\n", "no letter, split, repetitions"),
        ("file,signer,letter,split,repetitions\na.mp4,a,Z,val,1.2-\n", r"row 2 .a\.mp4.: the repetition '1.2-' is not"),
        ("file,signer,letter,split,repetitions\na.mp4,a,Z,val,1.2-0.9\n", "the repetition '1.2-0.9' ends before"),
    ],
)
def test_a_list_that_does_not_say_when_letters_are_drawn_is_rejected(
    model: Model, tmp_path: Path, rows: str, problem: str
) -> None:
    """Missing columns and repetitions without a start and a later end are named."""
    (tmp_path / "moving").mkdir()
    (tmp_path / "moving" / "manifest.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(TrainingError, match=problem):
        _films(model, tmp_path).drawings()
