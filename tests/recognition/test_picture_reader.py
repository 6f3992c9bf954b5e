"""recognition/picture_reader.py: which networks of a model read a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import ModelNotFound
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.geometry import Square
from streamsign.recognition.model import load_model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.pooling import pooled
from streamsign.recognition.reader import ReaderMode

GRAY = np.random.default_rng(5).integers(0, 256, (200, 200)).astype(np.uint8)
SQUARE = Square(100.0, 100.0, 120.0)


def test_each_mode_reads_with_its_networks() -> None:
    """SMALL is the classifier, LARGE the reader, AUTO both pooled with the reader's share."""
    model = load_model("celov")
    assert model.reader is not None
    assert model.info.reader is not None
    small = Classifier(model).read(cut_patch(GRAY, SQUARE, 96))
    large = LetterReader(model.reader).read(cut_patch(GRAY, SQUARE, 112))
    expected = {
        ReaderMode.SMALL: small,
        ReaderMode.LARGE: large,
        ReaderMode.AUTO: pooled(small, large, model.info.reader.share),
    }
    for mode, probabilities in expected.items():
        reader = PictureReader(model, mode)
        assert reader.read(reader.cut(GRAY, SQUARE)) == pytest.approx(probabilities, abs=1e-5)


def test_a_reader_by_name_reads_alone() -> None:
    """celov:reader measures the reader; SMALL, which is the classifier alone, is refused."""
    model = load_model("celov:reader")
    for mode in (ReaderMode.AUTO, ReaderMode.LARGE):
        assert [each.variant for each in PictureReader(model, mode).measured] == ["reader"]
    with pytest.raises(ModelNotFound, match=r"'celov:reader' is the reader alone[\s\S]*without :reader"):
        PictureReader(model, ReaderMode.SMALL)


def test_without_a_reader() -> None:
    """AUTO is the classifier alone; LARGE is an error that names the next step."""
    model = load_model("celov")
    model = replace(model, info=model.info.model_copy(update={"reader": None}))
    assert [each.variant for each in PictureReader(model, ReaderMode.AUTO).measured] == [""]
    with pytest.raises(ModelNotFound, match=r"has no reader[\s\S]*--reader auto or small"):
        PictureReader(model, ReaderMode.LARGE)
