"""Collected hands as one file, and archives that are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.collection import archive
from streamsign.collection.archive import export_archive, import_archive
from streamsign.collection.folder import CollectedHands
from streamsign.errors import CollectionError, CollectionFull
from tests.collection.pictures import picture

HEAD = "file,source,signer,letter,split,hand_x0,hand_y0,hand_x1,hand_y1,id"


def _webp(height: int = 40, width: int = 40) -> bytes:
    return cv2.imencode(".webp", np.zeros((height, width), np.uint8))[1].tobytes()


def _zip(files: Mapping[str, bytes | str]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out


def _row(**cells: str) -> str:
    row = {
        "file": "a.webp", "source": "web", "signer": "u1", "letter": "A", "split": "train", "hand_x0": "5",
        "hand_y0": "5", "hand_x1": "30", "hand_y1": "30", "id": "0123456789ab",
    }  # fmt: skip
    return ",".join({**row, **cells}.values())


def test_an_archive_is_read_back_whole(tmp_path: Path) -> None:
    """Every picture, row and column returns; importing it again adds nothing."""
    first, second = CollectedHands(tmp_path / "first"), CollectedHands(tmp_path / "second")
    first.add([picture("A"), picture("NG", "s-2", seed=1)])
    out = io.BytesIO()
    assert export_archive(first, out) == 2
    assert import_archive(second, out) == 2
    assert (tmp_path / "second/manifest.csv").read_bytes() == (tmp_path / "first/manifest.csv").read_bytes()
    for one, other in zip(first.pictures(), second.pictures(), strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()
    assert import_archive(second, out) == 0
    assert len(second.pictures()) == 2


def test_a_part_is_exported(tmp_path: Path) -> None:
    """Only the wanted pictures and their rows are in the archive."""
    hands = CollectedHands(tmp_path)
    hands.add([picture("A", device_id="phone-1"), picture("B", device_id="phone-2")])
    out = io.BytesIO()
    export_archive(hands, out, lambda each: each.taken is not None and each.taken.device_id == "phone-2")
    with zipfile.ZipFile(out) as made:
        assert sorted(name.split("/")[1] for name in made.namelist() if "/" in name) == ["B"]
        assert b"phone-1" not in made.read("manifest.csv")


@pytest.mark.parametrize(
    "name", ["../../escaped.webp", "/escaped.webp", "C:\\escaped.webp", "web\\..\\..\\escaped.webp"]
)
def test_no_name_of_an_archive_becomes_a_path(tmp_path: Path, name: str) -> None:
    """A picture with a name that leads out of the folder is stored under its letter like any other."""
    folder = tmp_path / "deep" / "own"
    with zipfile.ZipFile(out := io.BytesIO(), "w") as made:
        made.writestr(zipfile.ZipInfo(name), _webp())
        made.writestr("manifest.csv", f"{HEAD}\n{_row(file=made.infolist()[0].filename)}\n")
    assert import_archive(CollectedHands(folder), out) == 1
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["deep/own/manifest.csv", "deep/own/web/A/u1__0123456789ab.webp"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"letter": "../A"}, "cannot be a letter"),
        ({"source": "../web"}, "cannot be the source"),
        ({"hand_x1": "inf"}, "not four finite numbers"),
        ({"hand_x0": "", "hand_y0": "", "hand_x1": "", "hand_y1": ""}, "box of the hand is missing"),
        ({"file": "b.webp"}, "does not contain the picture 'b.webp'"),
        ({"file": "c.webp"}, "is not a WebP"),
        ({"file": "d.webp"}, "2000×8 pixels"),
        ({"file": "e.webp"}, "is damaged"),
        ({"file": "f.webp"}, "larger than 256 KiB"),
    ],
)
def test_a_row_that_cannot_be_stored_is_named(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    """The whole archive is refused, the good rows too, and nothing is written."""
    files: dict[str, bytes | str] = {
        "a.webp": _webp(),
        "c.webp": b"GIF89a" + bytes(40),
        "d.webp": _webp(8, 2000),
        "e.webp": _webp()[:32],
        "f.webp": bytes(10_000_000),  # 10 KB in the archive
        "manifest.csv": f"{HEAD}\n{_row()}\n{_row(**{'id': '0123456789ac', **cells})}\n",
    }
    with pytest.raises(CollectionError, match=said):
        import_archive(CollectedHands(tmp_path / "own"), _zip(files))
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (io.BytesIO(b"no archive"), "not a ZIP file"),
        (_zip({"readme": b"hello"}), "no manifest.csv"),
        (_zip({"manifest.csv": "name,price\nnail,3\n"}), "not one of hands: it lacks the columns file"),
        (_zip({"manifest.csv": b"\xff\xfe\x00"}), "not a table"),
        (_zip({"manifest.csv": bytes(20_000_000)}), "larger than 16384 KiB"),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, content: io.BytesIO, said: str) -> None:
    """Each error says what the archive lacks."""
    with pytest.raises(CollectionError, match=said):
        import_archive(CollectedHands(tmp_path / "own"), content)
    assert not (tmp_path / "own").exists()


def test_a_size_that_an_archive_lies_about_is_not_believed(tmp_path: Path) -> None:
    """A picture that claims one byte and has ten million is refused after at most the limit."""
    made = bytearray(_zip({"manifest.csv": f"{HEAD}\n{_row()}\n", "a.webp": bytes(10_000_000)}).getvalue())
    true, lie = (10_000_000).to_bytes(4, "little"), (1).to_bytes(4, "little")
    with pytest.raises(CollectionError):
        import_archive(CollectedHands(tmp_path / "own"), io.BytesIO(made.replace(true, lie)))
    assert not (tmp_path / "own").exists()


def test_a_member_that_cannot_be_unpacked_is_refused(tmp_path: Path) -> None:
    """An encrypted member, one with another compression, damaged bytes, an unknown version, and a name not in UTF-8."""
    hands = CollectedHands(tmp_path / "own")
    whole = _zip({"manifest.csv": f"{HEAD}\n{_row()}\n" * 50}).getvalue()
    encrypted = bytearray(whole)
    encrypted[whole.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(CollectionError, match="is encrypted, or compressed with another method"):
        import_archive(hands, io.BytesIO(encrypted))
    with zipfile.ZipFile(out := io.BytesIO(), "w", zipfile.ZIP_LZMA) as made:
        made.writestr("manifest.csv", HEAD)
    with pytest.raises(CollectionError, match="compressed with another method"):
        import_archive(hands, out)
    start = 30 + len("manifest.csv")
    damaged = whole[:start] + b"\xff" * 8 + whole[start + 8 :]
    with pytest.raises(CollectionError, match="not a ZIP file, or it is damaged"):
        import_archive(hands, io.BytesIO(damaged))
    central = whole.index(b"PK\x01\x02")
    newer, unnamed = bytearray(whole), bytearray(whole)
    newer[central + 6] = 99
    unnamed[central + 9] |= 0x08
    unnamed[central + 46] = 0xFF
    for content in (newer, unnamed):
        with pytest.raises(CollectionError, match="not a ZIP file, or it is damaged"):
            import_archive(hands, io.BytesIO(content))


def test_one_picture_named_a_thousand_times_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows count toward the limit of an archive, not its files."""
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", 20 * len(_webp()))
    rows = "\n".join(_row(id=f"{number:012x}") for number in range(1000))
    with pytest.raises(CollectionError, match="have more than"):
        import_archive(CollectedHands(tmp_path / "own"), _zip({"a.webp": _webp(), "manifest.csv": f"{HEAD}\n{rows}\n"}))


def test_an_archive_for_which_there_is_no_place_is_refused(tmp_path: Path) -> None:
    """The limit of the folder counts what it holds and what is imported together."""
    hands = CollectedHands(tmp_path / "own", max_pictures=2)
    hands.add([picture(seed=1), picture(seed=2)])
    with pytest.raises(CollectionFull):
        import_archive(hands, _zip({"a.webp": _webp(), "manifest.csv": f"{HEAD}\n{_row()}\n"}))


def test_a_signer_of_another_data_set_gets_a_name_that_the_folder_can_have(tmp_path: Path) -> None:
    """Characters that no file name may have become hyphens."""
    hands = CollectedHands(tmp_path / "own")
    import_archive(hands, _zip({"a.webp": _webp(), "manifest.csv": f"{HEAD}\n{_row(signer='mon95 u/1')}\n"}))
    assert [each.signer for each in hands.pictures()] == ["mon95-u-1"]
