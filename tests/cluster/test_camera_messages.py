"""cluster/camera_messages.py: messages between two releases."""

from __future__ import annotations

import pytest

from streamsign.cluster.camera_messages import Answer, CameraList, HandedOver, Load, Offer, SentGrant, SentIceServer
from streamsign.cluster.messages import Message, read
from streamsign.state.grants import Grant, Right
from streamsign.webrtc.ice import IceServer


def test_what_was_sent_is_read() -> None:
    """A grant and an ICE server survive the way over NATS."""
    grant = Grant(frozenset({Right.PUBLISH, Right.VIEW}), "main", "device", 1_800_000_000)
    assert SentGrant.of(grant).grant() == grant
    server = IceServer("turn:relay.example.org", "user", "secret")
    assert SentIceServer.of(server).server() == server


def test_a_right_of_a_later_release_is_left_out() -> None:
    """A grant with a right that this release does not know gives the other rights only."""
    assert SentGrant(rights="pz", room="main", holder="x", expires_s=1).grant().rights == {Right.PUBLISH}


@pytest.mark.parametrize(
    ("kind", "earlier"),
    [
        (Offer, {"session": "a", "room": "main", "sdp": "v=0"}),
        (Answer, {"status": "open"}),
        (Load, {"worker": "a", "sessions": 1}),
        (CameraList, {"worker": "a", "cameras": [{"session": "a", "room": "main"}]}),
        (HandedOver, {}),
    ],
)
def test_a_message_without_later_fields_or_with_unknown_ones_is_read(
    kind: type[Message], earlier: dict[str, object]
) -> None:
    """Every field beyond the first release's has a default, unknown fields are ignored, and the release is kept."""
    built = kind.model_validate(earlier | {"release": "0.0.1", "from_the_future": {"x": [1]}})
    assert built.release == "0.0.1"
    assert read(kind, built.encoded()) == built


def test_what_is_no_message_is_none() -> None:
    """Damaged messages, and those of another kind, are passed over."""
    for payload in (b"", b"\xff", b"[]", b'{"status":"later"}'):
        assert read(Answer, payload) is None
