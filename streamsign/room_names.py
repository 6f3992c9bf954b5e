"""Valid names of rooms."""

from __future__ import annotations

import re

ROOM_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names of rooms."""
