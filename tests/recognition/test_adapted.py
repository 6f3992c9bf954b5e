"""recognition/adapted.py: a model with an adaptation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import ModelInvalid
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.adapted import adapted, added_outputs, graphs, with_labels
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.correction import Correction
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.recognizer import Recognizer


def _nothing(model: Model, new: tuple[str, ...] = ()) -> Adaptation:
    """An adaptation that changes nothing but the labels."""
    corrections = []
    reader = model.reader
    assert reader is not None
    networks = [Classifier(model, exposes=True), LetterReader(reader, exposes=True)]
    for network, added in zip(networks, added_outputs(model.info, new), strict=True):
        assert network.head is not None
        rows, features = network.head.kernel.shape
        corrections.append(
            Correction(np.zeros((1, features), np.float16), np.zeros((1, rows + len(added)), np.float32), 1.0)
        )
    return Adaptation(model.info.name, graphs(model.info), new, tuple(corrections))


def test_no_change_reads_as_the_model() -> None:
    """With weights of zero both networks give the graph's probabilities."""
    model = load_model("celov")
    changed = adapted(model, _nothing(model))
    patch = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    assert Classifier(changed).read(patch) == pytest.approx(Classifier(model).read(patch), abs=1e-5)
    assert Classifier(changed).hand() is not None
    large = np.random.default_rng(1).integers(0, 256, (112, 112)).astype(np.uint8)
    own, other = model.reader, changed.reader
    assert own is not None
    assert other is not None
    assert LetterReader(other).read(large) == pytest.approx(LetterReader(own).read(large), abs=1e-5)


@pytest.mark.parametrize("new", ["NG", "A"])
def test_a_new_label_is_read_by_every_part(new: str) -> None:
    """The recognizer of a model with a further letter runs, also where the reader of another model has the letter."""
    model = load_model("celov")
    changed = adapted(model, _nothing(model, (new,)))
    assert changed.info.letters == [*model.info.letters, new]
    assert sum(changed.info.priors.values()) == pytest.approx(1)
    recognizer = Recognizer(changed)
    assert recognizer.letters == changed.info.letters
    recognizer.feed(np.zeros((240, 320), np.uint8), 0.0)
    patch = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    assert Classifier(changed).read(patch).shape == (len(changed.info.labels),)


def test_another_model_or_training_is_refused() -> None:
    """An adaptation fits the graphs that it was made for, and no variant of them."""
    model = load_model("celov")
    adaptation = _nothing(model)
    with pytest.raises(ModelInvalid, match="of another training"):
        adapted(load_model("alphabet"), adaptation)
    with pytest.raises(ModelInvalid, match="of another training"):
        adapted(model, replace(adaptation, sha256=("0" * 64, adaptation.sha256[1])))
    with pytest.raises(ModelInvalid, match="cannot be adapted"):
        adapted(load_model("celov:float16"), adaptation)


def test_a_letter_that_is_there_is_not_added() -> None:
    """A label of the model, or a letter that is drawn, cannot be new."""
    for letter in ("C", "Z"):
        with pytest.raises(ModelInvalid, match="already"):
            with_labels(load_model("alphabet").info, [letter])
