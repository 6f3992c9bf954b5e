"""captions/formats.py: what is written can be read back, and times never go back."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions import formats
from streamsign.captions.events import Edit, KeptEvent, Letter, event_adapter
from streamsign.captions.formats import (
    LINE_LENGTH,
    Cue,
    CueUnit,
    cues,
    rows_of,
    screen_lines,
    timestamp,
    to_jsonl,
    to_srt,
    to_text,
    to_vtt,
)


def _letter(seq: int, text: str, at_s: float) -> Letter:
    return Letter(
        seq=seq,
        session="a",
        letter=text[-1:],
        text=text,
        confidence=0.9,
        started_s=at_s - 0.3,
        captured_s=at_s,
    )


@st.composite
def _histories(draw: st.DrawFn) -> list[KeptEvent]:
    texts = draw(st.lists(st.text(max_size=90), max_size=12))
    return [_letter(number, text, draw(st.floats(-5, 400_000))) for number, text in enumerate(texts, 1)]


def _read_time(text: str) -> int:
    found = re.fullmatch(r"(\d\d+):([0-5]\d):([0-5]\d)[.,](\d{3})", text)
    assert found, text
    hours, minutes, seconds, thousandths = (int(group) for group in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _read_cues(blocks: list[str]) -> list[Cue]:
    read = []
    for block in blocks:
        times, _, text = block.partition("\n")
        start, end = times.split(" --> ")
        read.append(Cue(_read_time(start), _read_time(end), text.removesuffix("\n")))
    return read


@given(_histories())
def test_vtt_reads_back(events: list[KeptEvent]) -> None:
    """Every cue of a WebVTT file is found again, escapes undone, whatever the text holds."""
    head, *blocks = to_vtt(events).split("\n\n")
    assert head.strip() == "WEBVTT"
    assert "-->" not in "".join(block.partition("\n")[2] for block in blocks)
    read = [Cue(cue.start_ms, cue.end_ms, _unescape_vtt(cue.text)) for cue in _read_cues(blocks)]
    assert read == cues(events)


def _unescape_vtt(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(_histories())
def test_srt_reads_back(events: list[KeptEvent]) -> None:
    """Every cue of a SubRip file is found again, numbered from 1."""
    blocks = to_srt(events).split("\n\n") if cues(events) else []
    numbers, bodies = [], []
    for block in blocks:
        number, _, body = block.partition("\n")
        numbers.append(int(number))
        bodies.append(body)
    assert numbers == list(range(1, len(blocks) + 1))
    assert _read_cues(bodies) == cues(events)


@given(_histories(), st.none() | st.floats(0, 400_000), st.sampled_from(CueUnit))
def test_cues_never_overlap_or_go_back(events: list[KeptEvent], end_s: float | None, by: CueUnit) -> None:
    """Times grow from cue to cue, and every cue can be seen."""
    last_ms = 0
    for cue in cues(events, end_s, by=by):
        assert last_ms <= cue.start_ms < cue.end_ms
        last_ms = cue.end_ms
        assert cue.text
        assert all(0 < len(line) <= LINE_LENGTH for line in cue.text.split("\n"))


def test_a_cue_lasts_until_the_next_letter() -> None:
    """Cues begin with the frame that decided their letter and show the text so far."""
    events = [_letter(1, "C", 1.0), _letter(2, "CE", 1.8)]
    assert cues(events, end_s=4.0) == [Cue(1000, 1800, "C"), Cue(1800, 4000, "CE")]


def test_a_cleared_text_shows_nothing() -> None:
    """After a clear the screen is empty until the next letter."""
    events: list[KeptEvent] = [
        _letter(1, "C", 1.0),
        Edit(seq=2, action="clear", text="", at_s=2.0),
        _letter(3, "E", 5.0),
    ]
    assert cues(events, end_s=6.0) == [Cue(1000, 2000, "C"), Cue(5000, 6000, "E")]


def test_a_long_text_shows_its_newest_rows() -> None:
    """Two rows of 32 characters are shown, and the row being filled is the last."""
    text = "A" * 32 + "B" * 32 + "C"
    assert screen_lines(text) == "B" * 32 + "\n" + "C"


@pytest.mark.parametrize(
    ("ms", "written"), [(0, "00:00:00.000"), (61_001, "00:01:01.001"), (360_000_000, "100:00:00.000")]
)
def test_timestamps(ms: int, written: str) -> None:
    """Hours, minutes and seconds are two digits at least, thousandths three."""
    assert timestamp(ms) == written


@given(st.integers(0, 10**10))
def test_timestamps_read_back(ms: int) -> None:
    """No time is changed by writing it."""
    assert _read_time(timestamp(ms)) == _read_time(timestamp(ms, ",")) == ms


def test_a_time_before_the_video_is_refused() -> None:
    """A negative time has no timestamp."""
    with pytest.raises(ValueError, match="before its video"):
        timestamp(-1)


@given(_histories())
def test_json_lines_read_back(events: list[KeptEvent]) -> None:
    """Every line is one event of the wire schema."""
    lines = to_jsonl(events).split("\n")[:-1]
    assert [event_adapter.validate_python(json.loads(line)) for line in lines] == events


def test_text_is_the_last_text() -> None:
    """Plain text is what stands after the last event."""
    assert to_text([_letter(1, "C", 1.0), _letter(2, "CE", 1.8)]) == "CE\n"
    assert to_text([]) == ""


def test_vtt_of_nothing_is_a_valid_file() -> None:
    """A video without letters still gives a WebVTT file."""
    assert to_vtt([]) == "WEBVTT\n"


def test_a_sentence_begins_a_row() -> None:
    """A line feed in the text ends a row, and a space at the end of the text makes no cue of its own."""
    assert screen_lines("LOVE CELLO\nHI") == "LOVE CELLO\nHI"
    edits = [Edit(seq=1, action="replace", text="LOVE", at_s=1), Edit(seq=2, action="space", text="LOVE ", at_s=2)]
    assert cues(edits) == [Cue(1000, 4000, "LOVE")]
    assert to_text(edits) == "LOVE\n"


def _spelled(text: str, start_s: float = 1.0, letter_s: float = 0.5) -> list[KeptEvent]:
    """A text signed at an even pace; its spaces are edits."""
    events: list[KeptEvent] = []
    for number in range(1, len(text) + 1):
        so_far, at_s = text[:number], start_s + (number - 1) * letter_s
        if so_far[-1] == " ":
            events.append(Edit(seq=number, action="space", text=so_far, at_s=at_s))
        else:
            events.append(_letter(number, so_far, at_s))
    return events


def test_rows_break_at_spaces_and_roll_up() -> None:
    """A word that does not fit begins the next row whole; only one longer than a row is cut."""
    assert screen_lines("EVERYONE IN THIS ROOM LOVES CELLO AND VIOLIN") == (
        "EVERYONE IN THIS ROOM LOVES\nCELLO AND VIOLIN"
    )
    assert screen_lines("ONE TWO THREE " + "A" * 40) == "A" * 32 + "\n" + "A" * 8


def test_a_cue_for_each_word() -> None:
    """A word is shown whole from its first letter on; the space makes no cue."""
    assert cues(_spelled("HI YOU"), by=CueUnit.WORD) == [Cue(1000, 2500, "HI"), Cue(2500, 6500, "HI YOU")]


def test_a_cue_for_each_line() -> None:
    """A line is shown whole and alone from its first letter on."""
    text = "EVERYONE IN THIS ROOM LOVES CELLO"
    shown = cues(_spelled(text, letter_s=0.1), by=CueUnit.LINE)
    assert [cue.text for cue in shown] == ["EVERYONE IN THIS ROOM LOVES", "CELLO"]
    assert shown[1].start_ms == 1000 + 100 * text.index("CELLO")


@pytest.mark.parametrize("by", CueUnit)
def test_each_text_is_broken_into_rows_once(by: CueUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full log of long texts takes a second: cues break the text of an event into rows no more than once."""
    broken: list[str] = []

    def counted(text: str) -> list[str]:
        broken.append(text)
        return rows_of(text)

    monkeypatch.setattr(formats, "rows_of", counted)
    events = _spelled("EVERYONE IN THIS ROOM LOVES CELLO")
    assert cues(events, by=by)
    assert len(broken) == len(events)


def test_a_character_that_cannot_be_shown_is_a_space() -> None:
    """A tab or a control character ends a word as a space does; other words keep theirs."""
    assert rows_of("LOVE\tCEL\x07LO\nHI") == ["LOVE CEL LO", "HI"]


def test_a_space_repeats_no_cue() -> None:
    """With a cue for each letter, a space does not change the cue that is shown."""
    assert [cue.text for cue in cues(_spelled("A B"))] == ["A", "A B"]


@pytest.mark.parametrize("by", CueUnit)
def test_no_cue_is_stretched_over_silence(by: CueUnit) -> None:
    """Three seconds after its last letter a cue ends, though the next letter comes a minute later or never."""
    events = [_letter(1, "A", 1.0), _letter(2, "AB", 61.0)]
    assert cues(events, end_s=300.0, by=by) == [Cue(1000, 4000, "A"), Cue(61_000, 64_000, "AB")]
