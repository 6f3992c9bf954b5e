"""Tests of benchmarks/scale/outcome.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale.outcome import read_simulated, simulated, write_simulated
from benchmarks.scale.scenario import HOUR_S, Scenario
from streamsign.errors import StreamsignError

SMALL = Scenario(name="small", rooms=20, workers=10, places=6, gateways=2, lasts_s=2 * HOUR_S, settled_s=60.0)


def test_runs_that_are_written_are_read_back(tmp_path: Path) -> None:
    """The file holds the scenario and all its figures."""
    made = simulated([("placement", SMALL)], seed=1)
    write_simulated(made, tmp_path / "runs.json")
    assert read_simulated(tmp_path / "runs.json") == made
    (outcome,) = made.outcomes
    assert outcome.scenario == SMALL
    assert outcome.offers > 0
    assert outcome.begins_s is not None
    assert len(outcome.hourly_live) == 2
    assert max(outcome.hourly_live) == outcome.most_live
    assert outcome.reconnects_s is None


def test_a_file_of_something_else_is_an_error(tmp_path: Path) -> None:
    """No file and a file of something else raise with the command that writes it."""
    for text in (None, "[]"):
        if text is not None:
            (tmp_path / "runs.json").write_text(text)
        with pytest.raises(StreamsignError, match="does not hold simulated runs") as caught:
            read_simulated(tmp_path / "runs.json")
        assert "bench scale" in caught.value.next_step
