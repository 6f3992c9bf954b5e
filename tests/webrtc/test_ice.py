"""webrtc/ice.py: a relay's credentials, and the address that answers name."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.sdp import SessionDescription

from streamsign.webrtc.ice import CREDENTIAL_LIFE_S, IceServer, IceServers, advertise

STUN, TURN = "stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp"


def test_each_session_gets_a_relay_credential_of_its_own() -> None:
    """The name says when it ends, the password is its HMAC-SHA1 under the shared secret; STUN asks for nothing."""
    servers = IceServers([STUN, TURN], "shared", clock=lambda: 1_000.7)
    stun, relay = servers.for_session("ab12")
    assert stun == IceServer(STUN)
    assert relay.username == f"{1000 + CREDENTIAL_LIFE_S}:ab12"
    password = hmac.new(b"shared", relay.username.encode(), hashlib.sha1).digest()
    assert relay.credential == base64.b64encode(password).decode()
    assert servers.for_session("cd34")[1].credential != relay.credential


def test_without_a_secret_there_are_only_addresses() -> None:
    """A relay that asks for nothing is named without a credential."""
    assert IceServers([TURN]).for_session("ab12") == (IceServer(TURN),)


def test_link_is_spelled_as_the_standard_has_it() -> None:
    """URL, relation, and the credential only where there is one."""
    assert IceServer(STUN).link() == f'<{STUN}>; rel="ice-server"'
    assert IceServer(TURN, "u", "p+/=").link() == (
        f'<{TURN}>; rel="ice-server"; username="u"; credential="p+/="; credential-type="password"'
    )


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
async def test_an_answer_names_the_advertised_address_alone(address: str) -> None:
    """Whatever interfaces this machine has, every candidate is that address, each port stays, and none comes twice."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video", direction="recvonly")
    peer.createDataChannel("letters")
    await peer.setLocalDescription(await peer.createOffer())
    own = peer.localDescription.sdp
    found = SessionDescription.parse(advertise(own, address))
    for media, before in zip(found.media, SessionDescription.parse(own).media, strict=True):
        ports = [candidate.port for candidate in media.ice_candidates]
        assert {candidate.ip for candidate in media.ice_candidates} == {address} == {media.host}
        assert set(ports) == {candidate.port for candidate in before.ice_candidates}
        assert len(ports) == len(set(ports))
        assert media.ice.usernameFragment == before.ice.usernameFragment
        assert media.dtls is not None
    await peer.close()
