"""What ``streamsign watch`` makes of a room's events: letters on a line, JSON lines, WebVTT cues, a text file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, TextIO

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter, ModelChange, Moment, Status
from streamsign.captions.formats import Cue, screen_lines, vtt_block
from streamsign.captions.live import LiveCues
from streamsign.errors import StreamsignError

PrintedEvent = Hello | KeptEvent | Moment


class Printer(Protocol):
    """Takes events as they come. Pure but for its output: the time comes with each call."""

    def show(self, event: PrintedEvent, at_s: float) -> None:
        """Print what one event adds."""

    def tick(self, at_s: float) -> None:
        """Print what time alone has brought."""

    def finish(self, at_s: float) -> None:
        """Print what is left."""


class JsonPrinter:
    """Every event as a line of JSON."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: PrintedEvent, at_s: float) -> None:
        """Print one event."""
        print(event.model_dump_json(), file=self._out, flush=True)

    def tick(self, at_s: float) -> None:
        """Time brings nothing."""

    def finish(self, at_s: float) -> None:
        """Nothing is left to print."""


class TextPrinter:
    """Letters as they come, a sentence a line; what is not text goes to ``notes``."""

    def __init__(self, out: TextIO, notes: TextIO) -> None:
        self._out = out
        self._notes = notes
        self._known = 0
        self._begun = False
        self._text = ""

    def show(self, event: PrintedEvent, at_s: float) -> None:
        """Print what one event adds."""
        match event:
            case Hello():
                if event.replay != "resume":
                    # The greeting's text is whole even where the log behind it has lost its oldest letters.
                    self._known = event.last_seq
                    self._write(("\n" if self._begun else "") + event.text)
                    self._text = event.text
            case Letter() if event.seq > self._known:
                self._write(event.letter)
                self._text = event.text
            case Edit() if event.seq > self._known:
                if event.text != self._text or event.action == "clear":
                    self._write(_mark(event, self._text))
                self._text = event.text
            case Status():
                print(f"[camera {event.session}: {event.state}] {event.detail}".rstrip(), file=self._notes, flush=True)
            case ModelChange():
                print(f"[model {event.model}: reads {' '.join(event.letters)}]", file=self._notes, flush=True)
            case _:
                pass

    def tick(self, at_s: float) -> None:
        """Time brings nothing."""

    def finish(self, at_s: float) -> None:
        """End the line."""
        self._write("\n")

    def _write(self, text: str) -> None:
        self._begun = self._begun or bool(text)
        print(text, end="", file=self._out, flush=True)


def _mark(edit: Edit, before: str) -> str:
    """What turns the text before an edit, which ends the terminal's output, into the text after it."""
    match edit.action:
        case "space":
            return " "
        case "line" | "clear":
            return "\n"
        case "backspace" if not before.endswith("\n"):
            return "\b \b"
    return f"\n{edit.text}"


class VttPrinter:
    """WebVTT cues, each when it has ended; 0 is when printing began."""

    def __init__(self, out: TextIO, start_s: float) -> None:
        self._out = out
        self._cues = LiveCues(start_s)
        self._known = 0
        print("WEBVTT\n", file=out, flush=True)

    def show(self, event: PrintedEvent, at_s: float) -> None:
        """Print the cue that a change of the text ends."""
        match event:
            case Hello():
                self._known = event.last_seq
            case Letter() | Edit() if event.seq > self._known:
                self._print(self._cues.change(event.text, at_s))
            case _:
                pass

    def tick(self, at_s: float) -> None:
        """Print the cue that has become long enough."""
        self._print(self._cues.tick(at_s))

    def finish(self, at_s: float) -> None:
        """Print what was shown until now."""
        self._print(self._cues.tick(at_s, least_s=0.0))

    def _print(self, cues: list[Cue]) -> None:
        for cue in cues:
            print(vtt_block(cue), file=self._out, flush=True)


class FilePrinter:
    """The lines on screen in a file, replaced whole: OBS's text source and others read it at any moment.

    Raises:
        StreamsignError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write("")

    def show(self, event: PrintedEvent, at_s: float) -> None:
        """Write the text as it is now."""
        if isinstance(event, Hello | Letter | Edit):
            self._write(screen_lines(event.text))

    def tick(self, at_s: float) -> None:
        """Time brings nothing."""

    def finish(self, at_s: float) -> None:
        """Leave the file empty: old captions on a stream are worse than none."""
        self._write("")

    def _write(self, text: str) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            raise StreamsignError(
                f"{self._path} cannot be written ({error.strerror}).", "Give --text-file a file in a folder of yours."
            ) from error
