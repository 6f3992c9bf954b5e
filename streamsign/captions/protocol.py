"""Names that both ends of the caption protocol use. The messages are in :mod:`streamsign.captions.events`."""

from __future__ import annotations

SUBPROTOCOL = "streamsign.v2"
"""WebSocket subprotocol of the captions (RFC 6455, section 1.9)."""

BAD_QUERY, UNAUTHORIZED, NO_SUCH_ROOM, BEHIND, TOO_MANY = 4400, 4401, 4404, 4408, 4429
"""Close codes of the captions' WebSocket, made after their HTTP namesakes.

TOO_MANY stands for messages, connections and viewers alike; the reason says which."""

TOO_BIG, GOING_AWAY, NOT_TEXT, TRY_AGAIN = 1009, 1001, 1007, 1013
"""Close codes of RFC 6455, section 7.4.1, and of IANA's registry of websocket close codes."""

LETTERS_CHANNEL = "letters"
"""Label of the data channel on which the server sends the room's events to a camera."""

CLOCK_CHANNEL = "clock"
"""Label of the data channel for clock exchange: unordered and without retransmission."""

PRACTICE_PREFIX = "practice-"
"""Beginning of the names of practice rooms, whose text is neither stored nor listed."""


def is_practice(name: str) -> bool:
    """Whether a room is for practice: its text stays in memory, and no list names it."""
    return name.startswith(PRACTICE_PREFIX)
