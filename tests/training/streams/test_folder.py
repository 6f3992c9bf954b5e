"""Streams of a folder, as a person records them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film, write_mp4
from streamsign.errors import TrainingError
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
    (reported,) = folder_streams(folder, StreamCrop.ORACLE)
    (found,) = folder_streams(folder, StreamCrop.HAND)
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
    assert list(folder_streams(folder, StreamCrop.HAND))
    with pytest.raises(TrainingError, match=r"boxes\.csv"):
        list(folder_streams(folder, StreamCrop.ORACLE))
