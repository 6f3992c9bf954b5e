"""training/lineage.py: where checkpoints are, and the commands that made them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.training.lineage import default_checkpoint, files_of, record, record_average, recorded_arguments


def test_each_task_has_a_checkpoint_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`runs` is beside a folder called models; for another model folder it is in the current folder."""
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "a" / "models" / "mine"
    assert default_checkpoint(models, "letters") == tmp_path / "a" / "runs" / "mine-letters.npz"
    assert default_checkpoint(models, "hand") == tmp_path / "a" / "runs" / "mine-hand.npz"
    assert default_checkpoint(tmp_path / "elsewhere" / "mine", "reader") == tmp_path / "runs" / "mine-reader.npz"
    assert default_checkpoint(Path("mine"), "reader") == tmp_path / "runs" / "mine-reader.npz"


def test_a_checkpoint_remembers_the_commands_before_it(tmp_path: Path) -> None:
    """A mean of two checkpoints has both commands, and what begins from the mean has them and its own."""
    first, second, mean, last = (tmp_path / f"{name}.npz" for name in ("a", "b", "b-start", "c"))
    record(first, "train a", [None])
    record(second, "train b", [first])
    record_average(mean, [first, second])
    record(last, "train c", [mean, tmp_path / "unknown.npz"])
    assert files_of([last]) == {"runs/a.npz": "train a", "runs/b.npz": "train b", "runs/c.npz": "train c"}
    record(last, "", [])  # a run that only exports
    assert len(files_of([last])) == 3
    assert files_of([mean, None]) == {"runs/a.npz": "train a", "runs/b.npz": "train b"}


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_record_is_left_out(tmp_path: Path, text: str) -> None:
    """A training does not fail because a note beside its weights cannot be read."""
    (tmp_path / "a.commands.json").write_text(text)
    assert files_of([tmp_path / "a.npz"]) == {}


def test_the_recorded_command_names_no_folder_of_this_computer(tmp_path: Path) -> None:
    """Files inside the data folder are named from it, a checkpoint by its name, a graph by its model."""
    data = tmp_path / "data"
    arguments = ["train", str(data), "--out", str(tmp_path / "mine"), "--weights", str(data / "weights" / "w.npz")]
    arguments += ["--former", str(tmp_path / "old" / "model.tflite"), "--weights", str(tmp_path / "b.npz")]
    assert " ".join(recorded_arguments(arguments, data, tmp_path / "mine")) == (
        "train DATA --out models/mine --weights DATA/weights/w.npz --former models/old/model.tflite "
        "--weights runs/b.npz"
    )
