"""server/ondevice/document.py: parameters that agree with what the core uses."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from streamsign.recognition.model import load_model
from streamsign.recognition.pauses import PauseRule
from streamsign.recognition.pooling import merge, merging
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import drawn_rules
from streamsign.server.ondevice.document import on_device


@pytest.mark.parametrize("name", ["alphabet", "celov"])
def test_the_files_have_the_digests_that_are_named(name: str) -> None:
    """Model, locator and reader: each graph's address leads to the file with its digest and length."""
    found = on_device(load_model(name), ReaderMode.AUTO, PauseRule(), "1.0")
    assert set(found.document.graphs) == {"model", "locator", "reader"}
    for graph in found.document.graphs.values():
        file = found.files[graph.sha256]
        assert isinstance(file, Path)
        content = file.read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (graph.sha256, graph.bytes)


def test_states_are_in_the_filters_order() -> None:
    """None comes first; each state's place in the outputs, and the reader's merged outputs, are the core's."""
    model = load_model("celov")
    document = on_device(model, ReaderMode.AUTO, PauseRule(), "1.0").document
    assert document.states == model.info.states
    assert [model.info.labels[at] for at in document.order] == document.states
    assert document.confusion is not None
    assert document.confusion[0][0] == model.info.confusion[document.order[0]][document.order[0]]
    own = model.info.reader
    assert own is not None
    assert own.outputs is not None
    assert document.reader is not None
    read = np.random.default_rng(0).random(len(own.outputs)).astype(np.float32)
    wanted = merge(read, merging(own.outputs, model.info.labels, model.info.none_label, own.none_factor))
    merged = read @ np.array(document.reader.merging)
    assert merged / merged.sum() == pytest.approx(wanted[document.order], abs=1e-6)


def test_without_a_reader_none_is_named() -> None:
    """The mode "small" leaves the larger network out."""
    document = on_device(load_model("celov"), ReaderMode.SMALL, PauseRule(), "1.0").document
    assert document.reader is None
    assert set(document.graphs) == {"model", "locator"}


def test_the_version_changes_with_the_parameters() -> None:
    """Equal parameters have equal versions; another pause makes another version."""
    model = load_model("celov")
    versions = [
        on_device(model, ReaderMode.AUTO, PauseRule(word_s=word_s), "1.0").document.version for word_s in (1, 1, 2)
    ]
    assert versions[0] == versions[1] != versions[2]


def test_drawn_letters_come_with_their_rules() -> None:
    """Letters, what they start from and how they are recognized: all that the core reads of them."""
    model = load_model("alphabet")
    document = on_device(model, ReaderMode.AUTO, PauseRule(), "1.0").document
    assert document.letters == model.info.alphabet
    assert set(document.moving) == set(document.drawn) == {"J", "Z"}
    assert document.drawn == drawn_rules(model)
