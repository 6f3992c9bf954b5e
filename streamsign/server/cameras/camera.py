"""A camera that is read in this process."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from streamsign.server.cameras.pool import LiveCamera
from streamsign.state.grants import Grant
from streamsign.webrtc.ice import IceServer
from streamsign.webrtc.session import CameraSession


@dataclass(frozen=True, slots=True)
class Camera(LiveCamera):
    """A WHIP session: its secret path segment, its entity tag, and its ICE servers.

    ``grant`` admitted it, None for the publish token. ``held`` keeps it under that grant (see :class:`Holds`).
    """

    key: str
    etag: str
    session: CameraSession
    ice_servers: tuple[IceServer, ...]
    grant: Grant | None = None
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def session_id(self) -> str:
        """See :class:`LiveCamera`."""
        return self.session.session_id

    @property
    def room_name(self) -> str:
        """See :class:`LiveCamera`."""
        return self.session.room.name
