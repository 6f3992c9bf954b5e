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


def test_packets_without_frames_wait_and_are_never_gone() -> None:
    """While packets arrive without a frame the camera waits, however long; a frame makes it live again."""
    dog = Watchdog(0.0, 2.0, 8.0)
    dog.frame_came(1.0)
    for at in range(1, 60):
        dog.packet_came(float(at))
        assert dog.state(float(at)) == ("live" if at < 3 else "waiting")
    dog.frame_came(59.5)
    assert dog.state(60.0) == "live"
    assert [dog.state(at) for at in (61.6, 67.4, 67.6)] == ["stalled", "stalled", "gone"]


def test_packets_before_the_first_frame_wait_too() -> None:
    """A camera that begins without a key frame waits for one past the connect time."""
    dog = Watchdog(0.0, 2.0, 8.0)
    dog.packet_came(1.0)
    assert dog.state(2.0) == "connecting"
    for at in range(2, 40):
        dog.packet_came(float(at))
    assert dog.state(39.5) == "waiting"
    assert dog.state(50.0) == "gone"


def test_a_connected_camera_that_sends_nothing_stalls() -> None:
    """A connected camera that never sends is stalled, not connecting; its first frame makes it live."""
    dog = Watchdog(0.0, 2.0, 8.0)
    dog.connected(1.0)
    assert [dog.state(at) for at in (2.9, 3.0, CONNECT_S - 1)] == ["connecting", "stalled", "stalled"]
    assert dog.state(CONNECT_S) == "gone"
    dog.frame_came(5.0)
    assert dog.state(6.0) == "live"
