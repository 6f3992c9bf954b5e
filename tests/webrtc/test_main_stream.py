"""Which of several streams is read."""

from __future__ import annotations

from streamsign.webrtc.main_stream import SILENT_S, MainStream


def test_streams_that_come_at_once_are_not_mixed() -> None:
    """Of two streams in turn only the first is read."""
    main = MainStream()
    assert [main.takes(ssrc, at / 30) for at, ssrc in enumerate([1, 2, 1, 2, 2, 1])] == [True, False] * 2 + [
        False,
        True,
    ]


def test_the_announced_stream_is_preferred() -> None:
    """The layer that the offer names is read even if another came first, and is not left for that one again."""
    main = MainStream([7])
    assert [main.takes(ssrc, 0.0) for ssrc in (8, 7, 8)] == [True, True, False]
    assert main.ssrc == 7


def test_a_sender_that_began_anew_is_read() -> None:
    """After a silence another stream takes the place."""
    main = MainStream([7])
    assert main.takes(7, 0.0)
    assert not main.takes(9, SILENT_S - 0.01)
    assert main.takes(9, SILENT_S)
