"""A recognizer with a reader beside the classifier, on the rendered signer."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.events import Commit
from streamsign.recognition.frame import Frame
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from tests.readers import write_model_with_reader


@cache
def frames() -> list[Frame]:
    """A held L, rendered once."""
    return list(DemoSigner("L", seed=1, width=320, height=240))


@pytest.fixture(scope="module")
def folder(tensorflow_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Celov with a reader that reads every hand as V."""
    return write_model_with_reader(tmp_path_factory.mktemp("models") / "with-reader")


def letters(recognizer: Recognizer) -> str:
    """What it makes of the held L."""
    events = [event for frame in frames() for event in recognizer.feed(frame.luma, frame.at_s)]
    return "".join(event.letter for event in events if isinstance(event, Commit))


def test_each_mode_reads_its_share_of_frames(folder: Path) -> None:
    """Small reads none with the reader, large every frame with a hand, and auto a few."""
    reads = {}
    for mode in ReaderMode:
        recognizer = Recognizer(load_model(str(folder)), reader=mode)
        letters(recognizer)
        assert recognizer.has_reader == (mode is not ReaderMode.SMALL)
        reads[mode] = recognizer.reads
    assert reads[ReaderMode.SMALL].large == 0
    assert reads[ReaderMode.LARGE].large == reads[ReaderMode.LARGE].small > 20
    assert 0 < reads[ReaderMode.AUTO].large <= reads[ReaderMode.AUTO].small / 3


def test_the_readers_evidence_decides_against_the_classifier(folder: Path) -> None:
    """The classifier's L is not committed if the reader reads V."""
    model = load_model(str(folder))
    assert letters(Recognizer(model, reader=ReaderMode.SMALL)) == "L"
    assert "L" not in letters(Recognizer(model, reader=ReaderMode.LARGE))


def test_a_session_without_its_reader_reads_as_the_small_network_does(folder: Path) -> None:
    """Under load the reader is switched off for a session; readings are then those of the classifier alone."""
    model = load_model(str(folder))
    fallen, small = Recognizer(model), Recognizer(model, reader=ReaderMode.SMALL)
    fallen.reader_enabled = False
    for frame in frames():
        assert fallen.feed(frame.luma, frame.at_s) == small.feed(frame.luma, frame.at_s)
    assert fallen.reads.large == 0


def test_the_reading_is_a_stage_of_its_frame(folder: Path) -> None:
    """A frame that the reader reads has the stage between classifying and deciding."""
    recognizer = Recognizer(load_model(str(folder)), reader=ReaderMode.LARGE)
    stages: list[str] = []
    for frame in frames():
        recognizer.feed(frame.luma, frame.at_s, on_stage=stages.append)
    first = stages.index("read")
    assert stages[first - 1] == "classified"
    assert stages[first + 1] == "decided"


def test_large_needs_a_reader() -> None:
    """A model without a reader is read by the classifier in the mode auto, and rejected in the mode large."""
    model = load_model("celov")
    assert Recognizer(model).has_reader
    assert not Recognizer(model, reader=ReaderMode.SMALL).has_reader
    alone = replace(model, info=model.info.model_copy(update={"reader": None}))
    assert not Recognizer(alone).has_reader
    with pytest.raises(ModelNotFound, match="no reader"):
        Recognizer(alone, reader=ReaderMode.LARGE)


def test_a_damaged_reader_is_rejected(folder: Path, tmp_path: Path) -> None:
    """The reader's hash is checked when the model is loaded."""
    shutil.copytree(folder, tmp_path / "damaged")
    (tmp_path / "damaged" / "reader.tflite").write_bytes(b"no graph")
    with pytest.raises(ModelInvalid, match=r"reader\.tflite"):
        load_model(str(tmp_path / "damaged"))
