"""H.264 in offers."""

from __future__ import annotations

import pytest

from streamsign.webrtc.h264 import answered_fmtp, why_unreadable


@pytest.mark.parametrize(
    "fmtp",
    ["", "profile-level-id=640c1f", "packetization-mode=0;profile-level-id=4d001f", "Profile-Level-ID=42E01F", "x"],
)
def test_what_the_decoder_reads_is_accepted(fmtp: str) -> None:
    """High, Main, Baseline, both modes, and parameters that are missing are read."""
    assert why_unreadable(fmtp) is None


@pytest.mark.parametrize(
    ("fmtp", "words"),
    [
        ("profile-level-id=58001f", "Extended"),
        ("profile-level-id=01001f", "unknown"),
        ("profile-level-id=42", "profile-level-id=42"),
        ("packetization-mode=2", "packetization-mode=2"),
    ],
)
def test_what_it_does_not_read_is_named(fmtp: str, words: str) -> None:
    """A profile without a decoder, a malformed one and the interleaved mode are named."""
    assert words in str(why_unreadable(fmtp))


def test_the_offered_profile_and_mode_are_answered() -> None:
    """Profile and mode come back as offered, the sender's own parameter sets do not."""
    offered = "packetization-mode=0; profile-level-id=640c1f;sprop-parameter-sets=Z0,aO"
    assert answered_fmtp(offered) == "packetization-mode=0;profile-level-id=640c1f"
    assert answered_fmtp("") is None
