"""DTLS handshakes with real peers of both kinds, in both roles."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from aiortc.rtcdtlstransport import RTCCertificate, generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL

from streamsign.webrtc.dtls import Handshake, accept_rsa

GENEROUS_S = 20


class _Peer(RTCCertificate):  # type: ignore[misc]  # aiortc has no types here
    """A peer's certificate with the ciphers of GStreamer's DTLS, or those given."""

    ciphers = b"ALL:!ADH:!LOW:!EXP:!MD5"

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> SSL.Context:
        context: SSL.Context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(self.ciphers)
        return context


async def _shake(key: Any, setup: str, *, ciphers: bytes = _Peer.ciphers, other: str = "") -> tuple[str, Handshake]:
    camera, server = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    certificate = _Peer(key, generate_certificate(key))
    certificate.ciphers = ciphers
    camera._RTCPeerConnection__certificates[:] = [certificate]
    handshake = accept_rsa(server)
    settled = asyncio.Event()

    def note() -> None:
        if server.connectionState in ("connected", "failed"):
            settled.set()

    server.on("connectionstatechange", note)
    camera.addTrack(VideoStreamTrack())
    await camera.setLocalDescription(await camera.createOffer())
    offer = camera.localDescription.sdp.replace("actpass", setup)
    if other:
        offer = "\r\n".join(
            f"a=fingerprint:sha-256 {other}" if line.startswith("a=fingerprint:sha-256") else line
            for line in offer.split("\r\n")
            if not line.startswith(("a=fingerprint:sha-384", "a=fingerprint:sha-512"))
        )
    await server.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await server.setLocalDescription(await server.createAnswer())
    await camera.setRemoteDescription(RTCSessionDescription(server.localDescription.sdp, "answer"))
    async with asyncio.timeout(GENEROUS_S):
        await settled.wait()
    state = str(server.connectionState)
    await camera.close()
    await server.close()
    return state, handshake


@pytest.mark.parametrize("setup", ["active", "passive"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_rsa_and_ecdsa_peers_connect_in_both_roles(kind: str, setup: str) -> None:
    """A camera with either kind of certificate connects as the client and as the server of the handshake."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    state, _ = await _shake(key, setup)
    assert state == "connected"


async def test_a_peer_without_a_common_cipher_is_named() -> None:
    """When no cipher is in common the alert says so."""
    state, handshake = await _shake(ec.generate_private_key(ec.SECP256R1()), "active", ciphers=b"DHE-RSA-AES128-SHA256")
    assert state == "failed"
    assert "no cipher or parameter in common" in handshake.failure


async def test_a_certificate_on_p_224_is_refused() -> None:
    """A certificate on the curve P-224, which FFmpeg with GnuTLS makes, fails the handshake with a named reason."""
    state, handshake = await _shake(ec.generate_private_key(ec.SECP224R1()), "passive")
    assert state == "failed"
    assert "alert" in handshake.failure


async def test_another_certificate_than_the_offered_one_is_named() -> None:
    """A certificate that does not match the offer's fingerprint is named as the reason."""
    other = ":".join(["AB"] * 32)
    state, handshake = await _shake(ec.generate_private_key(ec.SECP256R1()), "passive", other=other)
    assert state == "failed"
    assert "fingerprint" in handshake.failure


def test_a_handshake_that_breaks_off_is_named() -> None:
    """Without an alert and without an end there is still a word for it."""
    assert Handshake().failure == "it broke off"
