"""One transcript for each recording that OBS makes, beside it and named like it. Pure but for the files it writes."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path, PureWindowsPath
from typing import Any

from streamsign.captions.events import Edit, Letter
from streamsign.captions.formats import to_srt, to_text, to_vtt

STARTED, STOPPED = "OBS_WEBSOCKET_OUTPUT_STARTED", "OBS_WEBSOCKET_OUTPUT_STOPPED"
PAUSED, RESUMED = "OBS_WEBSOCKET_OUTPUT_PAUSED", "OBS_WEBSOCKET_OUTPUT_RESUMED"
"""``outputState`` of obs-websocket's event RecordStateChanged."""


class TranscriptKind(StrEnum):
    """What a transcript is written as; the value is its suffix."""

    vtt = "vtt"
    srt = "srt"
    txt = "txt"


class _Recording:
    """What was read since a recording began. Its own time stands still while it is paused."""

    def __init__(self, path: str | None, zero_s: float, before: str) -> None:
        self.path = path
        self.zero_s = zero_s
        self.paused_s: float | None = None
        self._before = before
        self._changes: list[Letter | Edit] = []

    def change(self, event: Letter | Edit, at_s: float) -> None:
        """Add a change of the text at a time of the recording, without the text from before it."""
        text = event.text.removeprefix(self._before)
        time_field = "captured_s" if isinstance(event, Letter) else "at_s"
        self._changes.append(event.model_copy(update={"text": text, time_field: max(0.0, at_s - self.zero_s)}))

    def written(self, kind: TranscriptKind, end_s: float) -> str:
        """The transcript of a recording that ends at ``end_s``."""
        duration_s = (end_s if self.paused_s is None else self.paused_s) - self.zero_s
        if kind is TranscriptKind.txt:
            return to_text(self._changes)
        return (to_vtt if kind is TranscriptKind.vtt else to_srt)(self._changes, duration_s)


class RecordingTranscripts:
    """Writes a transcript whenever a recording ends. Times are seconds on one clock of this computer.

    Args:
        kind: what they are written as.
        notes: called with a sentence for each file, or why there is none.
    """

    def __init__(self, kind: TranscriptKind, notes: Callable[[str], None]) -> None:
        self._kind = kind
        self._notes = notes
        self._text = ""
        self._recording: _Recording | None = None

    def begin_with(self, text: str) -> None:
        """Take the room's text as it is now; it is of no recording."""
        self._text = text

    def change(self, event: Letter | Edit, at_s: float) -> None:
        """Take a change of the text that arrived at ``at_s``; a letter counts as of its capture."""
        self._text = event.text
        if self._recording is not None and self._recording.paused_s is None:
            published_s = event.ledger.published_s if isinstance(event, Letter) else None
            age_s = 0.0 if published_s is None or isinstance(event, Edit) else published_s - event.captured_s
            self._recording.change(event, at_s - max(0.0, age_s))

    def status(self, active: bool, duration_s: float, paused: bool, at_s: float) -> None:
        """Process OBS's recording status after connecting. A recording may have started or stopped before."""
        if not active:
            self.finish(at_s)
        elif self._recording is None:
            self._recording = _Recording(None, at_s - duration_s, self._text)
            self._recording.paused_s = at_s if paused else None

    def event(self, kind: str, data: dict[str, Any], at_s: float) -> None:
        """Take an event of obs-websocket."""
        if kind == "RecordFileChanged":  # one recording in several files
            self.finish(at_s)
            self._recording = _Recording(data.get("newOutputPath"), at_s, self._text)
        elif kind == "RecordStateChanged":
            self._change_state(data.get("outputState", ""), data.get("outputPath"), at_s)

    def finish(self, at_s: float) -> None:
        """Write the transcript of the recording that ends now, if there is one."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        if recording.path is None:
            self._notes("OBS did not report the file of the recording. No transcript is written.")
            return
        target = _beside(recording.path, self._kind)
        try:
            target.write_text(recording.written(self._kind, at_s), encoding="utf-8")
        except OSError as error:
            self._notes(f"{target} cannot be written ({error.strerror}).")
        else:
            self._notes(f"Transcript of the recording: {target}")

    def _change_state(self, state: str, path: str | None, at_s: float) -> None:
        if state == STARTED:
            self.finish(at_s)
            self._recording = _Recording(path, at_s, self._text)
        if self._recording is None:
            return
        if state == PAUSED:
            self._recording.paused_s = at_s
        elif state == RESUMED and self._recording.paused_s is not None:
            self._recording.zero_s += at_s - self._recording.paused_s
            self._recording.paused_s = None
        elif state == STOPPED:
            self._recording.path = path or self._recording.path
            self.finish(at_s)


def _beside(recording: str, kind: TranscriptKind) -> Path:
    """Where a recording's transcript is written: beside it, or in the working folder when OBS runs elsewhere."""
    path = Path(recording).with_suffix(f".{kind}")
    return (
        path
        if path.is_absolute() and path.parent.is_dir()
        else Path(PureWindowsPath(recording).with_suffix(f".{kind}").name)
    )
