"""Letters as files: plain text, JSON lines, WebVTT and SubRip.

Times are capture times: a cue starts when the frame that decided its letter was captured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from streamsign.captions.events import KeptEvent, Letter

LINE_LENGTH = 32
"""Characters in a caption line: what a CEA-608 caption row holds, and the common limit for subtitles."""

LINES_SHOWN = 2
"""Lines in a cue; older lines are left out."""

LAST_CUE_S = 3.0
"""Duration of the last cue when the end of the video is not known, seconds."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption on screen.

    Attributes:
        start_ms: milliseconds from the start of the video.
        end_ms: greater than ``start_ms``.
        text: its lines, none of them blank, joined by newlines.
    """

    start_ms: int
    end_ms: int
    text: str


def screen_lines(text: str) -> str:
    """The lines of ``text`` that a cue shows: full rows, the newest last, without blank rows or control characters.

    Each sentence begins a row.
    """
    rows = [row for sentence in text.split("\n") for row in _rows(sentence)]
    return "\n".join([row for row in rows if row][-LINES_SHOWN:])


def _rows(sentence: str) -> list[str]:
    flat = "".join(character if character.isprintable() else " " for character in sentence).lstrip()
    return [flat[start : start + LINE_LENGTH].strip() for start in range(0, len(flat), LINE_LENGTH)]


def event_s(event: KeptEvent) -> float:
    """When an event changed the text, seconds on the room's clock; of a letter its capture time."""
    return event.captured_s if isinstance(event, Letter) else event.at_s


def cues(events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0) -> list[Cue]:
    """One cue for every change of the text on screen, lasting until the next one.

    Args:
        events: in the order of their numbers. A time before that of an earlier event counts as the latter.
        start_s: time that is 0 in the cues, seconds; earlier events count as of this time.
        end_s: when the video ends, seconds; LAST_CUE_S after the last change when None.

    Returns:
        Cues that do not overlap, in order. Changes within one millisecond share a cue.
    """
    changes: list[tuple[int, str]] = []
    for event in events:
        at_ms = max(0, round((event_s(event) - start_s) * 1000), changes[-1][0] if changes else 0)
        if changes and changes[-1][0] == at_ms:
            changes.pop()
        text = screen_lines(event.text)
        if not changes or changes[-1][1] != text:
            changes.append((at_ms, text))
    if not changes:
        return []
    last_ms = changes[-1][0]
    end_ms = last_ms + round(LAST_CUE_S * 1000) if end_s is None else max(last_ms + 1, round((end_s - start_s) * 1000))
    ends = [at_ms for at_ms, _ in changes[1:]] + [end_ms]
    return [Cue(start, end, text) for (start, text), end in zip(changes, ends, strict=True) if text]


def timestamp(ms: int, decimal_mark: str = ".") -> str:
    """``hh:mm:ss.ttt`` of a time in milliseconds (WebVTT; SubRip writes a comma). Hours grow past two digits.

    Raises:
        ValueError: the time is negative.
    """
    if ms < 0:
        raise ValueError(f"a caption cannot appear {-ms} ms before its video")
    seconds, thousandths = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{thousandths:03d}"


def to_text(events: Iterable[KeptEvent]) -> str:
    """The text after the last event, without a space at its end, and a newline; empty without an event."""
    text = None
    for event in events:
        text = event.text
    return "" if text is None else text.rstrip() + "\n"


def to_jsonl(events: Iterable[KeptEvent]) -> str:
    """One event of the wire schema per line."""
    return "".join(event.model_dump_json() + "\n" for event in events)


def to_vtt(events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0) -> str:
    """A WebVTT file (W3C WebVTT: the Web Video Text Tracks Format); arguments as for :func:`cues`."""
    return "\n".join(["WEBVTT\n", *map(vtt_block, cues(events, end_s, start_s))])


def vtt_block(cue: Cue) -> str:
    """A cue of a WebVTT file, without the blank line that separates it from the next."""
    return f"{timestamp(cue.start_ms)} --> {timestamp(cue.end_ms)}\n{escape(cue.text, quote=False)}\n"


def to_srt(events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0) -> str:
    """A SubRip file; arguments as for :func:`cues`. SubRip has no escapes, so the text is written as it is."""
    blocks = [
        f"{number}\n{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues(events, end_s, start_s), 1)
    ]
    return "\n".join(blocks)
