"""captions/live.py: cues made while the text changes, in virtual time."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.formats import LAST_CUE_S, Cue, screen_lines
from streamsign.captions.live import CUE_S, LiveCues

STEPS = st.lists(st.tuples(st.floats(0, 4), st.none() | st.text("COLEV \n", max_size=70)), max_size=40)


def _run(steps: list[tuple[float, str | None]]) -> tuple[list[Cue], list[tuple[float, str]], float]:
    cues, now_s, live = [], 100.0, LiveCues(100.0)
    changes: list[tuple[float, str]] = []
    for wait_s, text in steps:
        now_s += wait_s
        cues += live.tick(now_s)
        if text is not None:
            cues += live.change(text, now_s)
            if not changes or screen_lines(changes[-1][1]) != screen_lines(text):
                changes.append((now_s, text))
    return cues + live.tick(now_s + LAST_CUE_S), changes, now_s


@given(STEPS)
def test_cues_are_in_order_and_never_overlap(steps: list[tuple[float, str | None]]) -> None:
    """Whatever changes when, each cue is some time long, not blank, and begins where the one before it has ended."""
    cues, _, _ = _run(steps)
    assert all(cue.start_ms < cue.end_ms and cue.text for cue in cues)
    assert all(before.end_ms <= after.start_ms for before, after in itertools.pairwise(cues))


@given(STEPS, st.integers(0, 60_000))
def test_at_every_moment_the_newest_text_is_shown(steps: list[tuple[float, str | None]], at_ms: int) -> None:
    """The text of a change is in a cue for LAST_CUE_S, and in none afterwards."""
    cues, changes, _ = _run(steps)
    shown = [cue.text for cue in cues if cue.start_ms <= at_ms < cue.end_ms]
    edges = [round((at_s - 100) * 1000) for at_s, _ in changes]
    if any(abs(at_ms - edge) <= 1 or abs(at_ms - edge - LAST_CUE_S * 1000) <= 1 for edge in edges):
        return  # a millisecond's rounding
    before = [(edge, text) for edge, (_, text) in zip(edges, changes, strict=True) if edge <= at_ms]
    expected = screen_lines(before[-1][1]) if before and at_ms - before[-1][0] < LAST_CUE_S * 1000 else ""
    assert shown == ([expected] if expected else [])


def test_a_standing_text_is_told_every_second() -> None:
    """A follower waits a second at most: the cue of a text that stays is sent in pieces."""
    live = LiveCues(0.0)
    live.change("LOVE", 0.0)
    reported = [cue for tenth in range(1, 50) for cue in live.tick(tenth / 10)]
    assert [(cue.start_ms, cue.end_ms) for cue in reported] == [(0, 1000), (1000, 2000), (2000, 3000)]
    assert CUE_S == 1.0


def test_the_end_of_a_word_changes_no_cue() -> None:
    """A space that cannot be seen neither cuts a cue nor shows an old text again."""
    live = LiveCues(0.0)
    live.change("C", 1.0)
    assert live.change("C ", 1.5) == []
    assert live.tick(2.0) == [Cue(1000, 2000, "C")]
    live.tick(9.0)
    assert live.change("C\n", 9.5) == []
    assert live.tick(11.0) == []
