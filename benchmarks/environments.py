"""Virtual environments of the peers, created at first use in the folder .cache of the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streamsign.errors import StreamsignError

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "peers"

_INSTALL_TIMEOUT_S = 1200
_OUTPUT_CHARACTERS = 300


class PeerMissing(StreamsignError):
    """A peer is not available on this machine; the benchmark continues without it."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Requirements of a peer.

    Attributes:
        name: of its folder.
        requirements: for pip.
        module: that can be imported if the peer is installed.
        versions: packages whose versions affect the figures.
        system: use the system's Python and its packages too, for packages that Debian has and pip does not.
    """

    name: str
    requirements: tuple[str, ...]
    module: str
    versions: tuple[str, ...] = ()
    system: bool = False

    def python(self, cache: Path = CACHE) -> Path:
        """The environment's Python; the environment is created if it does not exist.

        Raises:
            PeerMissing: it cannot be created, or lacks the peer.
        """
        base = shutil.which("python3", path="/usr/bin:/usr/local/bin") if self.system else sys.executable
        if base is None:
            raise PeerMissing("the system has no Python of its own")
        folder = cache / self.name
        python, stamp = folder / "bin" / "python", folder / "made.json"
        wanted = json.dumps({"base": base, "requirements": self.requirements})
        if not stamp.is_file() or stamp.read_text() != wanted:
            announce(f"installing {self.name} into {_shown([str(folder)])}")
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            options = ["--system-site-packages"] if self.system else []
            if not self.requirements:
                options.append("--without-pip")
            call([base, "-m", "venv", *options, str(folder)])
            if self.requirements:
                call([str(python), "-m", "pip", "install", "--quiet", *self.requirements])
            stamp.write_text(wanted)
        call([str(python), "-c", f"import {self.module}"])
        return python

    def installed(self, python: Path) -> dict[str, str]:
        """Versions of the relevant packages, by ``environment/package``."""
        asked = "import json, sys, importlib.metadata as m; print(json.dumps({p: m.version(p) for p in sys.argv[1:]}))"
        found: dict[str, str] = json.loads(call([str(python), "-c", asked, *self.versions]))
        return {f"{self.name}/{package}": version for package, version in found.items()}


def announce(step: str) -> None:
    """Say on stderr what a benchmark of peers does now: a step takes minutes."""
    sys.stderr.write(f"peers: {step}\n")
    sys.stderr.flush()


def call(command: list[str], folder: Path | None = None) -> str:
    """The output of a command.

    Raises:
        PeerMissing: it cannot be run, fails, or takes too long.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"`{_shown(command)}` does not run: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PeerMissing(f"`{_shown(command)}` failed: {said[-1][:_OUTPUT_CHARACTERS] if said else done.returncode}")
    return done.stdout


def _shown(command: Sequence[str]) -> str:
    """A command for a report, with paths relative to the checkout."""
    return " ".join(command).replace(f"{ROOT}/", "")
