"""What routes need of cameras, wherever they are read.

Two classes implement it: :class:`streamsign.server.cameras.registry.Cameras`, which reads them in this process, and
:class:`streamsign.cluster.cameras.RemoteCameras`, which hands them to workers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from streamsign.recognition.model import Model
from streamsign.state.grants import Grant
from streamsign.webrtc.ice import IceServer, IceServers

TAKEN_OVER = "Another camera took over."
"""Reason with which a camera ends that another one replaces."""

SENDS_AGAIN = "The same device sends again."
"""Reason with which a camera ends that another one of its device replaces."""


class LiveCamera(ABC):
    """A camera that is connected, or connecting."""

    grant: Grant | None
    """What admitted it; None for the publish token."""

    @property
    @abstractmethod
    def session_id(self) -> str:
        """Name by which the room's events call it."""

    @property
    @abstractmethod
    def room_name(self) -> str:
        """The room that its letters go to."""

    @property
    def device(self) -> str | None:
        """The paired device or link that sends; None for the publish token."""
        return None if self.grant is None else self.grant.holder


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera found by its secret URL.

    Attributes:
        room: the room that its letters go to.
        etag: its entity tag.
        ice_ufrags: ICE user fragments of its offer: another one in a later request means an ICE restart.
    """

    room: str
    etag: str
    ice_ufrags: frozenset[str]


@dataclass(frozen=True, slots=True)
class CameraOffer:
    """A camera's offer, admitted by the route.

    Attributes:
        sdp: the offer.
        room: name of the room.
        grant: what admits it; None for the publish token.
        claim: returns the cameras that this one replaces, or raises a Problem if it may not enter the room.
        exclusive: whether ``claim`` must see the camera of an offer that arrives at the same time.
        expires: whether the camera also ends when its grant expires.
        former: name of its former session in the room; empty for none.
        moving: whether the former session still sends, and ends only when this one reads.
        on_end: called when the camera has ended.
    """

    sdp: str
    room: str
    grant: Grant | None = None
    claim: Callable[[], Sequence[LiveCamera]] = tuple
    exclusive: bool = False
    expires: bool = False
    former: str = ""
    moving: bool = False
    on_end: Callable[[], None] = lambda: None

    @property
    def device(self) -> str | None:
        """The device that sends; None for the publish token."""
        return None if self.grant is None else self.grant.holder


@dataclass(frozen=True, slots=True)
class OpenedCamera:
    """A camera whose offer was answered.

    Attributes:
        sdp: the answer.
        key: its secret path segment.
        etag: its entity tag.
        session_id: name by which the room's events call it.
        ice_servers: STUN and TURN servers with credentials for this session.
    """

    sdp: str
    key: str
    etag: str
    session_id: str
    ice_servers: tuple[IceServer, ...]


class CameraPool(ABC):
    """The cameras of a service.

    Attributes:
        model: reads the letters of cameras to come.
        ice: STUN and TURN servers with credentials for a session.
    """

    model: Model
    ice: IceServers

    @abstractmethod
    def __len__(self) -> int:
        """How many cameras send."""

    @abstractmethod
    def __iter__(self) -> Iterator[LiveCamera]:
        """The cameras that send, the oldest first."""

    @abstractmethod
    async def publish(self, offer: CameraOffer) -> OpenedCamera:
        """Answer an offer.

        Raises:
            OfferError: the offer cannot be answered.
            Problem: the server is full or busy, or the camera may not enter the room.
        """

    @abstractmethod
    async def lookup(self, key: str) -> FoundCamera | None:
        """The camera with that path segment, while it is connected."""

    @abstractmethod
    async def add_candidates(self, key: str, candidates: Sequence[tuple[str, str]]) -> None:
        """Add ICE candidates to a camera, as (mid, candidate line) pairs. One that has ended is passed over.

        Raises:
            OfferError: a line is not an ICE candidate, or there are too many.
        """

    @abstractmethod
    async def end(self, key: str) -> None:
        """End the camera with that path segment, if it is connected."""

    @abstractmethod
    async def end_all(self, cameras: Iterable[LiveCamera], reason: str) -> None:
        """End cameras."""

    @abstractmethod
    async def look(self, session: str, sdp: str) -> str | None:
        """Ask a camera's page for its picture: its SDP answer to an SDP offer of another browser.

        None if no camera has this session.

        Raises:
            TimeoutError: the page does not answer.
        """

    @abstractmethod
    def has_source(self, room: str) -> bool:
        """Whether the server fetches a network camera into a room."""

    @abstractmethod
    async def ended(self) -> None:
        """Wait until the cameras whose grants have ended are closed."""

    @abstractmethod
    async def close_all(self) -> None:
        """Stop. Cameras that are read in this process end."""

    def in_room(self, room: str, *, but: str | None = None, former: str = "") -> list[LiveCamera]:
        """The cameras that send into a room.

        Args:
            room: its name.
            but: device whose cameras are left out, None to leave out none.
            former: session that is left out as well.
        """
        return [
            camera
            for camera in self
            if camera.room_name == room
            and not (but is not None and camera.device == but)
            and camera.session_id != former
        ]

    def named(self, session: str, room: str) -> list[LiveCamera]:
        """The camera of a room that the room's events call ``session``, if it is connected."""
        return [camera for camera in self.in_room(room) if camera.session_id == session]


def beyond_limit(cameras: Iterable[LiveCamera], device: str | None, limit: int) -> list[LiveCamera]:
    """The cameras of a device that a new one replaces: all beyond a limit, the oldest first.

    Args:
        cameras: those that are connected, the oldest first.
        device: the device that sends; None for the publish token, which has no limit.
        limit: most cameras of a device.
    """
    if device is None:
        return []
    own = [camera for camera in cameras if camera.device == device]
    return own[: max(0, len(own) - limit + 1)]
