"""Progress of a long read."""

from __future__ import annotations

import pytest

from streamsign.cli import progress
from streamsign.cli.progress import reading_progress


@pytest.mark.parametrize(("letters", "written"), [(False, "Reading letters: 1:02 of 2:05 (50%)\n"), (True, "")])
def test_without_a_terminal_lines_are_written_unless_they_run_into_letters(
    letters: bool, written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log of a long film shows its progress. Letters may share its pipe (`2>&1`): then no line is written."""
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with reading_progress(125.0, letters_on_stdout=letters) as advance:
        advance(62.5)
    assert capsys.readouterr().err == written


@pytest.mark.parametrize("duration_s", [None, 125.0])
def test_a_live_source_and_a_short_read_write_nothing(
    duration_s: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source without an end shows no progress, and neither does a read that ends before the first line is due."""
    with reading_progress(duration_s, letters_on_stdout=False) as advance:
        advance(1.0)
    assert capsys.readouterr().err == ""
