"""training/reader/adopt.py: another model's reader in a model's folder, its weight chosen on validation."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import LetterReader
from streamsign.recognition.model import load_model
from streamsign.training.letters.task import HeldOut
from streamsign.training.reader.adopt import adopt_reader, best_choice, merged_priors
from tests.training.pictures import write_pictures

INFO = load_model("celov").info


def copy_of_celov(folder: Path) -> Path:
    """A folder that describes no reader yet."""
    copied = Path(shutil.copytree(load_model("celov").folder, folder))
    described = load_model(str(copied)).info.model_copy(update={"reader": None})
    (copied / "model.json").write_text(described.model_dump_json())
    (copied / "READER.md").unlink(missing_ok=True)
    return copied


def test_another_models_reader_is_described_not_copied(tmp_path: Path) -> None:
    """The folder gains the key and a card, no graph; the reader then reads the model's labels."""
    data = write_pictures(tmp_path / "pictures", "CELOVA", {"val": 1, "test": 1}, signers=2)
    folder = copy_of_celov(tmp_path / "models" / "mine")
    said: list[str] = []
    adopt_reader(data, "alphabet", folder, "the command", said.append)
    model = load_model(str(folder))
    assert model.reader is not None
    assert model.info.reader is not None
    assert not (folder / "reader.tflite").exists()
    assert model.info.reader.model == "alphabet"
    assert LetterReader(model.reader).read(np.zeros((112, 112), np.uint8)).sum() == pytest.approx(1, abs=1e-3)
    assert sum(model.info.reader.priors.values()) == pytest.approx(1, abs=1e-4)
    card = (folder / "READER.md").read_text()
    assert "The graph is that of `alphabet:reader`" in card
    assert "the command" in card
    assert "hand-of-" not in card
    assert "Wrote the reader of alphabet" in said[-1]


def test_a_model_without_a_reader_is_named(tmp_path: Path) -> None:
    """Nothing can be adopted from a folder that has none."""
    folder = copy_of_celov(tmp_path / "models" / "mine")
    with pytest.raises(TrainingError, match="has no reader"):
        adopt_reader(tmp_path, str(folder), folder, "the command", print)


def test_a_letter_that_the_reader_lacks_is_named(tmp_path: Path) -> None:
    """The shipped reader does not read J, which is drawn in the air."""
    folder = copy_of_celov(tmp_path / "models" / "mine")
    text = (folder / "model.json").read_text()
    (folder / "model.json").write_text(text.replace('"V"', '"J"'))
    with pytest.raises(TrainingError, match="does not know J"):
        adopt_reader(tmp_path, "alphabet", folder, "the command", print)


def test_the_better_network_gets_the_weight() -> None:
    """With a reader that is always right beside a classifier that is always wrong, the reader's share is high."""
    size = len(INFO.labels)
    labels = np.arange(size, dtype=np.int32).repeat(3)
    right = np.full((len(labels), size), 0.02, np.float32)
    right[np.arange(len(labels)), labels] = 0.9
    wrong = np.roll(right, 1, axis=1)
    held_out = HeldOut([], labels, ["ann"] * len(labels))
    assert best_choice(held_out, wrong, right, INFO, (1.0,), print).share > 0.5
    assert best_choice(held_out, right, wrong, INFO, (1.0,), print).share < 0.5


def test_priors_of_summed_labels() -> None:
    """None has what the letters leave of the reader's training, times its factor, and all sum to 1."""
    reader = load_model("alphabet").info.reader
    assert reader is not None
    five = sum(reader.priors[letter] for letter in INFO.letters)
    priors = merged_priors(reader, INFO, 0.5)
    assert sum(priors.values()) == pytest.approx(1, abs=1e-4)
    assert priors["none"] == pytest.approx(0.5 * (1 - five) / (0.5 * (1 - five) + five), abs=1e-4)
    assert merged_priors(reader, INFO, 1.0)["C"] == pytest.approx(reader.priors["C"], abs=1e-4)
