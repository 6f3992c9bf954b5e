"""cli/phone_runtime.py: fetched on request, or only if it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.server.ondevice import runtime
from tests.cli.commands import run


def test_it_is_fetched_once_if_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is printed; with --if-missing a second run fetches nothing and prints nothing."""
    fetched: list[Path] = []

    def fetch() -> Path:
        fetched.append(tmp_path)
        for name in runtime.FILES:
            (tmp_path / f"{name}.gz").touch()
        return tmp_path

    monkeypatch.setattr(runtime, "fetch_runtime", fetch)
    monkeypatch.setattr(runtime, "runtime_folder", lambda: tmp_path)
    assert str(tmp_path) in run("phone-runtime", "--if-missing", width=400)
    assert run("phone-runtime", "--if-missing") == ""
    assert len(fetched) == 1
    run("phone-runtime")
    assert len(fetched) == 2
