"""A real, tiny training of the locator from the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from streamsign.recognition.locate import Locator
from tests.training.pictures import write_frames

UNCOMPILED = """
from streamsign.cli import main
from streamsign.training.letters.network import tensorflow
from streamsign.training.hand import task
tensorflow().config.run_functions_eagerly(True)  # one step takes less time than compiling it
task.BATCH = 4
main()
"""


def test_trains_a_locator_that_runs(tmp_path: Path, tensorflow_installed: None) -> None:
    """One step, and the folder holds a locator that takes frames of any shape."""
    root = write_frames(tmp_path / "pictures", {"train": 4, "val": 2, "test": 2})
    (root / "about.md").write_text("Recorded in one school.")
    out = tmp_path / "hand"
    command = [sys.executable, "-c", UNCOMPILED, "train", str(root), "--task", "hand", "--out", str(out)]
    command += ["--steps", "1", "--checkpoint", str(tmp_path / "hand.npz")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "finds the signing hand" in " ".join(ran.stdout.split())
    locator = Locator(out)
    assert locator.info.trained["scenes_with_a_hand"] == 4
    assert str(tmp_path) not in locator.info.model_dump_json()
    for shape in ((480, 640), (640, 360)):
        found = locator.find(np.full(shape, 90, np.uint8), limited_range=True)
        assert len(found) <= 2
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "| hands found | " in card
    assert "hand-of-test" not in card
    assert "Recorded in one school." in card
    assert "public collections" not in card
