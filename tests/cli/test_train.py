"""cli/train.py: a real, tiny training from pictures to a model folder the service loads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.cli.train import finish, recorded, seconds
from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import load_model
from streamsign.training.backend import Backend, load_keras
from streamsign.training.checkpoint import best_weights
from streamsign.training.hand.recipe import HandRecipe, HandRun
from streamsign.training.letters import network, recipe, task
from tests.training.pictures import write_pictures


def small_backbone(channels: int, weights: object, width: float, size: int = 96) -> Any:
    """The two maps that heads read, of MobileNetV2's sides; test_unfold.py and the reader's recipe use the real one."""
    keras = load_keras()
    layers = keras.layers
    image = layers.Input((size, size, channels))
    middle = layers.BatchNormalization()(layers.Conv2D(8, 3, 16, "same", use_bias=False)(image))
    middle = layers.ReLU(6.0, name="block_12_add")(middle)
    last = layers.Conv2D(16, 3, 2, "same", use_bias=False)(middle)
    last = layers.ReLU(6.0)(layers.BatchNormalization(name="block_16_project_BN")(last))
    return keras.Model(image, last)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, uncompiled: None) -> None:
    """A network, batches and calibration as small as can be."""
    monkeypatch.setattr(network, "_backbone", small_backbone)
    monkeypatch.setattr(task, "BATCH", 8)
    monkeypatch.setattr(recipe, "CALIBRATION_PATCHES", 20)
    monkeypatch.setattr(recipe, "VERIFIED_PATCHES", 5)


def _interrupted(data: Path, folder: Path) -> list[str]:
    """What a training of CL printed that ended before its export."""
    printed: list[str] = []
    run = recipe.prepare(
        recipe.Recipe(
            data,
            "CL",
            folder / "first",
            0,
            budget_s=None,
            steps=4,
            weights=None,
            checkpoint=folder / "first.npz",
            cleaning=folder / "left-out.json",
            teacher=None,
            poses=None,
            former=None,
            mine=True,
            peak_rate=1e-3,
            command="test",
        ),
        printed.append,
    )
    run.clean(lambda _: None)
    run.train(lambda _: None)
    return printed


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("20m", 1200), ("1.5h", 5400)])
def test_reads_times(text: str, expected: float) -> None:
    """Seconds, minutes and hours."""
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["20", "m", "0s", "-3m", "20 minutes"])
def test_other_texts_than_times_are_refused(text: str) -> None:
    """The error shows how a time is written."""
    with pytest.raises(TrainingError, match="20m"):
        seconds(text)


@pytest.mark.usefixtures("small")
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # pictures without a hand's joints
def test_trains_cleans_resumes_and_exports_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted before the export and run again it makes a folder with honest facts; another can start from it.

    It looks for wrong labels over folds of three signers and mines hard samples; its list, its checkpoint, its report
    and its small variant are all there.
    """
    root = write_pictures(tmp_path / "pictures", "CLA", {"train": 7, "val": 2, "test": 2}, signers=3)
    (root / "about.md").write_text("Drawn by a program.")
    printed_before = _interrupted(root, tmp_path)
    arguments = ["train", str(root), "--letters", "CL", "--out", str(tmp_path / "first"), "--steps", "4"]
    arguments += ["--checkpoint", str(tmp_path / "first.npz"), "--cleaning", str(tmp_path / "left-out.json")]
    monkeypatch.setattr("sys.argv", ["streamsign", *arguments])  # what the recorded command is made of
    ran = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    started, given = network.build(4, 4, tmp_path / "first.npz"), best_weights(tmp_path / "first.npz")
    for variable, value in zip(started.variables, given, strict=False):
        fits = tuple(variable.shape) == value.shape
        assert fits == (variable.path not in ("labels/kernel", "labels/bias")), variable.path
        assert not fits or (variable.numpy() == value).all(), variable.path
    printed = " ".join(" ".join([*printed_before, ran.output]).split())
    assert "resumes from it" in printed
    assert "first searches for repeats and wrong labels" in printed
    assert "excludes the pictures listed in" in printed
    assert "Left out 0 near-duplicates" in printed
    assert "Computes with tensorflow on " in printed
    assert set(json.loads((tmp_path / "left-out.json").read_text())) == {"excluded", "proposed"}
    model = load_model(str(tmp_path / "first"))
    assert model.info.labels == ["C", "L", "none"]
    assert model.info.trained["images"] == 63
    assert model.info.trained["left_out_doubted_labels"] == 0
    assert sum(model.info.priors.values()) == pytest.approx(1)
    assert np.sum(model.info.confusion, axis=1) == pytest.approx([1, 1, 1], abs=1e-4)
    assert str(tmp_path) not in model.info.model_dump_json()
    patch = np.full((96, 96), 128, np.uint8)
    probabilities = Classifier(model).read(patch)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    (variant,) = model.info.variants
    smaller = Classifier(load_model(f"{tmp_path / 'first'}:{variant}"))
    assert smaller.read(patch) == pytest.approx(probabilities, abs=0.1)
    card = (tmp_path / "first" / "CARD.md").read_text(encoding="utf-8")
    assert "12 pictures of its letters by 3 signers" in card
    assert "Warning: the model will not be usable. Fewer than 5 signers show C (3), L (3)" in printed
    assert "Warning: this model is not usable. Fewer than 5 signers show C (3), L (3)" in printed
    assert "**Warning: this model is not usable." in card
    assert "Drawn by a program." in card
    assert "<html" in (tmp_path / "first" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("backend", [Backend.JAX, Backend.TORCH])
def test_another_backend_leaves_the_export_to_tensorflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    """The command runs again, and nothing is exported here."""
    ran: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execve", lambda program, arguments, environment: ran.append(environment))
    finish(HandRun(_hand_recipe(tmp_path), [], [], "", print), backend)
    assert [environment["KERAS_BACKEND"] for environment in ran] == ["tensorflow"]
    with pytest.raises(TrainingError, match="nothing to export"):
        finish(HandRun(_hand_recipe(tmp_path), [], [], "", print), Backend.TENSORFLOW)


def _hand_recipe(folder: Path) -> HandRecipe:
    return HandRecipe(folder, folder / "hand", 0, None, 1, None, folder / "hand.npz", None, 1e-3, "test")


def test_says_that_there_are_no_hands(tmp_path: Path) -> None:
    """A folder without hands/ is refused before anything is loaded."""
    from streamsign.training.data.crops import folders_of

    with pytest.raises(TrainingError, match="hands"):
        folders_of(tmp_path)


def test_a_network_of_readers_is_refused_for_letters(tmp_path: Path) -> None:
    """EfficientNet-Lite does not report where the hand is; the error names the task that accepts it."""
    arguments = ["train", str(tmp_path), "--out", str(tmp_path / "mine"), "--network", "efficientnet-lite2"]
    done = CliRunner().invoke(app, arguments)
    assert "--task reader" in f"{done.output}{done.exception}"
    assert done.exit_code != 0


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (["--made", "3"], "are for readers"),
        (["--task", "hand", "--frozen", "2"], "are for readers"),
        (["--task", "hand", "--reader-of", "alphabet"], "are for readers"),
        (["--task", "hand", "--network", "mobilenetv2-1.0"], "network of its own"),
        (["--size", "96"], "are for readers"),
    ],
)
def test_an_option_of_another_task_is_refused(tmp_path: Path, options: list[str], reported: str) -> None:
    """Nothing is trained without what was asked for."""
    done = CliRunner().invoke(app, ["train", str(tmp_path), "--out", str(tmp_path / "mine"), *options])
    assert reported in str(done.exception)


