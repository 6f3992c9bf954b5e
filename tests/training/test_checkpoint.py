"""Checkpoints that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.checkpoint import average, best_weights, resume


def test_no_checkpoint_is_a_start_from_the_beginning(tmp_path: Path) -> None:
    """Without a path or a file there is no checkpoint to resume from."""
    assert resume(None, None, None) is None
    assert resume(tmp_path / "none.npz", None, None) is None


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_damaged_checkpoint_is_told_in_words(tmp_path: Path, content: bytes) -> None:
    """Going on from it and starting from its weights both name the file and the way out."""
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="does not fit this training"):
        resume(path, None, None)
    with pytest.raises(TrainingError, match="is not a checkpoint"):
        best_weights(path)


def test_best_weights_come_in_order(tmp_path: Path) -> None:
    """Twelve arrays come back by number, not by name."""
    path = tmp_path / "run.npz"
    np.savez(path, **{f"best.{i}": np.array([i]) for i in range(12)})  # type: ignore[arg-type]
    assert [int(value[0]) for value in best_weights(path)] == list(range(12))


def test_average_of_two_runs_is_a_start_for_another(tmp_path: Path) -> None:
    """Every weight is the mean of the runs' best; runs of different networks are refused by name."""
    runs = []
    for name, level in (("one", 1.0), ("two", 2.0)):
        runs.append(tmp_path / f"{name}.npz")
        weights = {"best.0": np.full((2, 3), level, np.float32), "best.1": np.zeros(1, np.float32)}
        np.savez(runs[-1], **weights)  # type: ignore[arg-type]
    made = best_weights(average(runs, tmp_path / "new" / "start.npz"))
    assert [value.shape for value in made] == [(2, 3), (1,)]
    assert made[0].dtype == np.float32
    assert np.all(made[0] == 1.5)
    other = tmp_path / "other.npz"
    np.savez(other, **{"best.0": np.zeros(5)})  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=r"one\.npz and other\.npz are of different networks"):
        average([runs[0], other], tmp_path / "start.npz")
