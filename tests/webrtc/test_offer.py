"""What of an offer is accepted."""

from __future__ import annotations

import contextlib

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from streamsign.errors import OfferError
from streamsign.webrtc.offer import negotiate
from tests.webrtc.offers.table import EXPECTED, FOLDER

ACCEPTED = [name for name, (status, _) in EXPECTED.items() if status == 201]


def _offer(name: str) -> str:
    return (FOLDER / f"{name}.sdp").read_bytes().decode()


@pytest.mark.parametrize("name", ACCEPTED)
def test_aiortc_is_shown_one_session_without_candidates(name: str) -> None:
    """The accepted part parses, shares one ICE identity, and keeps candidates apart: gathering comes first."""
    found = negotiate(_offer(name))
    media = SessionDescription.parse(found.offer).media
    assert len({each.ice.usernameFragment for each in media}) == 1
    assert media[0].ice.usernameFragment in found.ice_ufrags
    assert not any(each.ice_candidates or each.ice_candidates_complete for each in media)
    assert found.candidates.ended == ("a=end-of-candidates" in _offer(name))
    named = {line.strip() for line in _offer(name).splitlines() if line.startswith("a=candidate:")}
    assert {f"a=candidate:{line}" for line in found.candidates.lines} == named


def test_a_bundle_only_section_takes_the_transport_of_the_first(subtests: pytest.Subtests) -> None:
    """Video with port 0 and bundle-only is live, with the ICE and DTLS attributes of the audio, rejected or not."""
    offer = _offer("bundle_only")
    for case, text in {"accepted": offer, "rejected": offer.replace("opus", "vorbis")}.items():
        with subtests.test(case):
            found = negotiate(text)
            video = SessionDescription.parse(found.offer).media[-1]
            assert video.kind == "video"
            assert video.ice.usernameFragment == "uuuu"
            assert video.dtls is not None


def test_port_0_outside_of_a_bundle_is_off() -> None:
    """A video with port 0 is off without bundle-only, and so is one whose bundle it stands alone in."""
    for text in (
        _offer("bundle_only").replace("a=bundle-only\r\n", ""),
        _offer("bundle_only").replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1"),
    ):
        with pytest.raises(OfferError, match="switched off"):
            negotiate(text)


def test_the_second_video_is_read_when_only_it_can_be() -> None:
    """Of two videos the first that can be read is."""
    found = negotiate(_offer("two_videos").replace("VP8/90000", "AV1/90000", 1))
    assert found.video_mid == "1"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("a=ice-pwd", "a=x-pwd", "ice-ufrag and a=ice-pwd"),
        ("a=fingerprint", "a=x-fingerprint", "no a=fingerprint"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "RTP/AVP, without encryption"),
        ("m=video 9", "m=video nine", "cannot be read"),
        ("a=sendonly", "a=inactive", "its video is inactive"),
        ("packetization-mode=1", "packetization-mode=2", "packetization-mode=2"),
        ("profile-level-id=42001f", "profile-level-id=zz", "profile-level-id=zz"),
        ("a=rtpmap:96 H264/90000", "a=x-rtpmap", "no codec that it names"),
    ],
)
def test_a_refusal_names_what_is_wrong(old: str, new: str, words: str) -> None:
    """Each thing that a session needs is named when it is missing, with a next step."""
    with pytest.raises(OfferError, match=words) as refused:
        negotiate(_offer("h264_42001f").replace(old, new))
    assert refused.value.next_step


def test_sections_of_one_name_are_refused() -> None:
    """Two sections with the same identifier are refused with a reason."""
    with pytest.raises(OfferError, match="alike"):
        negotiate(_offer("two_videos").replace("a=mid:1", "a=mid:0"))


@given(st.sampled_from(ACCEPTED), st.data())
def test_a_damaged_offer_is_negotiated_or_refused_in_words(name: str, data: st.DataObject) -> None:
    """An offer with lines removed, repeated or cut short never fails in another way."""
    lines = _offer(name).splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    damage = data.draw(st.sampled_from(["remove", "repeat", "cut"]))
    if damage == "cut":
        lines[index] = lines[index][: data.draw(st.integers(0, len(lines[index])))]
    else:
        lines[index : index + 1] = [] if damage == "remove" else [lines[index]] * 2
    with contextlib.suppress(OfferError):
        assert "m=video 9 " in negotiate("\r\n".join(lines)).offer
