"""Progress of a long read."""

from __future__ import annotations

import pytest

from streamsign.cli import progress
from streamsign.cli.progress import reading_progress


def test_without_a_terminal_lines_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log of a long film shows how far the reading is, in lines on stderr."""
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with reading_progress(125.0, letters_on_stdout=False) as advance:
        advance(62.5)
    assert capsys.readouterr().err == "Reading letters: 1:02 of 2:05 (50%)\n"


@pytest.mark.parametrize("duration_s", [None, 125.0])
def test_a_live_source_and_a_short_read_write_nothing(
    duration_s: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source without an end shows no progress, and neither does a read that ends before the first line is due."""
    with reading_progress(duration_s, letters_on_stdout=False) as advance:
        advance(1.0)
    assert capsys.readouterr().err == ""


def test_no_line_runs_into_letters_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Letters are written without ends of lines, and stderr may be the same pipe, as with `2>&1 | tail`."""
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with reading_progress(125.0, letters_on_stdout=True) as advance:
        advance(62.5)
    assert capsys.readouterr().err == ""
