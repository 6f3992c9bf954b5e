"""Passes media packets from a connection's sockets to their receiver in the call that reads them.

aiortc passes each datagram through a queue to a task that decrypts, parses and routes it. Waking the task and its chain
of coroutines take longer than the decryption. All other packets (STUN, DTLS, RTCP), and all packets until the keys are
known, still go through aiortc.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Protocol

import pylibsrtp
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from streamsign.webrtc.rtp import RtpPacket, parse_rtp
from streamsign.webrtc.ssrc_limit import SsrcLimit

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

DATAGRAM_BYTES = 2048
"""Larger than any packet (SRTP's buffer has 1,500 bytes). asyncio would allocate 256 KiB for each datagram, which
fragments the heap."""

_AT_A_TIME = 64
"""Datagrams read before control returns to the event loop: as many as a large key frame has."""

_RTP_FIRST, _RTCP_TYPES = range(128, 192), range(192, 209)
"""Values of the first and the second byte (RFC 7983 section 7, RFC 5761 section 4)."""

_RTP_SSRC, _RTCP_SSRC = slice(8, 12), slice(4, 8)
"""Bytes that hold the SSRC, which SRTP does not encrypt (RFC 3711 sections 3.1 and 3.4)."""


class PacketReceiver(Protocol):
    """A receiver of packets. Every receiver that is registered with a diverted transport must be one."""

    def take_packet(self, packet: RtpPacket) -> None:
        """Take a packet of this receiver's streams."""


def abs_send_time_id(parameters: RTCRtpReceiveParameters) -> int | None:
    """The negotiated number of the header extension abs-send-time; None if it was not negotiated."""
    return next((each.id for each in parameters.headerExtensions if each.uri == ABS_SEND_TIME), None)


def divert(transport: RTCDtlsTransport, send_time_id: int | None) -> None:
    """Make a transport pass media packets directly to its receivers.

    Args:
        transport: with an established connection.
        send_time_id: see :func:`abs_send_time_id`.
    """
    limit = SsrcLimit()
    for protocol in transport.transport._connection._protocols:
        protocol.datagram_received = _Tap(transport, send_time_id, protocol, limit)
        with contextlib.suppress(AttributeError):  # transports of other event loops may not have this limit
            protocol.transport.max_size = DATAGRAM_BYTES


class _Tap:
    """Replaces the ``datagram_received`` of one socket."""

    def __init__(self, transport: Any, send_time_id: int | None, protocol: Any, limit: SsrcLimit) -> None:
        self._transport = transport
        self._limit = limit
        self._send_time_id = send_time_id
        self._otherwise: Callable[[bytes, Any], None] = protocol.datagram_received
        # asyncio reads one datagram per iteration of the loop. Reading the socket itself finds the others; a relayed
        # connection has no socket of its own.
        self._socket: Any = getattr(protocol.transport.get_extra_info("socket"), "_sock", None)

    def __call__(self, data: bytes, address: Any) -> None:
        for _ in range(_AT_A_TIME):
            if not self._take(data, address) or self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(DATAGRAM_BYTES)
            except OSError:  # mostly: no datagram is waiting
                return
        self._take(data, address)

    def _take(self, data: bytes, address: Any) -> bool:
        """Take a datagram; True if it was media and not the last packet of its frame, so that more probably wait."""
        srtp = self._transport._rx_srtp
        if srtp is None or len(data) < 2 or data[0] not in _RTP_FIRST:
            self._otherwise(data, address)
            return False
        if data[1] in _RTCP_TYPES:
            if self._limit.allows_report(int.from_bytes(data[_RTCP_SSRC], "big")):
                self._otherwise(data, address)
            return False
        ssrc = int.from_bytes(data[_RTP_SSRC], "big")
        if not self._limit.allows(ssrc):
            return False
        try:
            decrypted = srtp.unprotect(data)
            self._limit.add(ssrc)
            packet = parse_rtp(decrypted, self._send_time_id)
        except (pylibsrtp.Error, ValueError):
            return False  # forged, repeated, malformed or too long: counts as lost
        receiver: PacketReceiver | None = self._transport._rtp_router.route_rtp(packet)
        if receiver is not None:
            receiver.take_packet(packet)
        return not packet.marker
