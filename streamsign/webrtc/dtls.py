"""The DTLS handshake: with RSA and ECDSA peers, and a name for what goes wrong in it."""

from __future__ import annotations

from typing import Any

from aiortc import RTCPeerConnection
from aiortc.rtcdtlstransport import RTCCertificate
from OpenSSL import SSL

CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
    for key in ("ECDSA", "RSA")
).encode()
"""aiortc 1.16 names those with ECDSA only, and so cannot be the client of a server with an RSA certificate, such as
GStreamer's. RFC 8827 section 6.5 requires the first; the others are what browsers offer."""

_ALERTS = {
    10: "unexpected message",
    20: "bad record",
    40: "handshake failure: no cipher or parameter in common",
    42: "bad certificate",
    43: "unsupported certificate",
    46: "certificate unknown",
    47: "illegal parameter",
    48: "unknown certificate authority",
    50: "decode error",
    51: "decrypt error",
    70: "protocol version not supported",
    71: "insufficient security",
    80: "internal error",
}
"""Alert descriptions (RFC 5246 section 7.2)."""

_ALERT, _READ, _DONE = 0x4000, 0x04, 0x20
"""OpenSSL's SSL_CB_ALERT, SSL_CB_READ and SSL_CB_HANDSHAKE_DONE."""


class Handshake:
    """How the DTLS handshake of one connection goes."""

    def __init__(self) -> None:
        self._alert: tuple[str, int] | None = None
        self._done = False

    @property
    def failure(self) -> str:
        """Why it failed, in words; call it once it has."""
        if self._alert is not None:
            side, number = self._alert
            return f"{side} sent the alert '{_ALERTS.get(number, str(number))}'"
        if self._done:
            return "the certificate is not the one whose fingerprint the offer names"
        return "it broke off"

    def note(self, _connection: SSL.Connection, where: int, value: int) -> None:
        """Take OpenSSL's report of a step."""
        if where & _ALERT and value >> 8 == 2:  # fatal
            self._alert = ("the camera" if where & _READ else "this server", value & 0xFF)
        elif where & _DONE:
            self._done = True


class _Certificate(RTCCertificate):  # type: ignore[misc]  # aiortc's is untyped here
    """An ECDSA certificate whose handshakes take RSA peers too."""

    handshake: Handshake

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> SSL.Context:
        context: SSL.Context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(CIPHERS)
        context.set_info_callback(self.handshake.note)
        return context


def accept_rsa(peer: RTCPeerConnection) -> Handshake:
    """Have a new peer connection shake hands with RSA peers too; what is to be known of its handshake.

    To be called before the connection has a transport.
    """
    handshake = Handshake()
    # RTCConfiguration has no field for certificates. Another aiortc may keep them elsewhere, and then uses its own.
    certificates = getattr(peer, "_RTCPeerConnection__certificates", None)
    if isinstance(certificates, list):
        certificate = _Certificate.generateCertificate()
        certificate.handshake = handshake
        certificates[:] = [certificate]
    return handshake
