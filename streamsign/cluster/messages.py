"""What gateways and workers send each other over NATS, as JSON.

Processes of two releases may work together: unknown fields are ignored, and a field that a later release adds has a
default. A message that cannot be read at all is answered, or passed over, as one from a peer that is not there.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from streamsign import __version__


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
    """The message in a payload; None if it is not one of this kind."""
    try:
        return kind.model_validate_json(payload)
    except ValidationError:
        return None
