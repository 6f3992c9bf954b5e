"""training/folder/pictures.py: labels, boxes and divisions."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.folder.pictures import check_counts, divide, is_cut_off, labeled_pictures, with_boxes
from tests.rendered_hands import write_rendered

_PICTURE = Picture(Path(), Path("me__1.png"), 0, "s", "me", "A", "", Box(0, 0, 9, 9))


def _pictures(signer: str, count: int, letters: str = "AB", split: str = "") -> list[Picture]:
    return [
        replace(_PICTURE, path=Path(f"{signer}__{letter}{number}.png"), letter=letter, signer=signer, split=split)
        for letter in letters
        for number in range(count)
    ]


def test_folders_name_the_letters(tmp_path: Path) -> None:
    """A file's folder is its letter, the part before __ its signer; other files are ignored."""
    for name in ("A/ann__1.jpg", "A/2.PNG", "NG/bob__1.webp", "OTHER/x.png", "A/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = {(each.path.name, each.letter, each.signer) for each in labeled_pictures(tmp_path)}
    assert found == {
        ("ann__1.jpg", "A", "ann"),
        ("2.PNG", "A", "signer"),
        ("bob__1.webp", "NG", "bob"),
        ("x.png", "", "signer"),
    }


def test_spellings_of_folders(tmp_path: Path) -> None:
    """A separate accent belongs to its letter, "other" names none, and two cases of a letter are an error."""
    for name in ("O\u0308/1.png", "L/1.png", "other/1.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    assert {each.letter for each in labeled_pictures(tmp_path)} == {"\u00d6", "L", ""}
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "1.png").write_bytes(b"")
    with pytest.raises(TrainingError, match="'L' and 'l' are two spellings of one letter"):
        labeled_pictures(tmp_path)


def test_a_manifest_goes_before_folders(tmp_path: Path) -> None:
    """Labels, signers and boxes are the manifest's."""
    write_rendered(tmp_path, {"A": "A", "CH": "C"}, 1, signer="ann")
    assert [(each.letter, each.signer, each.hand is None) for each in labeled_pictures(tmp_path)] == [
        ("A", "ann", False),
        ("CH", "ann", False),
    ]


def test_what_is_no_alphabet_is_an_error(tmp_path: Path) -> None:
    """A missing folder, a single letter and an invalid label have errors with the next step."""
    with pytest.raises(TrainingError, match="does not exist"):
        labeled_pictures(tmp_path / "absent")
    with pytest.raises(TrainingError, match="fewer than two letters"):
        labeled_pictures(tmp_path)
    (tmp_path / "A B").mkdir()
    (tmp_path / "A B" / "1.png").write_bytes(b"")
    with pytest.raises(TrainingError, match="'A B' cannot be a letter"):
        labeled_pictures(tmp_path)


def test_hands_are_found_where_there_is_no_box(tmp_path: Path) -> None:
    """A known box is kept, a missing one is looked for, and a letter's picture without a hand is left out."""
    folder = write_rendered(tmp_path, {"A": "A"}, 2)
    [first, second] = [replace(each, hand=None) for each in labeled_pictures_of(folder)]
    boxes = iter([Box(1, 1, 5, 5), None])
    known = replace(first, hand=_PICTURE.hand)
    usable = with_boxes([known, first, second, replace(second, letter="")], lambda _: next(boxes, None))
    assert ([each.hand for each in usable.pictures], usable.without_hand) == ([_PICTURE.hand, Box(1, 1, 5, 5)], 1)
    assert usable.left_out() == ["Left out 1 picture in which no hand was found."]


def test_unreadable_pictures_are_left_out(tmp_path: Path) -> None:
    """Zero bytes, a text, a part of a JPEG and a picture too large to decode are counted, and the first are named."""
    whole = cv2.imencode(".jpg", np.zeros((64, 64), np.uint8))[1].tobytes()
    noise = np.random.default_rng(0).integers(0, 255, (200, 200)).astype(np.uint8)
    part = cv2.imencode(".jpg", noise)[1].tobytes()[:9000]
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0) + b"\xff\xf3\x1d\x15"
    contents = {
        "a.jpg": whole,
        "b.jpg": b"",
        "c.jpg": b"a text",
        "d.jpg": part,
        "e.png": huge,
        "f.jpg": b"",
        "g.jpg": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    usable = with_boxes([replace(_PICTURE, path=tmp_path / name) for name in contents], lambda _: None)
    assert [each.path.name for each in usable.pictures] == ["a.jpg"]
    [said] = usable.left_out()
    assert said.startswith("Left out 6 files that cannot be read as a picture: ")
    assert said.endswith(f"{tmp_path / 'f.jpg'}, ….")


@given(st.binary(max_size=40), st.integers(0, 3000))
def test_only_a_whole_jpeg_is_not_cut_off(after: bytes, length: int) -> None:
    """Bytes after the end, such as a film, do not matter; every shorter file is cut off, and no other format is."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 48)).astype(np.uint8)
    whole = cv2.imencode(".jpg", noise)[1].tobytes()
    assert not is_cut_off(whole + after)
    assert is_cut_off(whole[: 2 + length % (len(whole) - 3)])
    assert not is_cut_off(b"RIFF" + after)


def labeled_pictures_of(folder: Path) -> list[Picture]:
    """The pictures of a single letter."""
    return [replace(_PICTURE, path=path, hand=None) for path in sorted(folder.glob("*.png"))]


def test_every_letter_needs_pictures() -> None:
    """The error names the letters that have too few, also one in whose pictures no hand was found."""
    check_counts(_pictures("me", 8), "AB")
    with pytest.raises(TrainingError, match=r"A \(7\), B \(7\)"):
        check_counts(_pictures("me", 7), "AB")
    with pytest.raises(TrainingError, match=r"hand: C \(0\)"):
        check_counts(_pictures("me", 8), "ABC")


def test_whole_signers_are_held_out() -> None:
    """Of several signers one in four is held out, with all pictures."""
    pictures = [picture for name in "abcde" for picture in _pictures(name, 8)]
    divided = divide(pictures)
    assert {each.signer for each in divided.held_out} == {"d"}
    assert {each.signer for each in divided.training} == set("abce")
    assert (divided.how, divided.one_signer) == ("1 of 5 signers are held out.", False)


def test_one_signer_is_divided_by_time_with_a_warning() -> None:
    """The latest quarter of each letter is held out, and the sentence says what that means."""
    divided = divide(_pictures("me", 8))
    assert sorted(each.path.name for each in divided.held_out) == [
        f"me__{name}" + ".png" for name in ("A6", "A7", "B6", "B7")
    ]
    assert len(divided.training) == 12
    assert divided.one_signer
    assert divided.how.startswith("Warning: there is one signer")


def test_signers_of_different_letters_are_divided_by_time() -> None:
    """If a held-out signer alone shows a letter, every letter is divided by time instead."""
    divided = divide([*_pictures("a", 9, "A"), *_pictures("b", 8, "B")])
    assert {each.letter for each in divided.training} == {"A", "B"}
    assert "the signers show different letters" in divided.how


def test_the_manifests_splits_are_kept() -> None:
    """Rows of val and test are held out."""
    divided = divide([*_pictures("a", 8, split="train"), *_pictures("b", 2, split="val")])
    assert {each.signer for each in divided.held_out} == {"b"}
    assert not divided.one_signer
