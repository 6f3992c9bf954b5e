"""server/cameras/pool.py: what a new camera of a device replaces."""

from __future__ import annotations

from dataclasses import dataclass

from streamsign.server.cameras.pool import CameraOffer, LiveCamera, beyond_limit
from streamsign.state.grants import Grant, Right


@dataclass
class _Camera(LiveCamera):
    name: str
    grant: Grant | None

    @property
    def session_id(self) -> str:
        return self.name

    @property
    def room_name(self) -> str:
        return "main"


def _grant(holder: str) -> Grant:
    return Grant(frozenset({Right.PUBLISH}), "main", holder, 2_000_000_000)


def test_the_oldest_cameras_beyond_the_limit_are_replaced() -> None:
    """Only those of the same device count, and the publish token has no limit."""
    cameras = [_Camera(name, _grant(name[0])) for name in ("a1", "b1", "a2", "a3")]
    assert [each.session_id for each in beyond_limit(cameras, "a", 2)] == ["a1", "a2"]
    assert beyond_limit(cameras, "b", 2) == []
    assert beyond_limit([*cameras, _Camera("t", None)], None, 1) == []


def test_an_offer_names_its_device() -> None:
    """The holder of the grant is the device; the publish token has none."""
    assert CameraOffer("v=0", "main", _grant("phone")).device == "phone"
    assert CameraOffer("v=0", "main").device is None
