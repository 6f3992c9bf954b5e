"""Names that both ends of the caption protocol use. The messages are in :mod:`streamsign.captions.events`."""

from __future__ import annotations

import re

SUBPROTOCOL = "streamsign.v2"
"""WebSocket subprotocol of the captions (RFC 6455, section 1.9)."""

BAD_QUERY, UNAUTHORIZED, NO_SUCH_ROOM, BEHIND = 4400, 4401, 4404, 4408
"""Close codes of the captions' WebSocket, made after their HTTP namesakes."""

LETTERS_CHANNEL = "letters"
"""Label of the data channel on which the server sends the room's events to a camera."""

CLOCK_CHANNEL = "clock"
"""Label of the data channel for clock exchange: unordered and without retransmission."""

ROOM_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names of rooms."""