@pytest.mark.parametrize("size", ["0", "-1", "129"])
def test_a_size_without_a_meaning_is_a_wrong_use(tmp_path: Path, size: str) -> None:
    """The command ends with status 2 before anything is read, and names the flag."""
    ran = CliRunner().invoke(app, ["train", str(tmp_path), "--task", "reader", "--size", size])
    assert ran.exit_code == 2
    assert "'--size'" in ran.output


def test_a_refused_training_leaves_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of a checkpoint are written once the pictures are read."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["train", str(tmp_path), "--task", "hand", "--out", "mine"])
    assert isinstance(done.exception, TrainingError)
    assert not (tmp_path / "runs").exists()


def test_only_a_training_that_wrote_its_checkpoint_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused run leaves the record of an earlier one; one stopped by Ctrl-C is recorded and says where it is."""
    checkpoint, record = tmp_path / "mine-letters.npz", tmp_path / "mine-letters.commands.json"
    checkpoint.write_bytes(b"earlier")
    record.write_text("earlier")
    with pytest.raises(TrainingError), recorded(Console(), checkpoint, "another", None):
        raise TrainingError("The checkpoint does not fit this training.")
    with pytest.raises(KeyboardInterrupt), recorded(Console(), checkpoint, "another", None):
        raise KeyboardInterrupt
    assert record.read_text() == "earlier"
    os.utime(checkpoint, ns=(0, 0))

    def stopped() -> None:
        with recorded(Console(), checkpoint, "another", None):
            checkpoint.write_bytes(b"further")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert "another" in record.read_text()
    assert "the same command resumes it" in " ".join(capsys.readouterr().out.split())


def test_nothing_to_export_and_a_missing_teacher_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are errors before a picture is read, with what to give instead."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hands").mkdir()
    for options, reported in (
        (["--steps", "0"], "no weights to export"),
        (["--teacher", "gone.tflite"], "gone.tflite"),
    ):
        done = CliRunner().invoke(app, ["train", str(tmp_path), "--out", "mine", *options])
        assert isinstance(done.exception, TrainingError)
        assert reported in str(done.exception)
