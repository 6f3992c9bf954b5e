"""cli/recordings.py: a transcript beside each recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.captions.events import Edit, Letter
from streamsign.captions.ledger import Ledger
from streamsign.cli.recordings import PAUSED, RESUMED, STARTED, STOPPED, RecordingTranscripts, TranscriptKind

SERVER_AHEAD_S = 500.0


class _Room:
    """Signs letters at a time of this computer; the server's clock is ahead, and a letter is 0.5 s old."""

    def __init__(self, transcripts: RecordingTranscripts) -> None:
        self._transcripts = transcripts
        self._text = ""

    def sign(self, letter: str, at_s: float) -> None:
        self._text += letter
        published_s = at_s + SERVER_AHEAD_S
        captured_s = published_s - 0.5
        ledger = Ledger(captured_s=captured_s, published_s=published_s)
        event = Letter(
            seq=len(self._text), session="a", letter=letter, text=self._text, confidence=0.9,
            started_s=captured_s, captured_s=captured_s, ledger=ledger,
        )  # fmt: skip
        self._transcripts.change(event, at_s)

    def clear(self, at_s: float) -> None:
        self._text = ""
        self._transcripts.change(Edit(seq=99, action="clear", text="", at_s=at_s + SERVER_AHEAD_S), at_s)


def _made(kind: TranscriptKind = TranscriptKind.vtt) -> tuple[RecordingTranscripts, _Room, list[str]]:
    notes: list[str] = []
    transcripts = RecordingTranscripts(kind, notes.append)
    return transcripts, _Room(transcripts), notes


def _state(transcripts: RecordingTranscripts, state: str, at_s: float, path: Path | None = None) -> None:
    data = {"outputState": state, "outputPath": None if path is None else str(path)}
    transcripts.event("RecordStateChanged", data, at_s)


def test_a_recording_gets_its_own_words_at_its_own_times(tmp_path: Path) -> None:
    """Times count from the recording's start and from the capture; the text from before it is left out."""
    transcripts, room, notes = _made()
    room.sign("X", 90.0)
    _state(transcripts, STARTED, 100.0)
    room.sign("L", 102.5)
    room.sign("O", 104.5)
    _state(transcripts, STOPPED, 106.0, tmp_path / "2026-11-28 09-00-00.mkv")
    room.sign("Y", 107.0)
    written = tmp_path / "2026-11-28 09-00-00.vtt"
    assert written.read_text() == ("WEBVTT\n\n00:00:02.000 --> 00:00:04.000\nL\n\n00:00:04.000 --> 00:00:06.000\nLO\n")
    assert notes == [f"Transcript of the recording: {written}"]


def test_a_pause_is_cut_out(tmp_path: Path) -> None:
    """What is signed in a pause is not in the transcript, and later times do not contain the pause."""
    transcripts, room, _ = _made(TranscriptKind.srt)
    _state(transcripts, STARTED, 100.0, tmp_path / "a.mp4")
    _state(transcripts, PAUSED, 101.0)
    room.sign("P", 105.0)
    room.clear(106.0)
    _state(transcripts, RESUMED, 111.0)
    room.sign("L", 112.5)
    _state(transcripts, STOPPED, 114.0)
    assert (tmp_path / "a.srt").read_text() == "1\n00:00:02,000 --> 00:00:04,000\nL\n"


def test_a_recording_in_several_files_gets_as_many_transcripts(tmp_path: Path) -> None:
    """When OBS continues in another file, a new transcript begins with its own times and text."""
    transcripts, room, _ = _made(TranscriptKind.txt)
    _state(transcripts, STARTED, 100.0, tmp_path / "one.mkv")
    room.sign("L", 101.0)
    transcripts.event("RecordFileChanged", {"newOutputPath": str(tmp_path / "two.mkv")}, 110.0)
    room.sign("O", 111.0)
    _state(transcripts, STOPPED, 114.0, tmp_path / "two.mkv")
    assert (tmp_path / "one.txt").read_text() == "L\n"
    assert (tmp_path / "two.txt").read_text() == "O\n"


def test_a_recording_that_runs_already_is_joined(tmp_path: Path) -> None:
    """Of a recording that began before, times count from its start; one that ended meanwhile is written."""
    transcripts, room, _ = _made()
    transcripts.status(True, 60.0, False, 100.0)
    room.sign("L", 101.5)
    transcripts.status(True, 62.0, False, 102.0)
    _state(transcripts, STOPPED, 103.0, tmp_path / "a.mkv")
    assert "00:01:01.000 --> 00:01:03.000\nL\n" in (tmp_path / "a.vtt").read_text()
    _state(transcripts, STARTED, 110.0, tmp_path / "b.mkv")
    transcripts.status(False, 0.0, False, 120.0)
    assert (tmp_path / "b.vtt").read_text() == "WEBVTT\n"


def test_a_recording_on_another_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transcript of a file whose folder is not here is written to the working folder under the same name."""
    monkeypatch.chdir(tmp_path)
    transcripts, _, notes = _made()
    transcripts.event("RecordStateChanged", {"outputState": STARTED, "outputPath": r"C:\Videos\2026-11-28.mkv"}, 1.0)
    transcripts.finish(2.0)
    assert (tmp_path / "2026-11-28.vtt").exists()
    assert notes == ["Transcript of the recording: 2026-11-28.vtt"]


def test_what_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """A recording without a name, and a file that cannot be written, are reported."""
    transcripts, _, notes = _made()
    transcripts.status(True, 1.0, False, 100.0)
    transcripts.finish(101.0)
    (tmp_path / "a.vtt").mkdir()
    _state(transcripts, STARTED, 100.0, tmp_path / "a.mkv")
    transcripts.finish(101.0)
    assert "No transcript" in notes[0]
    assert "cannot be written" in notes[1]
