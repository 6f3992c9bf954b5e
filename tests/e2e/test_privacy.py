"""What a server that reads a hand leaves on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.desk import ROOT, running_server

pytestmark = pytest.mark.real_time


def test_no_frame_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a word is read no file is opened for writing, and only its key, devices and links are left of the run."""
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    listed = tmp_path / "writes.txt"
    with running_server(tmp_path, program=(str(ROOT / "tests/e2e/writes.py"), str(listed))) as desk:
        before = listed.read_text(encoding="utf-8")
        spelled = subprocess.run(
            [sys.executable, "-m", "streamsign", "demo", "LOVE", desk.url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        after = listed.read_text(encoding="utf-8")
    assert spelled.returncode == 0, spelled.stdout + spelled.stderr
    key = tmp_path / "state" / "session-key"
    assert ".session-key." in before  # written under another name and moved: the list sees what is written
    assert after == before
    devices = tmp_path / "state" / "devices.json"
    json.loads(devices.read_text(encoding="utf-8"))
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    kept = {tmp_path / "state" / name for name in ("links.json", "server.json")}
    assert files - {listed, tmp_path / "server.log"} == {key, devices, *kept}
