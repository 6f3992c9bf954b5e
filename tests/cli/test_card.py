"""cli/card.py: cards of several folders with one command."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.commands import run
from tests.conftest import ROOT
from tests.training.pictures import write_frames


def test_each_folder_gets_its_card(tmp_path: Path) -> None:
    """The command names the files that it wrote."""
    data = write_frames(tmp_path / "data", {"val": 1})
    for name in ("one", "two"):
        shutil.copytree(ROOT / "models" / "hand", tmp_path / name, ignore=shutil.ignore_patterns("*.md"))
    shown = run("card", data, tmp_path / "one", tmp_path / "two")
    for name in ("one", "two"):
        assert f"Wrote {tmp_path / name}/CARD.md." in shown
        assert "No test split." in (tmp_path / name / "CARD.md").read_text(encoding="utf-8")
