"""cli/printers.py: what is shown for each event."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from streamsign.captions.events import Edit, Hello, Letter, Partial, Status
from streamsign.captions.log import Action
from streamsign.cli.printers import FilePrinter, TextPrinter, VttPrinter
from streamsign.errors import StreamsignError


def _hello(text: str, last_seq: int, replay: str = "start") -> Hello:
    return Hello.model_validate(
        {
            "room": "main",
            "model": "m",
            "letters": ["C"],
            "log_id": "x",
            "last_seq": last_seq,
            "replay": replay,
            "text": text,
        }
    )


def _letter(seq: int, letter: str) -> Letter:
    return Letter(seq=seq, session="a", letter=letter, text=letter, confidence=1, started_s=0, captured_s=0)


def _shown(*events: Hello | Letter | Edit | Partial | Status) -> tuple[str, str]:
    out, notes = io.StringIO(), io.StringIO()
    printer = TextPrinter(out, notes)
    for event in events:
        printer.show(event, 0.0)
    printer.finish(0.0)
    return out.getvalue(), notes.getvalue()


def test_letters_stand_on_one_line() -> None:
    """The greeting's text and new letters run on; replayed letters are not shown twice."""
    assert _shown(_hello("CE", 2), _letter(1, "C"), _letter(2, "E"), _letter(3, "L")) == ("CEL\n", "")


def test_a_resumed_room_runs_on() -> None:
    """After a resume only what was missed is printed."""
    assert _shown(_hello("C", 1), _hello("CE", 2, "resume"), _letter(2, "E"))[0] == "CE\n"


def test_another_log_starts_a_new_line() -> None:
    """A restarted server does not continue the old line."""
    assert _shown(_hello("CE", 2), _hello("L", 1, "other_log"), _letter(1, "L"))[0] == "CE\nL\n"


def test_edits_are_shown() -> None:
    """Space, backspace, line and clear act on the line; what changes nothing prints nothing."""
    steps: tuple[tuple[Action, str], ...] = (
        ("space", "C "), ("space", "C "), ("backspace", "C"), ("line", "C\n"), ("backspace", "C"), ("clear", "")
    )  # fmt: skip
    edits = [Edit(seq=number, action=action, text=text, at_s=0) for number, (action, text) in enumerate(steps, 2)]
    assert _shown(_hello("C", 1), *edits)[0] == "C \b \b\n\nC\n\n"


def test_cameras_are_told_beside_the_letters() -> None:
    """Status goes to standard error, so that letters can be piped."""
    status = Status(session="a", state="live", detail="Camera connected.", at_s=0)
    assert _shown(status) == ("\n", "[camera a: live] Camera connected.\n")


def test_cues_are_printed_when_they_end() -> None:
    """A new letter ends the cue of the text before it; what is replayed was shown in another time."""
    out = io.StringIO()
    printer = VttPrinter(out, 100.0)
    printer.show(_hello("C", 1), 100.0)
    printer.show(_letter(1, "C"), 100.0)
    printer.show(_letter(2, "E"), 101.0)
    printer.show(_letter(3, "L"), 101.5)
    printer.finish(102.0)
    assert out.getvalue() == ("WEBVTT\n\n00:00:01.000 --> 00:00:01.500\nE\n\n00:00:01.500 --> 00:00:02.000\nL\n\n")


def test_a_text_file_holds_the_newest_lines(tmp_path: Path) -> None:
    """The file holds the whole current text, and is empty after watching has ended."""
    file = tmp_path / "captions.txt"
    printer = FilePrinter(file)
    assert file.read_text() == ""
    printer.show(_letter(1, "C"), 0.0)
    assert file.read_text() == "C"
    printer.finish(1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["captions.txt"]
    assert file.read_text() == ""


def test_a_text_file_in_no_folder_is_said(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(StreamsignError, match=r"captions\.txt"):
        FilePrinter(tmp_path / "nowhere" / "captions.txt")
