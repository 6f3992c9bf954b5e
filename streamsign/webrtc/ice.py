"""STUN and TURN servers with short-lived credentials, and addresses of candidates."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import SessionDescription

MAX_CANDIDATES = 32
"""Candidates of one session; a phone with two radios and a relay has about ten."""

CREDENTIAL_LIFE_S = 3600
"""Lifetime of a credential. A relay checks it when a camera connects; a camera that reconnects gets a new one."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """One STUN or TURN server, with the credentials for a relay."""

    url: str
    username: str | None = None
    credential: str | None = None

    def link(self) -> str:
        """The server as a value of the Link header (RFC 9725, section 4.6)."""
        parts = [f"<{self.url}>", 'rel="ice-server"']
        if self.username is not None:
            parts += [f'username="{self.username}"', f'credential="{self.credential}"', 'credential-type="password"']
        return "; ".join(parts)


class IceServers:
    """The STUN and TURN servers of all camera sessions.

    With a secret, every session gets its own user name and password for the relays: the user name is the expiry in Unix
    time and the session's name, the password is base64(HMAC-SHA1(secret, user name)), as in
    draft-uberti-behave-turn-rest-00, section 2.2. coturn checks it with ``use-auth-secret``. Neither side stores it.

    Args:
        urls: ``stun:``, ``turn:`` or ``turns:`` URLs.
        secret: shared with the relays; None for relays without credentials.
        clock: Unix seconds.
    """

    def __init__(self, urls: Sequence[str], secret: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self._urls = tuple(urls)
        self._secret = secret
        self._clock = clock

    def for_session(self, session_id: str) -> tuple[IceServer, ...]:
        """The servers with credentials for one session."""
        if self._secret is None:
            return tuple(IceServer(url) for url in self._urls)
        username = f"{int(self._clock()) + CREDENTIAL_LIFE_S}:{session_id}"
        digest = hmac.new(self._secret.encode(), username.encode(), hashlib.sha1).digest()
        credential = base64.b64encode(digest).decode()
        return tuple(
            IceServer(url, username, credential) if url.startswith("turn") else IceServer(url) for url in self._urls
        )


def leads_to_a_camera(address: str, port: int) -> bool:
    """Whether a candidate may be checked. A check sends packets to it, which must not be misused against other hosts.

    Loopback, multicast and unspecified addresses are rejected. ``.local`` names are those of browsers (RFC 8828).
    """
    if not 0 < port < 65_536:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address.endswith(".local") and len(address) <= 253
    return not (ip.is_loopback or ip.is_multicast or ip.is_unspecified or ip.is_reserved)


def advertise(sdp: str, address: str) -> str:
    """An answer whose host candidates have a given address in place of this computer's own.

    For a server behind one-to-one NAT or in a container, whose own address others cannot reach. Ports are kept, and
    candidates that become equal are merged.

    Args:
        sdp: the answer.
        address: IP address that reaches this server.
    """
    description = SessionDescription.parse(sdp)
    for media in description.media:
        kept: dict[tuple[str, int, str, int], RTCIceCandidate] = {}
        for candidate in media.ice_candidates:
            if candidate.type == "host":
                candidate.ip = address
            kept.setdefault((candidate.ip, candidate.port, candidate.protocol, candidate.component), candidate)
        media.ice_candidates = list(kept.values())
        media.host = address
    return str(description)
