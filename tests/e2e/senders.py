"""Several WHIP clients that send to one server at the same time, each to a room of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.conftest import ROOT

LONGEST_S = 90


def sent_at_once(programs: Mapping[str, Sequence[str]]) -> dict[str, subprocess.CompletedProcess[str]]:
    """Run the programs of some rooms side by side, because each plays its film in real time; what became of each.

    Raises:
        subprocess.TimeoutExpired: one of them did not end.
    """

    def run(program: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False)

    with ThreadPoolExecutor(len(programs)) as pool:
        return dict(zip(programs, pool.map(run, programs.values()), strict=True))
