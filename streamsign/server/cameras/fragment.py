"""Trickle ICE fragments (RFC 8840), as WHIP clients send them."""

from __future__ import annotations


def parse_fragment(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """Parse a fragment.

    Returns:
        The ICE user fragment, None if it is missing, and the (mid, candidate) pairs.
    """
    ufrag: str | None = None
    mid = "0"
    candidates = []
    for line in text.splitlines():
        if line.startswith("a=ice-ufrag:"):
            ufrag = line.removeprefix("a=ice-ufrag:").strip()
        elif line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:").strip()
        elif line.startswith("a=candidate:"):
            candidates.append((mid, line.removeprefix("a=").strip()))
    return ufrag, candidates
