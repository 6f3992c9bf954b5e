"""training/streams/build.py: which streams a signer's bursts become."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from streamsign.training.streams import build
from streamsign.training.streams.build import CASES, IDLE, OUTSIDE, WORDS, Stream, build_streams


@pytest.fixture(scope="module")
def streams(shared_data: Path) -> list[Stream]:
    """The streams of the first validation signer, one word a case; no picture is made before it is asked for."""
    made = []
    for stream in build_streams(shared_data, "val", words=1, seed=0):
        made.append(stream)
        if stream.case is IDLE:
            break
    return made


def test_a_signer_spells_words_in_every_case(streams: list[Stream]) -> None:
    """One word a case, over the letters the signer has; then shapes that are not letters, and a minute of rooms."""
    assert [stream.case for stream in streams] == [*CASES, *[OUTSIDE] * build.OUTSIDE_STREAMS, IDLE]
    assert len({stream.signer for stream in streams}) == 1
    for stream in streams[: len(CASES)]:
        assert "".join(true.letter for true in stream.truth) in WORDS
        assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(stream.truth))
    for stream in streams[len(CASES) :]:
        assert stream.truth == ()
        assert stream.shown == (build.OUTSIDE_SHAPES if stream.case is OUTSIDE else 0)


def test_twelve_frames_a_second_spell_what_thirty_do(streams: list[Stream]) -> None:
    """The same word, so that only the frame rate differs."""
    by_name = {stream.case.name: [true.letter for true in stream.truth] for stream in streams}
    assert by_name["12fps"] == by_name["normal"]


def test_idle_rooms_change_and_the_box_wanders_within_them(
    streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several pictures, time going forward, and a box that a locator could have drawn by mistake."""
    monkeypatch.setattr(build, "IDLE_S", 8.0)
    shots = list(streams[-1].shots)
    assert all(before.at_s < after.at_s for before, after in itertools.pairwise(shots))
    assert shots[-1].at_s < 8.5
    assert len({shot.luma.tobytes()[:4000] for shot in shots[::15]}) > 1
    for shot in shots[::10]:
        assert shot.hand is not None
        height, width = shot.luma.shape
        assert shot.hand.x0 >= -1
        assert shot.hand.y0 >= -1
        assert shot.hand.x1 <= width + 1
        assert shot.hand.y1 <= height + 1
