"""What gateways and workers send each other over NATS, as JSON.

Processes of two releases may work together: unknown fields are ignored, and a field that a later release adds has a
default. A message that cannot be read is ignored; an offer that cannot be read is left to another worker.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streamsign import __version__
from streamsign.captions.events import Edit, Letter, Partial, Status


class Part(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A message. ``release`` is that of its sender."""

    release: str = __version__

    def encoded(self) -> bytes:
        """The message as it is sent."""
        return self.model_dump_json().encode()


Sent = TypeVar("Sent", bound=Message)


def read(kind: type[Sent], payload: bytes) -> Sent | None:
    """The message in a payload; None if it is not a valid message of this kind."""
    try:
        return kind.model_validate_json(payload, extra="ignore")  # also in the events, which have no unknown fields
    except ValidationError:
        return None


class StoredEvents(Message):
    """One message of the log: events of a room that were written together, in order."""

    events: list[Letter | Edit] = Field(min_length=1)

    def encoded(self) -> bytes:
        """The message as it is stored; the times between stamps follow from the stamps."""
        return self.model_dump_json(exclude={"events": {"__all__": {"stages_ms"}}}).encode()


class Moment(Message):
    """What only matters now, from one process to those that have the room open."""

    sender: str
    log_id: str = Field(default="", description="the log that the sender has")
    last_seq: int = Field(default=0, description="number of the newest event that the sender has")
    partial: Partial | None = None
    statuses: list[Status] = Field(default=[], description="of cameras of the sender; changed ones, or all of them")
    deleted: bool = Field(default=False, description="whether the text was just deleted; log_id is that of the new log")
