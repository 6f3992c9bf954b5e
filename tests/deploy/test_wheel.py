"""The wheel: built, installed outside of the checkout, and used as by one who has no repository."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import httpx
import pytest

from streamsign import __version__
from tests.conftest import ROOT

PATIENCE_S = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE_S,
    )  # fmt: skip
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of the installed wheel; its dependencies are those of the tests, streamsign is not."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=PATIENCE_S)
    python = environment / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    # Packages of this path are found, but not its .pth files: the checkout's editable installation is not.
    (Path(own) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "streamsign"


def _environment(home: Path) -> dict[str, str]:
    left_out = ("PYTHONPATH", "STREAMSIGN_", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return kept | {"HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1"}


def _run(program: Path, home: Path, *arguments: str) -> str:
    ran = subprocess.run(
        [program, *arguments], cwd=home, env=_environment(home), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_it_runs_without_the_checkout(program: Path, tmp_path: Path) -> None:
    """It is the installed package that runs; it reads the demo signer with its own models, and doctor finds them."""
    python = program.with_name("python")
    where = _run(python, tmp_path, "-c", "import streamsign; print(streamsign.__file__)")
    assert where.startswith(str(program.parents[1]))
    assert _run(program, tmp_path, "--version") == f"streamsign {__version__}\n"
    assert _run(program, tmp_path, "caption", "demo", "--word", "L") == "L\n"
    state = ("--state-dir", str(tmp_path / "state"))
    found = subprocess.run(
        [program, "doctor", "--json", "found.json"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
        env=_environment(tmp_path) | {"STREAMSIGN_STATE_DIR": state[1], "STREAMSIGN_PORT": "0", "STREAMSIGN_LAN": "0"},
    )  # fmt: skip
    reported = json.loads((tmp_path / "found.json").read_text())
    assert found.returncode == 0, reported
    checks = next(value for value in reported.values() if isinstance(value, list))
    assert any("Reads A B C D E" in json.dumps(each) for each in checks)


@pytest.mark.slow
def test_it_serves(program: Path, tmp_path: Path) -> None:
    """The server starts with its models and pages, shows its address, and ends at a signal."""
    command = [str(program), "serve", "--no-lan", "--port", "0", "--state-dir", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=_environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        shown = iter(running.stdout)
        url = next(found[0] for line in shown if (found := re.search(r"http://localhost:\d+", line)))
        assert httpx.get(url).status_code == 200
        assert httpx.get(f"{url}/static/host.js").status_code == 200
        running.send_signal(signal.SIGTERM)
        running.stdout.read()
        assert running.wait(PATIENCE_S) == 0


def test_its_description_stands_alone(wheel: Path) -> None:
    """The README in the wheel links to no file of the repository; version and author are said."""
    with zipfile.ZipFile(wheel) as packed:
        [name] = [each for each in packed.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(packed.read(name).decode())
    description = str(metadata.get_payload())
    assert "Point a phone or a webcam at a signing hand" in description
    targets = re.findall(r'\]\(([^)]+)\)|src="([^"]+)"', description)
    assert [target for pair in targets for target in pair if target and not target.startswith(("http", "#"))] == []
    assert metadata["Version"] == __version__
    assert metadata["Author"]


def test_the_version_stands_in_one_place() -> None:
    """pyproject.toml takes it from the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert "version" not in project
