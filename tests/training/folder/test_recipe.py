"""training/folder/recipe.py: from folders of pictures to a word that is read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.collection.manifest import read_manifest
from streamsign.demo.video import write_mp4
from streamsign.errors import ModelInvalid, TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.data.cleaning import ManifestFinding, read_findings, write_findings
from streamsign.training.folder.recipe import train_folder
from tests.cli.commands import run
from tests.films import rendered as filmed
from tests.rendered_hands import write_letter_folders, write_rendered

SHOWN = {"L": "L", "O": "O", "NG": "Y"}
"""Letters of the alphabet, and what the rendered hand shows for each."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three letters from folders of whole frames, one of the letters with two characters."""
    data = write_letter_folders(tmp_path_factory.mktemp("letters"), SHOWN, 12)
    (data / "L" / "13.jpg").write_bytes(b"")
    out = tmp_path_factory.mktemp("models") / "three"
    shown = " ".join(run("train", data, "--out", out, width=200).split())
    assert "Warning: there is one signer" in shown
    assert f"streamsign serve --model {out}" in shown
    assert shown.count(f"Left out 1 file that cannot be read as a picture: {data / 'L' / '13.jpg'}.") == 2
    return out


def test_the_model_describes_its_letters(made: Path) -> None:
    """Labels are the folders' names; numbers for hands and text are the base's, and the card warns."""
    info = load_model(str(made)).info
    assert info.letters == ["L", "NG", "O"]
    assert info.reader is not None
    assert info.hand == load_model("alphabet").info.hand
    assert (made / "temporal.json").is_file()
    assert "one signer" in (made / "CARD.md").read_text()


def test_a_word_is_read_with_it(made: Path, tmp_path: Path) -> None:
    """A film of letters of the new alphabet is captioned, the two characters as one letter."""
    film = write_mp4(tmp_path / "film.mp4", filmed("LYO", fps=15, width=320, height=240))
    assert run("caption", film, "--model", made).strip() == "LNGO"


def test_it_is_adapted_and_measured_like_a_shipped_model(made: Path, tmp_path: Path) -> None:
    """Evaluation and adaptation take the folder."""
    hands = write_rendered(tmp_path / "hands", SHOWN, 6, split="test", seed=70)
    assert "100.0 %" in run("evaluate", hands, "--model", made, "--split", "test")
    assert "Wrote" in run("adapt", hands, "--model", made, "--out", tmp_path / "a.npz", width=200)


def test_a_base_without_anchors_is_an_error(tmp_path: Path) -> None:
    """A model folder of an earlier version cannot be the base, and the error names one that can."""
    base = tmp_path / "base"
    shutil.copytree(load_model("celov").folder, base)
    with pytest.raises(ModelInvalid, match="--base alphabet"):
        train_folder(tmp_path, tmp_path / "out", str(base), "", print)


def test_a_file_in_place_of_the_model_folder_is_an_error(tmp_path: Path) -> None:
    """It is refused before the pictures are read, and the error says which flag to change."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(TrainingError, match="--out"):
        train_folder(tmp_path / "none", tmp_path / "out", "alphabet", "", print)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_list_leaves_out_what_was_accepted(tmp_path: Path) -> None:
    """Of a list's proposals only the accepted one is left out of a training from a folder, and the number is shown."""
    data = write_rendered(tmp_path / "hands", SHOWN, 9, seed=70)
    rows = [ManifestFinding("hands", picture.row, "doubted", False, picture.file) for picture in read_manifest(data)]
    rows[0] = replace(rows[0], excluded=True)
    write_findings(tmp_path / "rows.json", rows)
    shown = run("train", data, "--out", tmp_path / "out", "--cleaning", tmp_path / "rows.json", width=200)
    assert "Left out 1 picture that" in " ".join(shown.split())
    assert load_model(str(tmp_path / "out")).info.trained["images"] == len(rows) - 1


def test_a_plain_folder_is_reported_adapted_and_measured(made: Path, tmp_path: Path) -> None:
    """Folders of letters without a manifest are taken by all commands; findings name files, and training uses them."""
    data = write_letter_folders(tmp_path / "mine", SHOWN, 9)
    shutil.copy(data / "L" / "0.jpg", data / "L" / "copy.jpg")
    (data / "O" / "10.jpg").write_text("no picture")
    rows = tmp_path / "rows.json"
    shown = " ".join(run("data-report", data, "--model", made, "--findings", rows, width=200).split())
    assert (
        "28 pictures of 1 signer; 0 without a box left out. 1 file that cannot be read as a picture left out" in shown
    )
    [found] = [each for each in read_findings(rows) if each.excluded]
    assert (found.folder, found.line, found.file, found.reason) == ("mine", 0, "L/copy.jpg", "repeats L/0.jpg")
    shown = run("train", data, "--out", tmp_path / "out", "--cleaning", rows, width=200)
    assert "Left out 1 picture that" in " ".join(shown.split())
    assert load_model(str(tmp_path / "out")).info.trained["images"] == 27
    shown = run("adapt", data, "--model", made, "--out", tmp_path / "a.npz", width=200)
    assert "Left out 1 file that cannot be read as a picture" in shown
    assert "L 10, NG 9, O 9" in shown
    shown = run("evaluate", data, "--model", made, width=200)
    assert "pictures of its letters" in shown
    assert "28 by 1 signers (0 pictures without a box left out)" in " ".join(shown.split())


def test_a_model_near_chance_is_warned_of(tmp_path: Path) -> None:
    """Two letters with the same pictures look alike: command and card say that the model is not usable."""
    data = write_rendered(tmp_path / "hands", {"L": "L", "NG": "L"}, 9, seed=70)
    out = tmp_path / "out"
    shown = " ".join(run("train", data, "--out", out, width=200).split())
    assert "Warning: this model is not usable. The accuracy on validation is" in shown
    assert "train longer" not in shown
    assert "Warning: this model is not usable." in (out / "CARD.md").read_text()
