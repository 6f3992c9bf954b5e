"""Tests of benchmarks/peers.py and benchmarks/environments.py, without installing a peer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import environments, peers
from benchmarks.environments import Environment, PeerMissing


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    """It is created in the given folder with a working Python, kept, and created again for other requirements."""
    wanted = Environment("plain", (), "json")
    python = wanted.python(tmp_path)
    assert python == tmp_path / "plain" / "bin" / "python"
    (tmp_path / "plain" / "mark").touch()
    assert wanted.python(tmp_path) == python
    assert (tmp_path / "plain" / "mark").exists()
    (tmp_path / "plain" / "made.json").write_text("another")
    assert wanted.python(tmp_path) == python
    assert not (tmp_path / "plain" / "mark").exists()


def test_a_peer_that_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer whose module is not there has no figures but a reason, and what to type for it."""
    monkeypatch.setattr(environments.Environment.python, "__defaults__", (tmp_path,))
    missing = Environment("gstreamer", (), "no_such_module")
    with pytest.raises(PeerMissing, match="no_such_module"):
        missing.python(tmp_path)
    found = peers.HandsFound()
    assert found.python("gstreamer", missing) is None
    [row] = found.missing
    assert row.subject == "gstreamer"
    assert "no_such_module" in row.reason
    assert "apt install" in row.reason


def test_each_peer_has_a_program_that_compiles() -> None:
    """Every program named is a file of this repository, and none imports streamsign."""
    modules = {each.program[0] for each in peers.receivers(Path("model.tflite"))} | {
        "benchmarks.peer_programs.mediapipe_hands"
    }
    for module in modules:
        source = (environments.ROOT / Path(*module.split("."))).with_suffix(".py").read_text()
        compile(source, module, "exec")
        assert "import streamsign" not in source
        assert "from streamsign" not in source
