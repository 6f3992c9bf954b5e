"""training/streams/names.py: names and words made of stills."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.training.streams.names import NAME_CASES, NAMES, name_streams

_HEAD = ("file", "source", "signer", "letter", "split", "hand_x0", "hand_y0", "hand_x1", "hand_y1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Whole pictures of three letters by one person, a loose crop of a fourth, and digits to pass on the way.

    The list names a person of another split, whose picture is not there.
    """
    rows: dict[str, list[tuple[object, ...]]] = {"frames": [], "hands": []}
    shown = [("frames", letter, "ann") for letter in "ABU"] + [("hands", "Y", "ann"), *[("hands", "OTHER", "bob")] * 3]
    for number, (folder, letter, signer) in enumerate(shown):
        (tmp_path / folder).mkdir(exist_ok=True)
        size = (160, 120) if folder == "frames" else (80, 80)
        picture = cv2.resize(luma_of(DemoSigner("L", seed=number).render(1.4)), size)
        cv2.imwrite(str(tmp_path / folder / f"{number}.png"), picture)
        rows[folder].append((f"{number}.png", "made", signer, letter, "val", 30, 20, 70, 75))
    rows["frames"].append(("gone.png", "made", "eve", "A", "test", 30, 20, 70, 75))
    for folder, listed in rows.items():
        with (tmp_path / folder / "manifest.csv").open("w", newline="") as file:
            csv.writer(file).writerows([_HEAD, *listed])
    return tmp_path


def test_a_person_spells_the_names_their_letters_allow(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole pictures and loose crops together make the letters; each case has its rate; other splits are not opened."""
    monkeypatch.setattr("streamsign.training.streams.names.NAMES", (*NAMES, "BUY", "BABY"))
    streams = list(name_streams(data, "val", 1, 0, set("ABUY")))
    assert [stream.case for stream in streams] == list(NAME_CASES)
    assert {stream.signer for stream in streams} == {"ann"}
    assert {stream.name for stream in streams} <= {"AYU", "BUY", "BABY"}
    for stream in streams:
        assert "".join(each.letter for each in stream.truth) == stream.name


def test_a_held_still_moves_and_trembles_little(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two frames of a hold differ, by a camera's noise and a pixel or two, and show one picture."""
    monkeypatch.setattr("streamsign.training.streams.names.NAMES", ("BUA", "ABU", "UAB"))
    stream = next(iter(name_streams(data, "val", 1, 0, set("ABU"))))
    first = stream.truth[0]
    held = [shot for shot in stream.shots if first.start_s <= shot.at_s <= first.end_s]
    assert len(held) >= 8
    differences = [np.abs(held[0].luma.astype(int) - shot.luma).mean() for shot in held[1:]]
    assert min(differences) > 0.5
    assert max(differences) < 8
    assert all(shot.hand is not None for shot in held)


def test_few_letters_make_no_streams(data: Path) -> None:
    """A person who has letters for less than three words is left out."""
    assert list(name_streams(data, "val", 1, 0, set("ABU"))) == []


def test_the_words_cover_the_still_letters() -> None:
    """All letters but J and Z, which move, are spelled; no word is listed twice."""
    assert set("".join(NAMES)) == set("ABCDEFGHIKLMNOPQRSTUVWXY")
    assert len(set(NAMES)) == len(NAMES)
