"""SDP as text."""

from __future__ import annotations

import pytest

from streamsign.webrtc.sdp import Section, bundle_of, join_sdp, split_sdp

TEXT = "v=0\na=group:LS 0\na=group:BUNDLE 0 1\n\nm=audio 9/2 RTP/SAVPF 0 111\na=rtpmap:111 opus/48000/2\na=rtcp-mux\n"


def test_sections_and_their_attributes_are_found() -> None:
    """Session lines, ports with a count, formats, flags and static payload types are read with any line ends."""
    session, (audio,) = split_sdp(TEXT)
    assert bundle_of(session) == ["0", "1"]
    assert (audio.kind, audio.port, audio.formats) == ("audio", 9, ["0", "111"])
    assert [audio.codec(number) for number in ("0", "111", "5")] == ["PCMU", "OPUS", ""]
    assert audio.has("rtcp-mux")
    assert not audio.has("rtcp")
    assert audio.direction is None


def test_a_text_is_joined_as_it_was_split() -> None:
    """Lines come back in order, each ended as RFC 8866 asks."""
    session, sections = split_sdp(TEXT)
    assert join_sdp(session, [section.lines for section in sections]) == TEXT.replace("\n\n", "\n").replace(
        "\n", "\r\n"
    )


@pytest.mark.parametrize("line", ["m=video", "m=video 9 RTP", "m=video nine RTP 96", "m=video 70000 RTP 96"])
def test_a_malformed_media_line_is_an_error(line: str) -> None:
    """A media line without port, protocol or format is a ValueError."""
    with pytest.raises(ValueError, match=r"is not a media line|the port of '.*' is not a number"):
        Section([line])
