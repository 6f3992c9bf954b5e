"""webrtc/unreadable_line.py: the line that is named in an error."""

from __future__ import annotations

import pytest

from streamsign.webrtc.unreadable_line import first_unreadable_line

_OFFER = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=rtpmap:96 VP8/90000",
]


@pytest.mark.parametrize(
    "line", ["a=rtpmap:x VP8/90000", "a=rtpmap:96", "a=extmap:x urn:y", "a=ssrc:x cname:y", "a=sctp-port:x"]
)
@pytest.mark.parametrize("place", [6, 7, 8])
def test_the_malformed_line_is_found(line: str, place: int) -> None:
    """Wherever it is in its section; a text without one, or an empty one, has none."""
    assert first_unreadable_line("\r\n".join([*_OFFER[:place], line, *_OFFER[place:]])) == line
    assert first_unreadable_line("\r\n".join(_OFFER)) is None
    assert first_unreadable_line("") is None
