"""training/folder/pictures.py: labels, boxes and divisions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.folder.pictures import check_counts, divide, labeled_pictures, locate_with, with_boxes
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
    found, missed = with_boxes(
        [_PICTURE, first, second, replace(second, letter="")], locate_with(lambda _: next(boxes, None))
    )
    assert ([each.hand for each in found], missed) == ([_PICTURE.hand, Box(1, 1, 5, 5)], 1)


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
