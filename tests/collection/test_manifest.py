"""Manifests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.collection.manifest import Taken, read_gray, read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box

COLUMNS = "file,source,signer,letter,split,hand_x0,hand_y0,hand_x1,hand_y1"


def _write(folder: Path, *lines: str) -> Path:
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_reads_rows_with_and_without_a_box(tmp_path: Path) -> None:
    """A box becomes numbers, four empty cells become None, and paths are relative to the folder."""
    _write(tmp_path, COLUMNS, "a.png,web,s1,C,train,1,2,30.5,40", "b.png,web,s2,E,val,,,,")
    first, second = read_manifest(tmp_path)
    assert first.hand == Box(1, 2, 30.5, 40)
    assert (first.path, first.letter, first.split, first.row) == (tmp_path / "a.png", "C", "train", 2)
    assert second.hand is None


def test_folder_without_letters_is_hand_free(tmp_path: Path) -> None:
    """Without a letter column every picture has no letter and its group stands for the signer."""
    (picture,) = read_manifest(_write(tmp_path, "file,source,group,split", "a.png,rooms,kitchen,test"))
    assert (picture.letter, picture.signer, picture.hand) == ("", "kitchen", None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["file,letter,split", "a.png,C,train"], "lacks the columns source, signer"),
        (["file,source", "a.png,rooms"], "lacks the columns split"),
        ([COLUMNS, "a.png,web,s1,C,train,1,2,3,"], "line 2: the hand's box"),
        ([COLUMNS, "a.png,web,s1,C,train,1,2,x,9"], "line 2: the hand's box"),
        ([COLUMNS, "a.png,web,s1,C,train,1,2,inf,9"], "line 2: the hand's box"),
        ([COLUMNS, "a.png,web,s1,C,train,nan,2,5,9"], "line 2: the hand's box"),
        ([COLUMNS, "a.png,web,s1,C,train,30,2,10,9"], "has no area"),
        ([COLUMNS, "a.png,web,s1,C"], "line 2: no split"),
        ([COLUMNS, ",web,s1,C,train,1,2,3,4"], "line 2: no file"),
    ],
)
def test_says_what_is_wrong_with_a_manifest(tmp_path: Path, lines: list[str], said: str) -> None:
    """A missing column, half a box, no number and a turned box are each named."""
    with pytest.raises(TrainingError, match=said):
        read_manifest(_write(tmp_path, *lines))


def test_says_that_there_is_no_manifest(tmp_path: Path) -> None:
    """An empty folder is refused with the columns a manifest needs."""
    with pytest.raises(TrainingError, match=r"(?s)manifest\.csv does not exist.*hand_x0"):
        read_manifest(tmp_path)


def test_says_which_picture_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing is named, and the next step holds for a folder without a manifest too."""
    with pytest.raises(TrainingError, match=r"(?s)a\.png cannot be read.*if a manifest has one"):
        read_gray(tmp_path / "a.png")


def test_gray_weighs_colors_as_luma_does(tmp_path: Path) -> None:
    """Green counts 0.587, red 0.299, blue 0.114 (ITU-R BT.601)."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4, 3), (0, 200, 100), np.uint8))
    assert abs(int(read_gray(tmp_path / "a.png")[0, 0]) - round(200 * 0.587 + 100 * 0.299)) <= 1


def test_a_manifest_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A table saved in another encoding is named with what to do, not decoded to wrong names."""
    (tmp_path / "manifest.csv").write_bytes(f"{COLUMNS}\na.png,caf\xe9,s1,C,train,1,2,3,4\n".encode("latin-1"))
    with pytest.raises(TrainingError, match="UTF-8"):
        read_manifest(tmp_path)


def test_reads_how_a_collected_picture_was_taken(tmp_path: Path) -> None:
    """The further columns become a Taken; a picture without an id has none, and an empty split is read as such."""
    columns = f"{COLUMNS},id,room,device,device_id,at,prompt,light,sharpness"
    _write(
        tmp_path,
        columns,
        "a.webp,phone,s-1,NG,,1,2,30,40,0123456789ab,main,iPhone,d1,2026-11-28T15:04:05Z,near,97,1.250",
        "b.webp,web,u1,A,train,1,2,30,40,,,,,,,,",
    )
    first, second = read_manifest(tmp_path)
    assert first.taken == Taken("0123456789ab", "main", "iPhone", "d1", "2026-11-28T15:04:05Z", "near", 97, 1.25)
    assert (first.letter, first.split, second.taken) == ("NG", "", None)
