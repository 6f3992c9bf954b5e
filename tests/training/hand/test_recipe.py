"""A real, tiny training of the locator from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.recognition.locate import Locator
from streamsign.training.hand import task
from streamsign.training.lineage import files_of
from tests.training.pictures import write_frames


def test_trains_a_locator_that_runs(tmp_path: Path, uncompiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step, and the folder holds a locator that takes frames of any shape."""
    root = write_frames(tmp_path / "pictures", {"train": 4, "val": 2, "test": 2})
    (root / "about.md").write_text("Recorded in one school.")
    out = tmp_path / "hand"
    arguments = ["train", str(root), "--task", "hand", "--out", str(out), "--steps", "1"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["streamsign", *arguments])  # what the recorded command is made of
    monkeypatch.setattr(task, "BATCH", 4)
    ran = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "finds the signing hand" in " ".join(ran.output.split())
    assert (tmp_path / "runs" / "hand-hand.npz").is_file()
    assert files_of([tmp_path / "runs" / "hand-hand.npz"]) == {
        "runs/hand-hand.npz": "streamsign train DATA --task hand --out models/hand --steps 1 "
        "--checkpoint runs/hand-hand.npz"
    }
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
    doubt = "Warning: this locator is not usable. It finds 0.0% of the hands"
    assert doubt in " ".join(ran.output.split())
    assert f"**{doubt}" in card
    assert locator.info.trained["warning"].startswith(doubt)
