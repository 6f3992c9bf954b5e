"""The network on one patch."""

import numpy as np
import pytest

from streamsign.errors import ModelNotFound
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.model import load_model


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The shipped five-letter network."""
    return Classifier(load_model("celov"))


def test_probabilities_sum_to_one(classifier: Classifier) -> None:
    """Every patch gives a distribution over the labels."""
    for seed in range(5):
        patch = np.random.default_rng(seed).integers(0, 255, (96, 96), np.uint8)
        probabilities = classifier.read(patch)
        assert probabilities.shape == (len(classifier.labels),)
        assert probabilities.sum() == pytest.approx(1, abs=1e-4)


def test_limited_range_means_the_same_picture(classifier: Classifier) -> None:
    """A picture in a decoder's 16–235 range reads like the same picture in 0–255."""
    full = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    limited = np.round(16 + full * (219 / 255)).astype(np.uint8)
    assert classifier.read(limited, limited_range=True) == pytest.approx(classifier.read(full), abs=0.03)


def test_wrong_patch_is_refused(classifier: Classifier) -> None:
    """A patch of another size or type is an error, not a resample."""
    with pytest.raises(ValueError, match="the patch must be"):
        classifier.read(np.zeros((64, 64), np.uint8))
    with pytest.raises(ValueError, match="the patch must be"):
        classifier.read(np.zeros((96, 96), np.float32))


def test_a_reader_of_another_model_reads_the_letters_of_its_own() -> None:
    """Celov's reader gives C over E as alphabet's does on the same patch, and none the sum of the rest."""
    patch = np.random.default_rng(3).integers(0, 256, (112, 112)).astype(np.uint8)
    five, all_letters = LetterReader(load_model("celov:reader")), LetterReader(load_model("alphabet:reader"))
    mine, theirs = five.read(patch), all_letters.read(patch)
    assert mine.sum() == pytest.approx(1, abs=1e-4)
    ratio = theirs[all_letters.labels.index("C")] / theirs[all_letters.labels.index("E")]
    assert mine[five.labels.index("C")] / mine[five.labels.index("E")] == pytest.approx(ratio, rel=1e-3)


def test_a_reader_is_not_a_classifier() -> None:
    """A model that was named as NAME:reader is refused with the way to read with it."""
    with pytest.raises(ModelNotFound, match=r"does not find hands[\s\S]*--reader large"):
        Classifier(load_model("celov:reader"))
