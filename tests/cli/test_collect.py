"""cli/collect.py: the demo signer and films of it become labeled pictures."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.collection.folder import CollectedHands
from streamsign.collection.manifest import read_gray, read_manifest
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film, write_mp4
from streamsign.errors import CollectionError, CollectionFull, SettingsError, SourceError
from streamsign.recognition.framing import square_around
from streamsign.recognition.model import load_model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.reader import ReaderMode
from tests.cli.commands import run


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo signer holds L."""
    path = tmp_path_factory.mktemp("film") / "L.mp4"
    write_mp4(path, make_film(DemoSigner("L", seed=3, letter_s=1.5)))
    return path


def test_pictures_of_a_film_are_read_as_their_letter(film: Path, tmp_path: Path) -> None:
    """Crops of the hand are stored with their label, and the model reads most of them as that letter."""
    out = tmp_path / "own"
    run("collect", film, "--letter", "l", "--signer", "ana", "--out", out, "--prompt", "near")
    pictures = read_manifest(out)
    assert 3 <= len(pictures) <= 12
    reader = PictureReader(load_model("celov"), ReaderMode.SMALL)
    right = 0
    for picture in pictures:
        assert picture.hand is not None
        assert picture.taken is not None
        assert (picture.letter, picture.signer, picture.source) == ("L", "ana", "film")
        assert (picture.taken.prompt, picture.taken.device, picture.taken.room) == ("near", "film", "")
        square = square_around(picture.hand)
        patches = [cut_patch(read_gray(picture.path), square)]
        right += reader.info.labels[int(np.argmax(reader.read(patches)))] == "L"
    assert right >= 0.7 * len(pictures)


def test_the_same_film_adds_nothing_the_second_time(film: Path, tmp_path: Path) -> None:
    """All its pictures repeat stored ones, and the error says so."""
    arguments = ("collect", film, "--letter", "L", "--out", tmp_path / "own", "--seconds", "1.6", "--from", "1.2")
    run(*arguments)
    before = CollectedHands(tmp_path / "own").pictures()
    with pytest.raises(CollectionError, match="repeats an earlier one"):
        run(*arguments)
    assert len(CollectedHands(tmp_path / "own").pictures()) == len(before) > 0


def test_only_the_asked_part_of_a_film_is_recorded(film: Path, tmp_path: Path) -> None:
    """The first half second has no hand, and nothing is stored of it."""
    with pytest.raises(CollectionError, match=r"No picture of L was stored: \d times no hand was found"):
        run("collect", film, "--letter", "L", "--out", tmp_path / "own", "--seconds", "0.5")
    assert not (tmp_path / "own").exists()


def test_a_countdown_of_a_film_is_refused(film: Path, tmp_path: Path) -> None:
    """Only a camera waits before it is recorded; of a film --from skips the start."""
    with pytest.raises(SettingsError, match="--countdown has no effect") as caught:
        run("collect", film, "--letter", "L", "--out", tmp_path / "own", "--countdown", "5")
    assert "--from" in caught.value.next_step
    assert not (tmp_path / "own").exists()


def test_the_demo_signer_is_another_person_for_each_name(tmp_path: Path) -> None:
    """Two signers hold a letter in other rooms; the summary says how many pictures there are."""
    out = tmp_path / "own"
    stored = [
        CliRunner().invoke(
            app, ["collect", "demo", "--letter", "A", "--seconds", "2.5", "--signer", name, "--out", str(out)]
        )
        for name in ("one", "two")
    ]
    assert [each.exit_code for each in stored] == [0, 0]
    assert f"pictures of A in {out}" in stored[0].stderr
    light = [
        np.mean([each.taken.light for each in CollectedHands(out).pictures(signer=name) if each.taken])
        for name in ("one", "two")
    ]
    assert abs(light[0] - light[1]) > 3


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--letter", "../A"),
        ("--letter", ""),
        ("--letter", "NONE"),
        ("--letter", "A" * 17),
        ("--signer", "a b"),
        ("--signer", "añá"),
    ],
)
def test_names_that_no_file_can_have_are_refused(film: Path, tmp_path: Path, flag: str, value: str) -> None:
    """The error names the flag, and nothing is written."""
    options = {"--letter": "L", "--signer": "ana", "--out": str(tmp_path / "own"), flag: value}
    with pytest.raises(SettingsError, match=flag):
        run("collect", film, *(part for pair in options.items() for part in pair))
    assert not (tmp_path / "own").exists()


def test_a_source_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """The error is that of other commands."""
    with pytest.raises(SourceError, match=r"The video file .* does not exist"):
        run("collect", tmp_path / "none.mp4", "--letter", "L", "--out", tmp_path / "own")


def test_a_full_folder_and_a_full_disk_are_named(film: Path, tmp_path: Path) -> None:
    """Both store nothing and say what to do."""
    arguments = ("collect", film, "--letter", "L", "--out", tmp_path / "own")
    with pytest.raises(CollectionFull, match="of 1"):
        run(*arguments, "--max-pictures", "1")
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch.object(os, "fsync", side_effect=full), pytest.raises(CollectionError, match=r"(?s)No space left.*--out"):
        run(*arguments)
    assert list((tmp_path / "own").rglob("*.webp")) == []


def test_a_file_in_place_of_the_folder_is_named(film: Path) -> None:
    """The error names it, and the file stays as it is."""
    before = film.read_bytes()
    with pytest.raises(CollectionError, match=r"L\.mp4 is not a folder"):
        run("collect", film, "--letter", "L", "--out", film)
    assert film.read_bytes() == before
