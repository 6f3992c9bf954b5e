"""training/streams/films.py: films of real movement by split."""

import json
import shutil
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.training.streams.films import film_streams
from tests.films import film


def listed(folder: Path, file: str, **more: str) -> None:
    """A folder with one rendered film of C."""
    folder.mkdir()
    shutil.copy(film("C"), folder / file)
    truth = [{"letter": "C", "start_s": 1.0, "end_s": 1.5}]
    record = {"file": file, "signer": "demo", "fps": 30.0, "truth": truth, **more}
    (folder / "streams.json").write_text(json.dumps([record]))


def test_films_come_by_split(tmp_path: Path) -> None:
    """The list of a film, or the manifest beside it, states its split; films of another split are not opened."""
    listed(tmp_path / "spelled", "c.y4m", split="val")
    listed(tmp_path / "clips", "d.y4m")
    (tmp_path / "clips" / "manifest.csv").write_text("file,split\nd.y4m,test\n")
    (found,) = film_streams(tmp_path, "val")
    assert (found.case.name, found.signer, [each.letter for each in found.truth]) == ("spelled", "demo", ["C"])
    assert next(iter(found.shots)).luma.ndim == 2
    assert [stream.case.name for stream in film_streams(tmp_path, "test")] == ["clips"]


def test_missing_folders_give_no_films(tmp_path: Path) -> None:
    """Data without films can be fitted to."""
    assert list(film_streams(tmp_path, "val")) == []


def test_a_film_without_a_split_is_refused(tmp_path: Path) -> None:
    """A film that may be of a test signer is never fitted to."""
    listed(tmp_path / "spelled", "c.y4m")
    with pytest.raises(TrainingError, match=r"The split of .*c\.y4m in"):
        list(film_streams(tmp_path, "val"))
