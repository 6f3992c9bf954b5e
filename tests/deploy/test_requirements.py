"""requirements*.txt: every dependency is pinned by hash, at the versions of constraints.txt."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.conftest import ROOT

LOCKS = sorted(ROOT.glob("requirements*.txt"))


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _entries(file: str) -> dict[str, str]:
    entries = re.split(r"\n(?=\S)", (ROOT / file).read_text().strip())
    return {_name(entry.split("==")[0]): entry for entry in entries}


@pytest.mark.parametrize("file", [path.name for path in LOCKS])
def test_every_package_is_pinned_by_hash(file: str) -> None:
    """Each entry names one version, the one in constraints.txt where it stands there, and at least one SHA-256."""
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)
    versions = {_name(name): version for name, version in pinned.items()}
    entries = _entries(file)
    assert len(entries) > 5
    for name, entry in entries.items():
        found = re.match(r"[\w.-]+==([\w.]+)", entry)
        assert found, entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        assert versions.get(name, found[1]) == found[1]


@pytest.mark.parametrize(
    ("file", "extra"),
    [
        ("requirements.txt", None),
        ("requirements-cluster.txt", "cluster"),
        ("requirements-dev.txt", "dev"),
        ("requirements-traces.txt", "traces"),
        ("requirements-train.txt", "train"),
        ("requirements-build.txt", "build"),
    ],
)
def test_a_lock_has_what_the_project_asks_for(file: str, extra: str | None) -> None:
    """A dependency added to pyproject.toml without `make lock` fails here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        None: project["project"]["dependencies"],
        "build": [*project["dependency-groups"]["build"], *project["build-system"]["requires"]],
    }.get(extra) or project["project"]["optional-dependencies"][extra]
    names = {_name(re.match(r"[\w.-]+", requirement)[0]) for requirement in wanted}  # type: ignore[index]
    assert names <= set(_entries(file))


def test_nothing_is_installed_without_hashes() -> None:
    """Each pip install of the Makefile's environment and of the image requires hashes or installs no dependency."""
    makefile = (ROOT / "Makefile").read_text().split(".PHONY: install")[0]
    for text in (makefile, (ROOT / "Dockerfile").read_text()):
        installs = [line for line in text.splitlines() if "pip install" in line and "echo" not in line]
        assert len(installs) >= 2
        assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
