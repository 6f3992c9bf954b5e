"""Letters as files: plain text, JSON lines, WebVTT and SubRip.

Times are capture times: a cue starts when the frame that decided its letter was captured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape

from streamsign.captions.events import KeptEvent, Letter

LINE_LENGTH = 32
"""Characters in a caption line: what a CEA-608 caption row holds, and the common limit for subtitles."""

LINES_SHOWN = 2
"""Lines in a cue; older lines are left out."""

LAST_CUE_S = 3.0
"""Time for which a text stays on screen after its last change, seconds."""


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


class CueUnit(StrEnum):
    """What one cue holds: a letter, a word or a line."""

    WORD = "word"
    LETTER = "letter"
    LINE = "line"


def rows_of(text: str) -> list[str]:
    """The rows of a text: broken at spaces, each sentence starts a row; a word longer than a row is cut."""
    rows: list[str] = []
    for sentence in text.split("\n"):
        row = ""
        # Most texts hold printable characters only: the check of a whole text takes a fraction of the time of a join.
        flat = sentence if sentence.isprintable() else "".join(c if c.isprintable() else " " for c in sentence)
        for word in flat.split():
            if row and len(row) + 1 + len(word) <= LINE_LENGTH:
                row += " " + word
                continue
            *full, last = (word[start : start + LINE_LENGTH] for start in range(0, len(word), LINE_LENGTH))
            rows += [*([row] if row else []), *full]
            row = last
        rows += [row] if row else []
    return rows


def screen_lines(text: str) -> str:
    """The lines of ``text`` that a cue shows: the newest rows, rolled up."""
    return "\n".join(rows_of(text)[-LINES_SHOWN:])


def event_s(event: KeptEvent) -> float:
    """When an event changed the text, seconds on the room's clock; of a letter its capture time."""
    return event.captured_s if isinstance(event, Letter) else event.at_s


@dataclass(slots=True)
class _Group:
    """Changes of the text that share a cue: of a letter, a word or a line. ``rows`` are those that may be shown."""

    start_ms: int
    last_ms: int
    rows: list[str]
    row_count: int
    word_count: int
    key: object = None


def cues(
    events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0, by: CueUnit = CueUnit.LETTER
) -> list[Cue]:
    """Cues of the text: one for every change, every word or every line.

    A cue lasts until the next one, and at most LAST_CUE_S after its last letter: none is stretched over silence. A cue
    of a word or line begins with its first letter and shows it whole. A space alone makes no cue.

    Args:
        events: in the order of their numbers. A time before that of an earlier event counts as the latter.
        start_s: time that is 0 in the cues, seconds; earlier events count as of this time.
        end_s: when the video ends, seconds; None if it is not known.
        by: what one cue holds.

    Returns:
        Cues that do not overlap, in order. Changes within one millisecond share a cue.
    """
    groups: list[_Group] = []
    for event in events:
        at_ms = max(0, round((event_s(event) - start_s) * 1000), groups[-1].start_ms if groups else 0)
        if groups and groups[-1].start_ms == at_ms:
            groups.pop()
        rows = rows_of(event.text)
        if not groups or groups[-1].rows != rows[-LINES_SHOWN:]:
            groups.append(_Group(at_ms, at_ms, rows[-LINES_SHOWN:], len(rows), len(event.text.split())))
    groups = _joined(groups, (lambda group: group.rows) if by is CueUnit.LETTER else (lambda group: group.word_count))
    if by is CueUnit.LINE:
        groups = _joined(groups, lambda group: group.row_count)
    shown = []
    for number, group in enumerate(groups):
        end_ms = group.last_ms + round(LAST_CUE_S * 1000)
        if number + 1 < len(groups):
            end_ms = min(end_ms, groups[number + 1].start_ms)
        elif end_s is not None:
            end_ms = min(end_ms, max(group.last_ms + 1, round((end_s - start_s) * 1000)))
        lines = group.rows[-1:] if by is CueUnit.LINE else group.rows
        if lines:
            shown.append(Cue(group.start_ms, end_ms, "\n".join(lines)))
    return shown


def _joined(groups: Iterable[_Group], key_of: Callable[[_Group], object]) -> list[_Group]:
    """Neighbors with the same key as one, unless silence is between them."""
    joined: list[_Group] = []
    for group in groups:
        key = key_of(group)
        last = joined[-1] if joined else None
        if last is None or key != last.key or group.start_ms - last.last_ms > LAST_CUE_S * 1000:
            joined.append(replace(group, key=key))
        else:
            last.last_ms, last.rows = group.last_ms, group.rows
            last.row_count, last.word_count = group.row_count, group.word_count
    return joined


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


def to_vtt(
    events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0, by: CueUnit = CueUnit.LETTER
) -> str:
    """A WebVTT file (W3C WebVTT: the Web Video Text Tracks Format); arguments as for :func:`cues`."""
    return "\n".join(["WEBVTT\n", *map(vtt_block, cues(events, end_s, start_s, by))])


def vtt_block(cue: Cue) -> str:
    """A cue of a WebVTT file, without the blank line that separates it from the next."""
    return f"{timestamp(cue.start_ms)} --> {timestamp(cue.end_ms)}\n{escape(cue.text, quote=False)}\n"


def to_srt(
    events: Iterable[KeptEvent], end_s: float | None = None, start_s: float = 0.0, by: CueUnit = CueUnit.LETTER
) -> str:
    """A SubRip file; arguments as for :func:`cues`. SubRip has no escapes, so the text is written as it is."""
    blocks = [
        f"{number}\n{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues(events, end_s, start_s, by), 1)
    ]
    return "\n".join(blocks)
