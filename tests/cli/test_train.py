"""cli/train.py: a real, tiny training from pictures to a model folder the service loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from streamsign.cli.train import seconds
from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import load_model
from tests.training.pictures import write_pictures

# In a process of its own TensorFlow's threads and warnings stay out of the other tests; one process starts it once.
INTERRUPTED_THEN_AGAIN = """
import sys
from pathlib import Path
import typer
from streamsign.cli.train import train
from streamsign.training.recipe import Recipe, prepare
data, out, checkpoint = map(Path, sys.argv[1:])
prepare(Recipe(data, "CL", out, 0, None, 2, None, checkpoint, "test"), print).train(lambda progress: None)
sys.argv = ["train", str(data), "--letters", "CL", "--out", str(out), "--steps", "2", "--checkpoint", str(checkpoint)]
typer.run(train)
"""


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("20m", 1200), ("1.5h", 5400)])
def test_reads_times(text: str, expected: float) -> None:
    """Seconds, minutes and hours."""
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["20", "m", "0s", "-3m", "20 minutes"])
def test_refuses_what_is_no_time(text: str) -> None:
    """The error shows how a time is written."""
    with pytest.raises(TrainingError, match="20m"):
        seconds(text)


def test_trains_resumes_and_exports_a_model_that_loads(tmp_path: Path, tensorflow_installed: None) -> None:
    """Interrupted before the export and run again, it makes a folder with honest facts that the service can use."""
    root = write_pictures(tmp_path / "pictures", "CLA", {"train": 3, "val": 2, "test": 2})
    out, checkpoint = tmp_path / "tiny", tmp_path / "tiny.npz"
    command = [sys.executable, "-c", INTERRUPTED_THEN_AGAIN, str(root), str(out), str(checkpoint)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "going on from it" in " ".join(ran.stdout.split())
    model = load_model(str(out))
    assert model.info.labels == ["C", "L", "none"]
    assert model.info.trained["images"] == 9
    assert sum(model.info.priors.values()) == pytest.approx(1)
    assert str(tmp_path) not in model.info.model_dump_json()
    probabilities = Classifier(model).read(np.full((96, 96), 128, np.uint8))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert "4 pictures of its letters by 1 signers" in (out / "CARD.md").read_text(encoding="utf-8")


def test_says_that_there_are_no_hands(tmp_path: Path) -> None:
    """A folder without hands/ is refused before anything is loaded."""
    from streamsign.training.sampling import folders_of

    with pytest.raises(TrainingError, match="hands"):
        folders_of(tmp_path)
