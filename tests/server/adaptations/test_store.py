"""server/adaptations/store.py: an adaptation a room, on the disk."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.adapted import graphs
from streamsign.recognition.correction import Correction
from streamsign.recognition.model import load_model
from streamsign.server.adaptations.store import RoomAdaptations, fits

MODEL = load_model("celov")


def _adaptation() -> Adaptation:
    corrections = (Correction(np.zeros((1, 1280), np.float16), np.zeros((1, 6), np.float32), 1.0),) * 2
    return Adaptation("celov", graphs(MODEL.info), (), corrections, {"signer": "s-1"})


def test_a_restart_keeps_it_and_deleting_leaves_nothing(tmp_path: Path) -> None:
    """The file is private, is read by the next server, and is gone after it was deleted."""
    folder = tmp_path / "adaptations"
    store = RoomAdaptations(folder)
    assert store.of("main") is None
    assert not folder.exists()
    store.put("main", _adaptation())
    assert (folder / "main.npz").stat().st_mode & 0o777 == 0o600
    again = RoomAdaptations(folder)
    kept = again.of("main")
    assert kept is not None
    assert kept.about == {"signer": "s-1"}
    assert again.delete("main")
    assert not folder.exists()
    assert again.of("main") is None
    assert not again.delete("main")


def test_adaptations_are_deleted_by_room_and_signer(tmp_path: Path) -> None:
    """Only the selected rooms lose theirs, a damaged file among them; a folder that does not exist has none."""
    assert RoomAdaptations(tmp_path / "missing").delete_where(lambda room, adaptation: True) == []
    store = RoomAdaptations(tmp_path)
    for room in ("a", "b"):
        store.put(room, _adaptation())
    (tmp_path / "c.npz").write_bytes(b"damaged")
    gone = store.delete_where(
        lambda room, adaptation: adaptation is None or (room, adaptation.about["signer"]) == ("a", "s-1")
    )
    assert gone == ["a", "c"]
    assert [file.name for file in tmp_path.iterdir()] == ["b.npz"]
    assert store.of("a") is None
    assert store.of("b") is not None


def test_another_model_is_read_as_it_is(tmp_path: Path) -> None:
    """The adaptation applies to its room and to the model that it was made for."""
    store = RoomAdaptations(tmp_path)
    store.put("main", _adaptation())
    assert store.model_for("main", MODEL).adaptation is not None
    assert store.model_for("other", MODEL) is MODEL
    alphabet, variant = load_model("alphabet"), load_model("celov:float16")
    assert store.model_for("main", alphabet) is alphabet
    assert store.model_for("main", variant) is variant
    assert not fits(replace(_adaptation(), sha256=("", "")), MODEL)


def test_a_damaged_file_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The room is read with the model, and the log says why."""
    (tmp_path / "main.npz").write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        assert RoomAdaptations(tmp_path).model_for("main", MODEL) is MODEL
    assert "the adaptation of a room is not used" in caplog.text
