"""training/experiments/run.py: one run in a separate process, with JSON input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from streamsign.training.experiments.configuration import Configuration, Network, Start
from tests.training.pictures import write_pictures

TINY = Configuration(steps=2, network=Network.LOGISTIC, start=Start.RANDOM)


def _asked(root: Path) -> list[dict[str, Any]]:
    """What the process answers, line by line."""
    request = {"configuration": asdict(TINY), "root": str(root), "exclusions": None}
    command = [sys.executable, "-m", "streamsign.training.experiments.run"]
    ran = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_run_tells_its_steps_and_then_its_figures(tmp_path: Path, tensorflow_installed: None) -> None:
    """Nothing but JSON comes out, whatever libraries print; the figures are of both splits and of the graph."""
    root = write_pictures(tmp_path / "pictures", "CELOVA", {"train": 3, "val": 2, "test": 2})
    *steps, last = _asked(root)
    assert steps == [{"step": 1}, {"step": 2}]
    figures = last["result"]
    assert 0 <= figures["validation"]["accuracy"] <= 1
    assert set(figures["test"]) == set(figures["validation"])
    # A weight a pixel of the 24 × 24 picture and a bias, for five letters and none.
    assert figures["weights"] == 6 * (24 * 24 + 1)
    assert min(figures[name] for name in ("inference_p50_ms", "peak_memory_mb", "tensors_kb", "seconds")) > 0


def test_what_cannot_be_run_is_answered_in_words(tmp_path: Path, tensorflow_installed: None) -> None:
    """A folder without pictures ends the process well, with the problem and the next step."""
    (answer,) = _asked(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in answer["problem"]
    assert answer["next_step"]
