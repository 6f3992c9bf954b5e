"""webrtc/feedback.py: the packets that leave, parsed as their receiver parses them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtp import RtcpPacket, RtcpSenderInfo, RtcpSrPacket, unpack_remb_fci

from streamsign.webrtc.feedback import Feedback
from streamsign.webrtc.rtp import RtpPacket

MEDIA_SSRC = 77


class _Wire:
    """Stands at the end of a DTLS transport: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()

    async def _send_rtp(self, data: bytes) -> None:
        for packet in RtcpPacket.parse(data):
            self.sent.put_nowait(packet)


@pytest.fixture
async def peer() -> Any:
    """A peer whose transceiver lends its identity."""
    made = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    made.addTransceiver("video", "recvonly")
    yield made
    await made.close()


async def test_requests_name_the_media_stream(peer: RTCPeerConnection) -> None:
    """NACK, PLI and REMB carry the sender's identity, the media's SSRC and what is requested."""
    transceiver, wire = peer.getTransceivers()[0], _Wire()
    feedback = Feedback(transceiver)
    feedback.start(wire)
    feedback.request_packets(MEDIA_SSRC, [5, 6, 40])
    feedback.request_key_frame(MEDIA_SSRC)
    feedback.limit_bitrate(1_000_000, [MEDIA_SSRC])
    async with asyncio.timeout(10):
        nack, pli, remb = [await wire.sent.get() for _ in range(3)]
    await feedback.stop()
    assert {packet.ssrc for packet in (nack, pli, remb)} == {transceiver.sender._ssrc}
    assert (nack.media_ssrc, nack.lost) == (MEDIA_SSRC, [5, 6, 40])
    assert (pli.fmt, pli.media_ssrc) == (1, MEDIA_SSRC)
    assert unpack_remb_fci(remb.fci) == (pytest.approx(1_000_000, rel=0.01), [MEDIA_SSRC])


async def test_reports_count_packets_and_refer_to_the_sender_s(peer: RTCPeerConnection) -> None:
    """A receiver report has the highest sequence number, and the middle of the sender report's NTP timestamp."""
    wire = _Wire()
    feedback = Feedback(peer.getTransceivers()[0])
    for sequence_number in (9, 10):
        feedback.count(RtpPacket(96, 0, sequence_number, 3000, MEDIA_SSRC, b"x", 1, None), 90_000)
    info = RtcpSenderInfo(ntp_timestamp=0x1234_5678_9ABC_DEF0, rtp_timestamp=5, packet_count=2, octet_count=2)
    report = feedback.take_report(RtcpSrPacket(ssrc=MEDIA_SSRC, sender_info=info))
    assert (report.ntp_timestamp, report.rtp_timestamp) == (info.ntp_timestamp, 5)
    feedback.start(wire)
    async with asyncio.timeout(10):
        block = (await wire.sent.get()).reports[0]
    await feedback.stop()
    assert (block.ssrc, block.highest_sequence, block.lsr) == (MEDIA_SSRC, 10, 0x5678_9ABC)
    assert block.dlsr > 0


async def test_reports_of_many_streams_are_split(peer: RTCPeerConnection) -> None:
    """A packet has 31 blocks at most; the reports of 70 streams take three packets, which name every stream."""
    wire = _Wire()
    feedback = Feedback(peer.getTransceivers()[0])
    for ssrc in range(70):
        feedback.count(RtpPacket(96, 0, 1, 3000, ssrc, b"x", 1, None), 90_000)
    feedback.start(wire)
    async with asyncio.timeout(10):
        reports = [(await wire.sent.get()).reports for _ in range(3)]
    await feedback.stop()
    assert [len(blocks) for blocks in reports] == [31, 31, 8]
    assert {block.ssrc for blocks in reports for block in blocks} == set(range(70))
