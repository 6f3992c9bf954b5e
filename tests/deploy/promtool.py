"""Runs promtool."""

from __future__ import annotations

import shutil
import subprocess

from tests.conftest import ROOT, missing


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    """What promtool answers; the test is skipped where it is not installed."""
    program = shutil.which("promtool")
    if program is None:
        missing("no promtool found: install it (Debian: apt-get install prometheus)")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT / "deploy"
    )
