"""training/reader/card.py: figures of a reader in model.json, and READER.md."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from streamsign.collection.manifest import Picture
from streamsign.recognition.model import READER, ModelInfo, ReaderInfo, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.reader.card import describe_reader, reader_card
from tests.readers import write_model_with_reader
from tests.training.pictures import write_pictures


def with_reader(**trained: Any) -> ModelInfo:
    """Celov's description with a reader."""
    info = load_model("celov").info
    reader = ReaderInfo(
        network="efficientnet-lite2", input_size=112, labels=info.labels, model_sha256="a" * 64, trained=trained
    )
    return info.model_copy(update={"reader": reader})


def without_reader() -> ModelInfo:
    """Celov's description without a reader."""
    return load_model("celov").info.model_copy(update={"reader": None})


def test_figures_are_written_to_the_description_and_the_card(tensorflow_installed: None, tmp_path: Path) -> None:
    """A reader that takes each hand for a V reads half of the pictures of V and C; model.json and card state it."""
    folder = write_model_with_reader(tmp_path / "with-reader")
    data = write_pictures(tmp_path / "data", "CV", {"test": 2})
    describe_reader(data, folder)
    trained = json.loads((folder / "model.json").read_text())["reader"]["trained"]
    assert trained["test_macro_signer_accuracy"] == 0.5
    figures = evaluate(
        [data / "hands"], f"{folder}:{READER}", "test", PictureCrop.ORACLE, mode=ReaderMode.LARGE
    ).figures
    assert trained["test_ece"] == round(figures["ece"], 4)
    text = (folder / "READER.md").read_text()
    assert "| accuracy, mean over signer groups | 50.0 %" in text
    assert "- C read as V: 2 of 2" in text
    assert f"{manifests_sha256(folders_of(data).values())[:16]}…" in text
    assert "hand-of-test" not in text


def test_a_folder_without_a_reader_is_an_error(tmp_path: Path) -> None:
    """Neither a folder nor a description without a reader gets a card."""
    folder = tmp_path / "model"
    shutil.copytree(load_model("celov").folder, folder)
    (folder / "READER.md").unlink()
    (folder / "model.json").write_text(without_reader().model_dump_json())
    with pytest.raises(ValueError, match="has no reader"):
        describe_reader(write_pictures(tmp_path / "data", "C", {"test": 1}), folder)
    assert not (folder / "READER.md").exists()
    with pytest.raises(ValueError, match="celov has no reader"):
        reader_card(without_reader(), None, [], measured_on="")


def test_the_card_states_how_the_reader_was_trained() -> None:
    """Command, note, size and the release are in the card; without a test split it claims no figures and no signer."""
    info = with_reader(
        command="streamsign train DATA",
        note="Averaged.",
        about_data="From one school.",
        bytes=4_600_000,
        training_data_sha256="b" * 64,
    )
    pictures = [Picture(Path(), Path("a"), 2, "webcam", "jane-handle", "C", "train", None)] * 3
    text = reader_card(info, None, pictures, measured_on="c" * 64)
    assert text.startswith("# celov:reader\n")
    assert "efficientnet-lite2 (`reader.tflite`, ?, 4.6 MB)" in text
    assert "```\nstreamsign train DATA\n```\n\nAveraged." in text
    assert "| webcam | 3 (1) | – | – |" in text
    assert "bbbbbbbbbbbbbbbb…" in text
    assert "cccccccccccccccc…" in text
    assert "No test split." in text
    assert "From one school." in text
    assert "public collections" not in text
    assert "jane-handle" not in text
