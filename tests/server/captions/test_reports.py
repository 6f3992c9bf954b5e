"""What a viewer's reports become, in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.events import Letter, Painted, Pong
from streamsign.captions.ledger import Ledger
from streamsign.server.captions.reports import ViewerReports

AHEAD_S = 5000.0
"""How far the viewer's clock is ahead of the room's."""


class _Viewer:
    """A viewer with a delay of 1 ms in each direction."""

    def __init__(self, live_after: int = 0) -> None:
        self.reported: dict[str, list[float]] = {}
        self.reports = ViewerReports(lambda stage, ms: self.reported.setdefault(stage, []).append(ms))
        self.reports.greeted(live_after)

    def answer_ping(self, now_s: float) -> None:
        ping = self.reports.ping(now_s)
        heard_s = now_s + 0.001 + AHEAD_S
        self.reports.heard(Pong(id=ping.id, received_s=heard_s, answered_s=heard_s).model_dump_json(), now_s + 0.002)

    def paint(self, seq: int, at_s: float) -> None:
        self.reports.heard(Painted(seq=seq, at_s=at_s + AHEAD_S).model_dump_json(), at_s + 0.001)


_PUBLISHED = Ledger(published_s=100.0)


def _letter(seq: int, ledger: Ledger = _PUBLISHED) -> Letter:
    return Letter(
        seq=seq, session="s", letter="L", text="L", confidence=1, started_s=99, captured_s=99,
        ledger=ledger,
    )  # fmt: skip


def test_a_painted_letter_is_measured_on_our_clock() -> None:
    """Times of sending and painting are right although the viewer's clock is an hour off."""
    viewer = _Viewer()
    viewer.answer_ping(99.0)
    ledger = Ledger(captured_s=99.9, captured_error_s=0.001, first_packet_s=99.95, published_s=100.0)
    sent = viewer.reports.sending(_letter(1, ledger), 100.004)
    assert sent.ledger.sent_s == 100.004
    viewer.paint(1, 100.02)
    assert {stage: ms for stage, [ms] in viewer.reported.items()} == pytest.approx(
        {"send": 4, "paint": 16, "shown": 70, "whole": 120}, abs=0.01
    )


def test_no_clock_no_paint() -> None:
    """Before the viewer has answered a ping its times mean nothing and are not used."""
    viewer = _Viewer()
    viewer.reports.sending(_letter(1), 100.001)
    viewer.paint(1, 100.02)
    assert list(viewer.reported) == ["send"]


def test_an_unknown_capture_time_stays_unknown() -> None:
    """A letter without stamps of its way here has a paint time and no whole one."""
    viewer = _Viewer()
    viewer.answer_ping(99.0)
    viewer.reports.sending(_letter(1), 100.001)
    viewer.paint(1, 100.02)
    assert list(viewer.reported) == ["send", "paint"]


def test_replayed_letters_are_not_latency() -> None:
    """A letter from before the viewer came goes out unstamped, and its painting counts for nothing."""
    viewer = _Viewer(live_after=3)
    viewer.answer_ping(99.0)
    assert viewer.reports.sending(_letter(3), 500.0) == _letter(3)
    viewer.paint(3, 500.1)
    assert viewer.reported == {}


def test_a_letter_is_painted_once_and_only_after_it_was_sent() -> None:
    """Repeated reports, reports of letters never sent, and reports from the future are passed over."""
    viewer = _Viewer()
    viewer.answer_ping(99.0)
    for seq in (1, 2):
        viewer.reports.sending(_letter(seq), 100.001)
    for _ in range(2):
        viewer.paint(1, 100.02)
    viewer.paint(9, 100.02)
    viewer.reports.heard(Painted(seq=2, at_s=AHEAD_S + 200).model_dump_json(), 100.03)
    assert len(viewer.reported["paint"]) == 1


def test_letters_never_painted_are_forgotten() -> None:
    """A viewer that reports nothing costs the memory of 64 letters at most."""
    viewer = _Viewer()
    viewer.answer_ping(99.0)
    for seq in range(1, 66):
        viewer.reports.sending(_letter(seq), 100.001)
    viewer.paint(1, 100.02)
    viewer.paint(2, 100.02)
    assert len(viewer.reported["paint"]) == 1


@given(st.text() | st.sampled_from(['{"type":"painted","seq":1,"at_s":1e999}', '{"type":"pong","id":1}', "[]", "null"]))
def test_nonsense_is_passed_over(text: str) -> None:
    """Invalid messages of a viewer cause no error and no measurement."""
    viewer = _Viewer()
    viewer.reports.heard(text, 100.0)
    assert viewer.reported == {}
