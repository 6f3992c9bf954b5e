"""Manifests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.geometry import Box
from streamsign.training.data.dataset import hand_free_rows, hand_free_squares, manifests_sha256

COLUMNS = "file,source,signer,letter,split,hand_x0,hand_y0,hand_x1,hand_y1"


def _write(folder: Path, *lines: str) -> Path:
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_picture_is_hand_free_where_the_known_hand_is_not(tmp_path: Path) -> None:
    """Rooms of the split, and frames of it whose hand is known, so that all others' finds are none; no other rows."""
    frames, none = tmp_path / "frames", tmp_path / "none"
    frames.mkdir()
    assert hand_free_rows(tmp_path, "train") == []
    none.mkdir()
    _write(frames, COLUMNS, "a.png,web,s1,C,train,1,2,30,40", "b.png,web,s1,E,train,,,,", "c.png,web,s2,E,val,1,2,3,4")
    _write(none, "file,source,group,split", "r.png,rooms,kitchen,train", "s.png,rooms,hall,test")
    assert [row.path.name for row in hand_free_rows(tmp_path, "train")] == ["a.png", "r.png"]


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
