"""The entry point."""

import sys

import pytest

from streamsign.cli import app, main


def test_an_error_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A StreamsignError ends the command with exit code 1, its words and its next step, brackets included."""
    monkeypatch.setattr(sys, "argv", ["streamsign", "caption", "[not] a video.mp4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "[not] a video.mp4" in told
    assert "→" in told


def test_every_command_is_registered() -> None:
    """The commands the README names exist."""
    names = {command.name for command in app.registered_commands}
    assert names == {
        "serve",
        "caption",
        "watch",
        "demo",
        "doctor",
        "train",
        "evaluate",
        "evaluate-streams",
        "experiments",
        "bench",
    }
