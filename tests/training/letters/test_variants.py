"""training/letters/variants.py: which small copy of a model is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamsign.recognition.model import load_model
from streamsign.training.data.crops import Crop
from streamsign.training.letters import variants
from streamsign.training.letters.task import HeldOut
from streamsign.training.letters.variants import add_smallest
from tests.training.networks import PATCHES, small_network, write_model


@pytest.fixture
def network(tensorflow_installed: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A network that separates bright patches from dark ones, timed once."""
    monkeypatch.setattr(variants, "_TIMED_ROUNDS", 2)
    return small_network(3.0)


def _held_out() -> HeldOut:
    """Bright C and dark none of two signers."""
    crops = [
        Crop(np.full((96, 96), level, np.uint8), shape, signer, "drawn")
        for signer in ("ann", "bob")
        for level, shape in ((220, "C"), (30, "OTHER"))
    ]
    return HeldOut(crops, np.array([0, 1, 0, 1], np.int32), ["ann", "ann", "bob", "bob"])


def test_int8_is_kept_where_it_loses_nothing(tmp_path: Path, network: Any) -> None:
    """It loads under its name, and model.json states its cost."""
    folder = tmp_path / "tiny"
    info = add_smallest(folder, write_model(folder, network), network, PATCHES, _held_out())
    (name,) = info.variants
    assert name == "int8"
    loaded = load_model(f"{folder}:int8")
    assert loaded.info == info
    assert loaded.tflite_path.stat().st_size == info.variants["int8"].bytes
    figures = info.variants["int8"].figures
    assert (figures["validation_macro_signer_accuracy_change"], figures["validation_none_read_as_letter_change"]) == (
        0,
        0,
    )
    assert figures["time_ratio"] > 0


def test_float16_takes_its_place_where_int8_costs_too_much(
    tmp_path: Path, network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where even no loss is more than is allowed, the int8 file is gone and what it would have cost is written down."""
    monkeypatch.setattr(variants, "MOST_LOST", -1.0)
    folder = tmp_path / "tiny"
    info = add_smallest(folder, write_model(folder, network), network, PATCHES, _held_out())
    assert set(info.variants) == {"float16"}
    assert sorted(path.name for path in folder.iterdir()) == ["model.float16.tflite", "model.json", "model.tflite"]
    assert set(info.trained["int8_not_shipped"]) == {
        "validation_macro_signer_accuracy_change",
        "validation_none_read_as_letter_change",
    }
