"""The watchdog's states."""

from __future__ import annotations

from streamsign.webrtc.watchdog import CONNECT_S, Watchdog


def test_silence_stalls_then_ends() -> None:
    """A silent camera is live, stalled, then gone; one that never sends is gone after the connect time."""
    dog = Watchdog(0.0, 2.0, 8.0)
    assert dog.state(CONNECT_S - 1) == "connecting"
    assert dog.state(CONNECT_S) == "gone"
    dog.frame_came(1.0)
    assert [dog.state(at) for at in (2.9, 3.0, 8.9, 9.0)] == ["live", "stalled", "stalled", "gone"]
