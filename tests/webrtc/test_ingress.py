"""Media packets on their short way from a socket to their receiver."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pylibsrtp
import pytest
from aiortc.rtp import RtpPacket as AnyRtpPacket

from streamsign.webrtc.ingress import DATAGRAM_BYTES, divert
from streamsign.webrtc.rtp import RtpPacket

KEY = bytes(range(30))
STUN, DTLS, RTCP = b"\x00\x01" + b"\0" * 18, b"\x16\xfe\xfd" + b"\0" * 10, b"\x80\xc8" + b"\0" * 26
PEER = ("127.0.0.1", 9)


def _srtp(ssrc_type: int) -> pylibsrtp.Session:
    return pylibsrtp.Session(pylibsrtp.Policy(key=KEY, ssrc_type=ssrc_type))


class Connection:
    """A diverted transport with one socket, and what came out of it."""

    def __init__(self, sock: socket.socket | None) -> None:
        self.sender = _srtp(pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self.taken: list[RtpPacket] = []
        self.otherwise: list[tuple[bytes, Any]] = []
        shown = None if sock is None else SimpleNamespace(_sock=sock)
        self.protocol = SimpleNamespace(
            datagram_received=lambda data, address: self.otherwise.append((data, address)),
            transport=SimpleNamespace(get_extra_info=lambda _name: shown, max_size=1 << 18),
        )
        receiver = SimpleNamespace(take_packet=self.taken.append)
        self.transport: Any = SimpleNamespace(
            _rx_srtp=_srtp(pylibsrtp.Policy.SSRC_ANY_INBOUND),
            _rtp_router=SimpleNamespace(route_rtp=lambda packet: receiver if packet.payload_type == 97 else None),
            transport=SimpleNamespace(_connection=SimpleNamespace(_protocols=[self.protocol])),
        )
        divert(self.transport, None)

    def packet(self, number: int, *, marker: int = 0, payload_type: int = 97) -> bytes:
        """A protected packet."""
        return bytes(self.sender.protect(AnyRtpPacket(payload_type, marker, number, 1, 7, b"abc").serialize()))

    def receive(self, data: bytes) -> None:
        """Deliver a datagram as asyncio does."""
        self.protocol.datagram_received(data, PEER)

    @property
    def numbers(self) -> list[int]:
        """Of the packets that were taken."""
        return [packet.sequence_number for packet in self.taken]


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket to send into, and the one it comes out of."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiving,
    ):
        receiving.bind(("127.0.0.1", 0))
        receiving.setblocking(False)
        sending.connect(receiving.getsockname())
        yield sending, receiving


@pytest.mark.parametrize("data", [STUN, DTLS, RTCP, b"", b"\x80"])
def test_what_is_no_media_goes_aiortc_s_way(data: bytes) -> None:
    """STUN, DTLS, RTCP and stumps are passed on untouched, with their sender's address."""
    connection = Connection(None)
    connection.receive(data)
    assert connection.otherwise == [(data, PEER)]
    assert not connection.taken


def test_media_goes_to_its_receiver() -> None:
    """A packet is decrypted and delivered at once; one without a receiver is dropped."""
    connection = Connection(None)
    connection.receive(connection.packet(1))
    connection.receive(connection.packet(2, payload_type=111))
    assert [packet.payload for packet in connection.taken] == [b"abc"]
    assert not connection.otherwise


def test_before_there_are_keys_media_waits_with_the_rest() -> None:
    """Packets that come before the handshake is done take aiortc's way, which knows what to do with them."""
    connection = Connection(None)
    connection.transport._rx_srtp = None
    connection.receive(connection.packet(1))
    assert len(connection.otherwise) == 1


def test_what_is_forged_or_repeated_is_dropped() -> None:
    """A packet that was changed on its way, one that came before and one that is too long are as good as lost."""
    connection = Connection(None)
    packet = connection.packet(1)
    for data in (packet, packet, connection.packet(2)[:-1] + b"\0", b"\x80\x61" + b"\0" * 1999):
        connection.receive(data)
    assert connection.numbers == [1]
    assert not connection.otherwise


def test_a_frame_that_waits_in_the_socket_is_taken_whole(wire: tuple[socket.socket, socket.socket]) -> None:
    """One call takes all packets up to the frame's last; what follows is left to the next time round the loop."""
    sending, receiving = wire
    connection = Connection(receiving)
    for number in (2, 3, 4, 5):
        sending.send(connection.packet(number, marker=number == 4))
    connection.receive(connection.packet(1))
    assert connection.numbers == [1, 2, 3, 4]
    assert receiving.recv(DATAGRAM_BYTES)


def test_an_empty_socket_ends_the_reading(wire: tuple[socket.socket, socket.socket]) -> None:
    """A frame whose rest has not come yet is not waited for."""
    connection = Connection(wire[1])
    connection.receive(connection.packet(1))
    assert connection.numbers == [1]


def test_others_among_the_media_are_passed_on(wire: tuple[socket.socket, socket.socket]) -> None:
    """A STUN request between two packets keeps the address it came from."""
    sending, receiving = wire
    connection = Connection(receiving)
    sending.send(STUN)
    connection.receive(connection.packet(1))
    assert connection.otherwise == [(STUN, sending.getsockname())]


def test_no_datagram_takes_more_room_than_a_packet() -> None:
    """The event loop's buffer for a datagram has the maximum size of one."""
    assert Connection(None).protocol.transport.max_size == DATAGRAM_BYTES
