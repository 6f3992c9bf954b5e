"""training/reader/recipe.py: a tiny training from pictures to a reader that the service loads."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.errors import ModelError, TrainingError
from streamsign.recognition.classifier import LetterReader
from streamsign.recognition.model import load_model
from streamsign.training.data.crops import Crop
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.recipe import ReaderRecipe, prepare_reader, thinned
from tests.training.pictures import write_pictures


def test_some_pictures_of_each_signer_and_shape_choose_the_weights() -> None:
    """Of ten pictures four are kept, spread over all; of two both."""
    pixels = np.zeros((96, 96), np.uint8)
    crops = [Crop(pixels, "C", "ann", "web", line=line) for line in range(10)]
    crops += [Crop(pixels, "C", "bob", "web", line=line) for line in range(10, 12)]
    assert [crop.line for crop in thinned(crops, 4)] == [0, 3, 6, 9, 10, 11]


def _recipe(folder: Path) -> ReaderRecipe:
    return ReaderRecipe(
        data=Path("nowhere"),
        letters="CL",
        out=folder,
        network=LetterNetwork.LITE2,
        size=112,
        frozen=0,
        made=0,
        seed=0,
        budget_s=None,
        steps=1,
        weights=folder / "gone.npz",
        former=None,
        checkpoint=folder / "runs.npz",
        peak_rate=1e-3,
        command="test",
    )


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    """The error comes before a picture is read."""
    with pytest.raises(TrainingError, match=r"weights file .*gone\.npz does not exist"):
        prepare_reader(_recipe(tmp_path), print)


def test_what_a_reader_does_not_fit_is_refused_before_the_training(tmp_path: Path) -> None:
    """A model of other letters, no model, and an average without frozen stages are errors before a picture is read."""
    recipe = replace(
        _recipe(tmp_path), weights=None, out=Path(shutil.copytree(load_model("celov").folder, tmp_path / "celov"))
    )
    with pytest.raises(TrainingError, match="Pass --letters CELOV"):
        prepare_reader(recipe, print)
    with pytest.raises(ModelError, match="does not exist"):
        prepare_reader(replace(recipe, out=tmp_path / "none"), print)
    former = tmp_path / "former.npz"
    former.touch()
    with pytest.raises(TrainingError, match="--frozen"):
        prepare_reader(replace(recipe, former=former), print)


def test_a_reader_is_written_beside_its_model(
    tmp_path: Path, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model folder gains a reader of its labels, with its figures and a card that names no signer."""
    data = write_pictures(tmp_path / "pictures", "CELOVA", {"train": 1, "val": 1, "test": 1}, signers=2)
    folder = Path(shutil.copytree(load_model("celov").folder, tmp_path / "models" / "celov"))
    letters = "".join(load_model("celov").info.letters)
    arguments = ["train", str(data), "--task", "reader", "--network", "mobilenetv2-0.35", "--size", "64"]
    arguments += ["--letters", letters, "--out", str(folder), "--steps", "2"]
    arguments += ["--made", "1"]
    arguments += ["--checkpoint", str(tmp_path / "reader.npz")]
    monkeypatch.setattr("sys.argv", ["streamsign", *arguments])  # what the recorded command is made of
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert re.search(
        r"On validation: accuracy [\d.]+ % \(float32 [\d.]+ %\), false letters", " ".join(done.output.split())
    )
    assert "validation_" not in done.output
    model = load_model(str(folder))
    assert model.reader is not None
    assert model.info.reader is not None
    assert model.reader.info.labels == model.info.labels
    read = LetterReader(model.reader).read(np.zeros((64, 64), np.uint8))
    assert read.sum() == pytest.approx(1, abs=1e-3)
    trained = model.info.reader.trained
    assert trained["kind"] in ("int8", "float16")
    assert {"test_macro_signer_accuracy", "validation_macro_signer_accuracy_int8"} <= set(trained)
    assert "models/celov --steps 2" in trained["command"]
    card = (folder / "READER.md").read_text()
    assert "mobilenetv2-0.35" in card
    assert "hand-of-" not in card
    assert "`READER.md` describes it" in (folder / "CARD.md").read_text()
