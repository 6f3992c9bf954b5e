"""requirements.txt: what runs the service is pinned by hash, at the versions of constraints.txt."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_is_pinned_by_hash() -> None:
    """Each entry names one version, the one in constraints.txt where it stands there, and at least one SHA-256."""
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)
    versions = {_name(name): version for name, version in pinned.items()}
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text().strip())
    assert len(entries) > 20
    for entry in entries:
        found = re.match(r"([\w.-]+)==([\w.]+)", entry)
        assert found, entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), found[1]
        assert versions.get(_name(found[1]), found[2]) == found[2]


def test_nothing_is_installed_without_hashes_first() -> None:
    """The Makefile and the image install requirements.txt with --require-hashes."""
    for file in ("Makefile", "Dockerfile"):
        assert "--require-hashes --requirement requirements.txt" in (ROOT / file).read_text()
