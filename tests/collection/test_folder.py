"""The folder of collected hands."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from streamsign.collection.folder import COLUMNS, CollectedHands
from streamsign.collection.manifest import read_gray, read_manifest
from streamsign.errors import CollectionError, CollectionFull
from tests.collection.pictures import picture


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_training_reads_what_was_stored(tmp_path: Path) -> None:
    """The manifest reader of the training commands gives letter, signer, box and how each picture was taken."""
    hands = CollectedHands(tmp_path / "own")
    new = [picture("A"), picture("NG", "s-2", seed=2)]
    ids = hands.add(new)
    read = read_manifest(tmp_path / "own")
    assert [(each.letter, each.signer, each.source, each.split) for each in read] == [
        ("A", "s-1", "phone", ""), ("NG", "s-2", "phone", ""),
    ]  # fmt: skip
    assert [each.taken.id for each in read if each.taken] == ids
    for each, stored in zip(read, new, strict=True):
        assert each.hand == pytest.approx(stored.crop.hand, abs=0.06)
        assert read_gray(each.path).shape == stored.crop.pixels.shape
        assert each.taken is not None
        assert (each.taken.room, each.taken.prompt, each.taken.at) == ("main", "near", "2026-11-28T15:04:05Z")
        assert each.taken.light == pytest.approx(stored.crop.light, abs=0.5)
    assert _files(tmp_path / "own")[0] == "manifest.csv"
    assert read[1].path.parent == tmp_path / "own" / "phone" / "NG"


def test_pictures_of_a_room_and_a_signer(tmp_path: Path) -> None:
    """Each may be left out; a folder that does not exist has none."""
    hands = CollectedHands(tmp_path / "own")
    assert hands.pictures() == []
    hands.add([picture(room="a"), picture(room="b", signer="s-2"), picture(room="b")])
    assert len(hands.pictures()) == 3
    assert [each.signer for each in hands.pictures(room="b")] == ["s-2", "s-1"]
    assert len(hands.pictures(room="b", signer="s-1")) == 1


def test_a_manifest_that_has_not_changed_is_read_once(tmp_path: Path) -> None:
    """A second list reads no file; a change by another program is seen."""
    hands = CollectedHands(tmp_path / "own")
    hands.add([picture("A")])
    first = hands.pictures()
    with patch("streamsign.collection.folder.read_table", side_effect=AssertionError):
        assert hands.pictures()[0] is first[0]
    CollectedHands(tmp_path / "own").add([picture("B", seed=2)])
    assert [each.letter for each in hands.pictures()] == ["A", "B"]
    first[0].path.unlink()
    assert hands.delete_missing() == 1
    assert [each.letter for each, _ in hands.rows(lambda _: True)] == ["B"]


def test_only_the_owner_of_the_folder_can_read_it(tmp_path: Path) -> None:
    """Folder and files are closed to other users of the computer."""
    hands = CollectedHands(tmp_path / "own")
    hands.add([picture()])
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "own").rglob("*.*"))


def test_deleting_removes_the_file_and_the_row(tmp_path: Path) -> None:
    """Only the deleted picture is gone, and its letter's folder with it."""
    hands = CollectedHands(tmp_path)
    first, _ = hands.add([picture("A"), picture("B")])
    assert hands.delete(lambda each: each.taken is not None and each.taken.id == first) == 1
    assert [each.letter for each in hands.pictures()] == ["B"]
    assert not (tmp_path / "phone" / "A").exists()
    assert hands.delete(lambda each: each.letter == "Z") == 0


def test_deleting_everything_leaves_nothing(tmp_path: Path) -> None:
    """The folder is gone, with a picture that no row names and the draft of a manifest that a crash left."""
    folder = tmp_path / "own"
    hands = CollectedHands(folder)
    hands.add([picture("A"), picture("B")])
    (folder / "phone" / "A" / "s-1__0123456789ab.webp").write_bytes(b"left by a crash")
    (folder / ".manifest.csv.12345678").write_bytes(b"left by a crash")
    assert hands.delete_all() == 2
    assert not folder.exists()
    assert hands.delete_all() == 0


def test_deleting_everything_works_with_a_damaged_manifest(tmp_path: Path) -> None:
    """The pictures are found by their names."""
    folder = tmp_path / "own"
    CollectedHands(folder).add([picture("A")])
    (folder / "manifest.csv").write_bytes(b"\xff\xfe")
    CollectedHands(folder).delete_all()
    assert not folder.exists()


def test_other_pictures_of_the_folder_stay(tmp_path: Path) -> None:
    """A picture of another data set, its row and its columns stay when everything collected is deleted."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a.webp").write_bytes(b"another")
    columns = ",".join(name for name in COLUMNS[:11])
    (tmp_path / "manifest.csv").write_text(f"{columns},license\nweb/a.webp,web,u1,A,train,9,9,1,1,5,5,CC0\n")
    hands = CollectedHands(tmp_path)
    hands.add([picture("B")])
    assert [each.letter for each in hands.pictures()] == ["B"]
    assert hands.delete_all() == 1
    assert _files(tmp_path) == ["manifest.csv", "web/a.webp"]
    assert "web/a.webp,web,u1,A,train,9,9,1,1,5,5,CC0" in (tmp_path / "manifest.csv").read_text()


def test_a_full_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Nothing of a take is stored that would exceed the limit."""
    hands = CollectedHands(tmp_path, max_pictures=2)
    hands.add([picture()])
    with pytest.raises(CollectionFull, match=r"holds 1 of 2"):
        hands.add([picture(seed=1), picture(seed=2)])
    assert len(_files(tmp_path)) == 2


def test_a_full_disk_stores_nothing(tmp_path: Path) -> None:
    """When the second of two pictures cannot be written, the first is removed and the manifest is as before."""
    hands = CollectedHands(tmp_path)
    hands.add([picture()])
    before = _files(tmp_path), (tmp_path / "manifest.csv").read_bytes()
    written = []

    def fsync(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with patch.object(os, "fsync", fsync), pytest.raises(OSError, match="No space"):
        hands.add([picture("C", seed=1), picture("C", seed=2)])
    assert (_files(tmp_path), (tmp_path / "manifest.csv").read_bytes()) == before


def test_a_foreign_manifest_is_refused(tmp_path: Path) -> None:
    """Nothing is stored into a folder whose manifest has other columns."""
    (tmp_path / "manifest.csv").write_text("name,price\nnail,3\n")
    with pytest.raises(CollectionError, match=r"lacks the columns file, source"):
        CollectedHands(tmp_path).add([picture()])
    assert _files(tmp_path) == ["manifest.csv"]
