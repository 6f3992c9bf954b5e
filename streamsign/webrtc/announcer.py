"""A camera's status, as its room's viewers receive it."""

from __future__ import annotations

from typing import Literal

from streamsign.captions.events import Status
from streamsign.captions.room import CaptionRoom

State = Literal["connecting", "live", "stalled", "closed"]

DETAILS: dict[str, str] = {
    "connecting": "Waiting for the first frame.",
    "live": "The camera is on.",
    "stalled": "No frame has arrived for several seconds: the network or the camera has stopped.",
}
"""Sentences for states that come without one of their own; pages translate them."""


class Announcer:
    """Publishes the status of one camera when it changes.

    Args:
        room: the camera's room.
        session_id: public name of its session.
    """

    def __init__(self, room: CaptionRoom, session_id: str) -> None:
        self._room = room
        self._session_id = session_id
        self._published: tuple[str, str] | None = None

    @property
    def state(self) -> str:
        """The state that was published last; "connecting" before the first one."""
        return self._published[0] if self._published is not None else "connecting"

    @property
    def begun(self) -> bool:
        """Whether a status was published."""
        return self._published is not None

    def publish(self, state: State, detail: str = "") -> bool:
        """Publish a status unless it is the newest one already; ``detail`` is a sentence for a person.

        Returns:
            Whether it was published.
        """
        detail = detail or DETAILS.get(state, "")
        if (state, detail) == self._published:
            return False
        self._published = state, detail
        self._room.publish_status(Status(session=self._session_id, state=state, detail=detail, at_s=self._room.clock()))
        return True
