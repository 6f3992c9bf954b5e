"""Finds the first SDP line that aiortc cannot parse."""

from __future__ import annotations

import bisect

from aiortc.sdp import SessionDescription

_HEAD = 4  # lines that every text begins with: v=, o=, s=, t=


def first_unreadable_line(sdp: str) -> str | None:
    """The first line with which aiortc's parser fails; None if it parses the text.

    Args:
        sdp: lines as :func:`streamsign.webrtc.sdp.join_sdp` writes them.
    """
    if not sdp or _parses(lines := sdp.splitlines()):
        return None
    # A text fails from its first malformed line on.
    first = bisect.bisect_left(range(_HEAD, len(lines)), True, key=lambda last: not _parses(lines[: last + 1]))
    return lines[min(_HEAD + first, len(lines) - 1)]


def _parses(lines: list[str]) -> bool:
    try:
        SessionDescription.parse("".join(f"{line}\r\n" for line in lines))
    except Exception:  # its parser raises any error: KeyError, AssertionError, …
        return False
    return True
