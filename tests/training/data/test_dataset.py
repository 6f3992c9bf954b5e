"""Manifests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.data.dataset import (
    hand_free_rows,
    hand_free_squares,
    manifests_sha256,
    read_gray,
    read_manifest,
)

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


def test_a_picture_is_hand_free_where_the_known_hand_is_not(tmp_path: Path) -> None:
    """Rooms of the split, and frames of it whose hand is known, so that all others' finds are none; no other rows."""
    frames, none = tmp_path / "frames", tmp_path / "none"
    frames.mkdir()
    assert hand_free_rows(tmp_path, "train") == []
    none.mkdir()
    _write(frames, COLUMNS, "a.png,web,s1,C,train,1,2,30,40", "b.png,web,s1,E,train,,,,", "c.png,web,s2,E,val,1,2,3,4")
    _write(none, "file,source,group,split", "r.png,rooms,kitchen,train", "s.png,rooms,hall,test")
    assert [row.path.name for row in hand_free_rows(tmp_path, "train")] == ["a.png", "r.png"]


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
    with pytest.raises(TrainingError, match=r"(?s)There is no .*manifest\.csv.*hand_x0"):
        read_manifest(tmp_path)


def test_says_which_picture_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is named."""
    with pytest.raises(TrainingError, match=r"a\.png cannot be read"):
        read_gray(tmp_path / "a.png")


def test_gray_weighs_colors_as_luma_does(tmp_path: Path) -> None:
    """Green counts 0.587, red 0.299, blue 0.114 (ITU-R BT.601)."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4, 3), (0, 200, 100), np.uint8))
    assert abs(int(read_gray(tmp_path / "a.png")[0, 0]) - round(200 * 0.587 + 100 * 0.299)) <= 1


@given(st.integers(40, 400), st.integers(40, 400), st.integers(0, 1000), st.data())
def test_hand_free_squares_stay_inside_and_off_the_hand(
    width: int, height: int, seed: int, data: st.DataObject
) -> None:
    """Every square lies in the picture and apart from the box; the same seed gives the same squares."""
    x0, y0 = data.draw(st.integers(0, width - 10)), data.draw(st.integers(0, height - 10))
    hand = Box(x0, y0, x0 + data.draw(st.integers(5, 100)), y0 + data.draw(st.integers(5, 100)))
    squares = hand_free_squares(width, height, hand, 3, np.random.default_rng(seed), (0.2, 0.7))
    assert squares == hand_free_squares(width, height, hand, 3, np.random.default_rng(seed), (0.2, 0.7))
    for center_x, center_y, side in squares:
        left, top, right, bottom = (center_x - side / 2, center_y - side / 2, center_x + side / 2, center_y + side / 2)
        assert left >= -1e-6
        assert top >= -1e-6
        assert right <= width + 1e-6
        assert bottom <= height + 1e-6
        assert right <= hand.x0 or left >= hand.x1 or bottom <= hand.y0 or top >= hand.y1


def test_hash_follows_the_manifests(tmp_path: Path) -> None:
    """Another row is another hash."""
    before = manifests_sha256([_write(tmp_path, COLUMNS)])
    assert before != manifests_sha256([_write(tmp_path, COLUMNS, "a.png,web,s1,C,train,,,,")])


def test_a_manifest_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A table saved in another encoding is named with what to do, not decoded to wrong names."""
    (tmp_path / "manifest.csv").write_bytes(f"{COLUMNS}\na.png,caf\xe9,s1,C,train,1,2,3,4\n".encode("latin-1"))
    with pytest.raises(TrainingError, match="UTF-8"):
        read_manifest(tmp_path)
