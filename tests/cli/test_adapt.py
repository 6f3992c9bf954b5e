"""cli/adapt.py: from a folder of pictures to a file for caption."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.demo.video import write_mp4
from streamsign.errors import SettingsError, TrainingError
from tests.cli.commands import run
from tests.films import rendered
from tests.rendered_hands import write_rendered


def test_a_film_is_read_with_the_adaptation(tmp_path: Path) -> None:
    """A signer whose form of L is labeled V is captioned with V."""
    hands = write_rendered(tmp_path / "hands", {"V": "L", "O": "O", "E": "E"}, 9)
    out = tmp_path / "mine.npz"
    shown = " ".join(run("adapt", hands, "--out", out, width=200).split())
    assert "Pictures used (at most 20 a letter, at least 5): E 9, O 9, V 9." in shown
    assert "Of 9 held-out pictures 3 were read wrong, 0 are read wrong" in shown
    assert out.stat().st_mode & 0o777 == 0o600
    film = write_mp4(tmp_path / "film.mp4", rendered("LOVE", fps=15, width=320, height=240))
    assert run("caption", film).strip() == "LOVE"
    assert run("caption", film, "--adapt", out).strip().startswith("VO")


def test_the_signer_is_named_where_there_are_several(tmp_path: Path) -> None:
    """The error lists the signers; one who is not there is an error too."""
    hands = write_rendered(tmp_path / "hands", {"C": "C"}, 2)
    write_rendered(hands, {"C": "C"}, 2, signer="other")
    for flags, message in (
        ((), "Name one with --signer"),
        (("--signer", "nobody"), "no picture of the signer 'nobody'"),
    ):
        with pytest.raises(TrainingError, match=message):
            run("adapt", hands, "--out", tmp_path / "a.npz", *flags)
    assert not (tmp_path / "a.npz").exists()


def test_a_file_that_cannot_be_written_is_named_first(tmp_path: Path) -> None:
    """A folder that is not there is an error before any picture is read."""
    with pytest.raises(SettingsError, match="absent"):
        run("adapt", tmp_path, "--out", tmp_path / "absent" / "a.npz")


def test_what_was_left_out_is_one_sentence(tmp_path: Path) -> None:
    """Letters with one reason are listed together, and a single picture is singular."""
    folder = write_rendered(tmp_path / "hands", {"C": "C"}, 6)
    write_rendered(folder, {"V": "V", "L": "L"}, 1)
    shown = run("adapt", folder, "--model", "celov", "--out", tmp_path / "a.npz", width=200)
    assert "Left out: L, V (1 of 5 pictures with a hand)." in shown
