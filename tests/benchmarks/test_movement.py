"""benchmarks/movement.py: the page that compares made and filmed movement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.movement import FILMED, HALVES, distances, write_page
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model
from streamsign.training.streams.movement import movement
from tests.training.streams.test_movement import readings


def test_each_kind_is_compared_with_filmed_spelling(tmp_path: Path) -> None:
    """A quicker hand is 100 % apart in speed, equal in sharpness, and the halves of the same films are 0 % apart."""
    film = readings()
    quick = replace(film, speed=film.speed * 10)
    moved = {FILMED: movement([film, film]), "quick": movement([quick])}
    apart = distances(moved, [film, film])
    assert apart["quick"] == {"speed": 1.0, "change": 0.0, "sharpness": 0.0, "entropy": 0.0}
    write_page(tmp_path / "movement.md", load_model("celov").info, moved, apart)
    page = (tmp_path / "movement.md").read_text(encoding="utf-8")
    assert "| quick | 100.0 % | 0.0 % | 0.0 % | 0.0 % |" in page
    assert f"| {HALVES} | 0.0 % | 0.0 % | 0.0 % | 0.0 % |" in page
    assert "| quick | 1 | 1.00 | 30.00 | 0.05 | 1.50 | 1.00 | 0.25 | 0.00 | 0.69 |" in page
    assert "| filmed | 1.50 | 1.50 | 1.50 | 0.05 | 0.05 | 0.05 |" in page


def test_an_absent_folder_is_reported(tmp_path: Path) -> None:
    """A page that cannot be written is an error with the next step."""
    moved = {FILMED: movement([readings()])}
    with pytest.raises(StreamsignError, match="cannot be written"):
        write_page(tmp_path / "absent" / "movement.md", load_model("celov").info, moved, {})
