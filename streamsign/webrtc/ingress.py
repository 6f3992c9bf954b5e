"""Takes media packets straight from a connection's sockets to their receiver, in the call that read them.

aiortc passes each datagram through a queue to a task that decrypts, parses and routes it; the task's wake-ups and its
chain of coroutines cost more than the decryption. Everything that is not media (STUN, DTLS, RTCP) still takes aiortc's
way, and so does every packet until the keys are there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Protocol

import pylibsrtp
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from streamsign.webrtc.rtp import RtpPacket, parse_rtp

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

DATAGRAM_BYTES = 2048
"""Larger than any packet (SRTP's buffer has 1,500). asyncio would set 256 KiB aside for each, and leave what is kept
of it strewn over the heap."""

_AT_A_TIME = 64
"""Datagrams read before the event loop goes on: a large key frame, and no more of a sender that ends none."""

_RTP_FIRST, _RTCP_TYPES = range(128, 192), range(192, 209)
"""What first and second bytes say (RFC 7983 section 7, RFC 5761 section 4)."""


class PacketReceiver(Protocol):
    """What packets are handed to; every receiver registered with a diverted transport must be one."""

    def take_packet(self, packet: RtpPacket) -> None:
        """Take one of its own packets."""


def abs_send_time_id(parameters: RTCRtpReceiveParameters) -> int | None:
    """The number under which the header extension abs-send-time was negotiated; None when it was not."""
    return next((each.id for each in parameters.headerExtensions if each.uri == ABS_SEND_TIME), None)


def divert(transport: RTCDtlsTransport, send_time_id: int | None) -> None:
    """Have a transport hand media packets to its receivers at once.

    Args:
        transport: its connection is up.
        send_time_id: see :func:`abs_send_time_id`.
    """
    for protocol in transport.transport._connection._protocols:
        protocol.datagram_received = _Tap(transport, send_time_id, protocol)
        with contextlib.suppress(AttributeError):  # another event loop's transport may have no such limit
            protocol.transport.max_size = DATAGRAM_BYTES


class _Tap:
    """Stands in for one socket's ``datagram_received``."""

    def __init__(self, transport: Any, send_time_id: int | None, protocol: Any) -> None:
        self._transport = transport
        self._send_time_id = send_time_id
        self._otherwise: Callable[[bytes, Any], None] = protocol.datagram_received
        # asyncio reads one datagram each time round the loop. The socket itself tells whether there are more; a relay's
        # has none, and then it is one each time.
        self._socket: Any = getattr(protocol.transport.get_extra_info("socket"), "_sock", None)

    def __call__(self, data: bytes, address: Any) -> None:
        for _ in range(_AT_A_TIME):
            if not self._take(data, address) or self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(DATAGRAM_BYTES)
            except OSError:  # most often: there is none yet
                return
        self._take(data, address)

    def _take(self, data: bytes, address: Any) -> bool:
        """Take a datagram; whether it was media of a frame that goes on, which mostly waits in the socket already."""
        srtp = self._transport._rx_srtp
        if srtp is None or len(data) < 2 or data[0] not in _RTP_FIRST or data[1] in _RTCP_TYPES:
            self._otherwise(data, address)
            return False
        try:
            packet = parse_rtp(srtp.unprotect(data), self._send_time_id)
        except (pylibsrtp.Error, ValueError):
            return False  # forged, repeated, malformed or too long: as good as lost
        receiver: PacketReceiver | None = self._transport._rtp_router.route_rtp(packet)
        if receiver is not None:
            receiver.take_packet(packet)
        return not packet.marker
