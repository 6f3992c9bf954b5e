"""Streams of a folder, as a person records them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film, write_mp4
from streamsign.errors import SourceError, TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.levels import full_range_levels
from streamsign.training.streams.folder import folder_streams
from streamsign.training.streams.readings import StreamCrop

SIGNER = DemoSigner("C", seed=0, letter_s=0.3, width=160, height=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one film of the rendered hand and the box of its third frame."""
    write_mp4(tmp_path / "c.mp4", make_film(SIGNER))
    truth = [{"letter": "C", "start_s": 0.8, "end_s": 1.1}]
    record = {"file": "c.mp4", "signer": "ann", "fps": 30, "truth": truth}
    (tmp_path / "streams.json").write_text(json.dumps([record]), encoding="utf-8")
    (tmp_path / "boxes.csv").write_text("file,frame,hand_x0,hand_y0,hand_x1,hand_y1\nc.mp4,2,10,20,30,40\n", "utf-8")
    return tmp_path


def test_a_folders_film_is_a_stream(folder: Path) -> None:
    """Its signer and truth as listed, its frames at the times and in the range of the file, boxes only if asked for."""
    film = make_film(SIGNER)
    (reported,) = folder_streams([folder], StreamCrop.ORACLE)
    (found,) = folder_streams([folder], StreamCrop.HAND)
    assert (reported.signer, reported.case.name, reported.truth[0].letter) == ("ann", "30 fps", "C")
    shots = list(reported.shots)
    assert [shot.hand for shot in shots[:4]] == [None, None, Box(10, 20, 30, 40), None]
    assert all(shot.hand is None for shot in found.shots)
    assert shots[0].luma.shape == (120, 160)
    assert shots[1].at_s - shots[0].at_s == pytest.approx(1 / 30, abs=1e-3)
    drawn = [cv2.cvtColor(film.picture(number), cv2.COLOR_BGR2GRAY).astype(int) for number in range(len(shots))]
    assert all(shot.limited_range for shot in shots)
    full = full_range_levels(limited_range=True)
    assert max(np.abs(full[shot.luma] - gray).mean() for shot, gray in zip(shots, drawn, strict=True)) < 4


def test_boxes_are_needed_for_the_oracle(folder: Path) -> None:
    """Without boxes.csv the hand must be found."""
    (folder / "boxes.csv").unlink()
    assert list(folder_streams([folder], StreamCrop.HAND))
    with pytest.raises(TrainingError, match=r"boxes\.csv"):
        list(folder_streams([folder], StreamCrop.ORACLE))


def test_boxes_of_every_film_are_needed_for_the_oracle(folder: Path) -> None:
    """A film that boxes.csv leaves out would be read without a hand; rows with empty boxes say that there is none."""
    (folder / "boxes.csv").write_text("file,frame,hand_x0,hand_y0,hand_x1,hand_y1\nd.mp4,2,1,2,3,4\n", "utf-8")
    with pytest.raises(TrainingError, match=r"boxes\.csv has no row of c\.mp4"):
        folder_streams([folder], StreamCrop.ORACLE)
    (folder / "boxes.csv").write_text("file,frame,hand_x0,hand_y0,hand_x1,hand_y1\nc.mp4,2,,,,\n", "utf-8")
    assert len(folder_streams([folder], StreamCrop.ORACLE)) == 1


def test_a_film_of_several_lists_counts_once(folder: Path) -> None:
    """Folders and files may be given together and more than once."""
    assert len(folder_streams([folder, folder / "streams.json", folder], StreamCrop.HAND)) == 1


def test_two_entries_of_a_film_that_differ_are_refused(folder: Path) -> None:
    """Both are named, in one list and across lists; entries that agree count once, and one may lack the split."""
    record = json.loads((folder / "streams.json").read_text())[0]
    again = {**record, "split": "val"}
    (folder / "streams.json").write_text(json.dumps([record, again]), encoding="utf-8")
    assert len(folder_streams([folder], StreamCrop.HAND)) == 1
    truth = [{"letter": "O", "start_s": 0.8, "end_s": 1.1}]
    for second, what in [
        ({**record, "signer": "bob"}, "different signers"),
        ({**record, "truth": truth}, "different letters or times"),
        ({**again, "split": "test"}, "different splits"),
    ]:
        (folder / "streams.json").write_text(json.dumps([again, second]), encoding="utf-8")
        with pytest.raises(TrainingError, match=rf"streams\.json, entry 1, and .*, entry 2 list c\.mp4 with {what}"):
            folder_streams([folder], StreamCrop.HAND)
    (folder / "streams.json").write_text(json.dumps([record]), encoding="utf-8")
    (folder / "other.json").write_text(json.dumps({**record, "signer": "bob"}), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"streams\.json, entry 1, and .*other\.json, entry 1 list"):
        folder_streams([folder, folder / "other.json"], StreamCrop.HAND)


def test_two_rows_of_a_film_with_different_letters_are_refused(folder: Path) -> None:
    """A row of manifest.csv is a film, so that a second letter of it would be lost."""
    (folder / "streams.json").unlink()
    rows = "c.mp4,ann,C,val,0.8-1.1,30\nc.mp4,ann,O,val,1.2-1.4,30\n"
    (folder / "manifest.csv").write_text("file,signer,letter,split,repetitions,frame_rate\n" + rows, encoding="utf-8")
    with pytest.raises(TrainingError, match=r"manifest\.csv, row 2, and .*manifest\.csv, row 3 list c\.mp4"):
        folder_streams([folder], StreamCrop.HAND)


def test_films_of_a_split(folder: Path) -> None:
    """Only its films are taken and checked; one that no film has is refused with those there are."""
    record = json.loads((folder / "streams.json").read_text())[0]
    (folder / "broken.mp4").write_text("not a film")
    listed = [{**record, "split": "val"}, {**record, "file": "broken.mp4", "split": "test"}]
    (folder / "streams.json").write_text(json.dumps(listed), encoding="utf-8")
    assert [each.name for each in folder_streams([folder], StreamCrop.HAND, "val")] == ["c.mp4"]
    with pytest.raises(TrainingError, match="No film has the split 'tset'") as caught:
        folder_streams([folder], StreamCrop.HAND, "tset")
    assert "test, val" in caught.value.next_step
    with pytest.raises(SourceError, match=r"broken\.mp4 cannot be opened"):
        folder_streams([folder], StreamCrop.HAND)


def test_a_split_must_be_known(folder: Path) -> None:
    """A film that may be of another split is not read."""
    with pytest.raises(TrainingError, match=r"The split of c\.mp4 in"):
        folder_streams([folder], StreamCrop.HAND, "val")
