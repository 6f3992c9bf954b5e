"""Limits the streams of one connection, so that a sender cannot make the server keep state for ever more of them."""

from __future__ import annotations

MAX_SSRCS = 32
"""Streams of a connection, each identified by its SSRC (RFC 3550 section 8). Three simulcast layers with their
retransmissions and audio are 7; every change of a sender's SSRC adds one. SRTP, routing and receiver reports keep state
for each."""


class SsrcLimit:
    """The SSRCs that a connection may use: the first :data:`MAX_SSRCS` with an authentic packet."""

    def __init__(self) -> None:
        self._media: set[int] = set()
        self._reporters: set[int] = set()

    def allows(self, ssrc: int) -> bool:
        """Whether a media packet may be decrypted. Decrypting creates the state of its stream."""
        return ssrc in self._media or len(self._media) < MAX_SSRCS

    def add(self, ssrc: int) -> None:
        """Count the SSRC of a media packet that was authentic; a forged one must not use up the limit."""
        self._media.add(ssrc)

    def allows_report(self, ssrc: int) -> bool:
        """Whether an RTCP packet is passed on. It is counted before it is known to be authentic.

        Reports of the media streams always pass, so that forged ones cannot displace them.
        """
        if ssrc in self._media or ssrc in self._reporters:
            return True
        if len(self._reporters) >= MAX_SSRCS:
            return False
        self._reporters.add(ssrc)
        return True
