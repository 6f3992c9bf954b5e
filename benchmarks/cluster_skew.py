"""A cluster of two releases, as during a rolling upgrade: no letter is lost or published twice.

    python -m benchmarks.cluster_skew COMMIT [COUNT]

The wheel of an earlier commit is built and installed into a folder. The first gateway and every second worker run it,
the others run the present program, while workers are drained and started as in :mod:`benchmarks.cluster_moves`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.cluster_moves import Event, Moves, figures, run
from benchmarks.reliability import table, write_section
from benchmarks.server import ROOT
from streamsign.errors import StreamsignError

COUNT = 12


def install_commit(commit: str, folder: Path) -> Path:
    """Build the wheel of a commit and install it without its dependencies.

    Returns:
        The folder that holds the package.

    Raises:
        StreamsignError: git does not have the commit, or its wheel cannot be built.
    """
    source, package = folder / "source", folder / "package"
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        raise StreamsignError(
            f"git does not have the commit {commit}: {archive.stderr.decode(errors='replace').strip()}",
            "Pass one that `git log --oneline` lists.",
        )
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(package), str(source)]
    built = subprocess.run(install, capture_output=True, text=True, check=False)
    if built.returncode:
        raise StreamsignError(
            f"The wheel of {commit} cannot be built: {built.stderr.strip()[-500:]}",
            f"Try `python -m pip wheel --no-deps .` in a checkout of {commit}.",
        )
    return package


def section(commit: str, found: Moves) -> str:
    """What docs/reliability.md says of a run."""
    return f"""\
Written by `make skew COMMIT={commit}`. The first of two gateways and every second worker run the wheel of that
commit, the others the present program. The worker that reads the camera is ended with SIGTERM {found.count} times, and
a worker of the other release takes its camera. Other programs ran on the machine.

{table(figures(found))}
"""


def main() -> None:
    """``python -m benchmarks.cluster_skew COMMIT [COUNT]``."""
    commit, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        found = run(Event.DRAIN, count, install_commit(commit, Path(folder)))
    write_section("Two releases in one cluster", section(commit, found))
    if found.lost or found.duplicated:
        sys.exit(1)


if __name__ == "__main__":
    main()
