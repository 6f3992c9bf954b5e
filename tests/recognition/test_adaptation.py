"""recognition/adaptation.py: the file of an adaptation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import ModelInvalid
from streamsign.recognition.adaptation import Adaptation, read_adaptation
from streamsign.recognition.correction import Correction


def _adaptation(value: float = 0.5) -> Adaptation:
    correction = Correction(np.full((2, 4), value, np.float16), np.ones((2, 3), np.float32), 7.0)
    return Adaptation("small", ("a" * 64, ""), ("NG",), (correction,), {"signer": "s-1"})


def test_a_file_gives_the_same_adaptation(tmp_path: Path) -> None:
    """Whatever is written is read again, arrays bit for bit."""
    file = tmp_path / "a.npz"
    file.write_bytes(_adaptation().to_bytes())
    read = read_adaptation(file)
    [correction] = read.corrections
    assert (read.model, read.sha256, read.new_labels, read.about) == (
        "small",
        ("a" * 64, ""),
        ("NG",),
        {"signer": "s-1"},
    )
    assert np.array_equal(correction.examples, np.full((2, 4), 0.5, np.float16))
    assert np.array_equal(correction.weights, np.ones((2, 3), np.float32))
    assert correction.width == 7.0


def test_what_is_no_adaptation_is_an_error(tmp_path: Path) -> None:
    """A missing, truncated or foreign file raises ModelInvalid with the next step."""
    file = tmp_path / "a.npz"
    with pytest.raises(ModelInvalid, match="cannot be read"):
        read_adaptation(file)
    whole = _adaptation().to_bytes()
    start = 30 + len("head.npy")
    damaged = whole[:start] + b"\xff" * 30 + whole[start + 30 :]  # the compressed bytes of the first array
    for content in (b"", b"text", whole[: len(whole) // 2], damaged, _adaptation(np.inf).to_bytes()):
        file.write_bytes(content)
        with pytest.raises(ModelInvalid, match="is not an adaptation of a model"):
            read_adaptation(file)


def test_a_file_of_another_kind_is_refused_without_advice_to_load_it_unsafely(tmp_path: Path) -> None:
    """The error says that it is not an NPZ file, instead of NumPy's words about pickled data."""
    other = tmp_path / "film.mp4"
    other.write_bytes(b"hello")
    with pytest.raises(ModelInvalid, match="not an NPZ file") as refused:
        read_adaptation(other)
    assert "unsafely" not in str(refused.value)
