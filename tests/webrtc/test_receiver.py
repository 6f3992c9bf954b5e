"""The receiver between real aiortc peers, over a path that delays and loses packets."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av import VideoFrame

from benchmarks import timecode
from benchmarks.path import Conditions, NetworkPath
from streamsign.luma import luma_of
from streamsign.webrtc.decoder import RTP_CLOCK, DecodedFrame
from streamsign.webrtc.feedback import SenderReport
from streamsign.webrtc.jitter import UNKNOWN_RTT_S, EncodedFrame
from streamsign.webrtc.receiver import LowLatencyReceiver, install
from streamsign.webrtc.ssrc_limit import MAX_SSRCS

GENEROUS_S = 60
FPS = 30
CLEAN = Conditions()


class NumberedCamera(MediaStreamTrack):  # type: ignore[misc]
    """Noise, so that a frame takes many packets, under a time code that counts the frames from 1."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._noise = np.random.default_rng(1).integers(60, 190, (240 * 3 // 2, 320), np.uint8)

    async def recv(self) -> VideoFrame:
        """The next frame, when it is due."""
        await asyncio.sleep(1 / FPS)
        self._count += 1
        planes = np.roll(self._noise, self._count * 7, axis=1)
        timecode.paint(planes[:240], self._count)
        picture = VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts, picture.time_base = self._count * 90_000 // FPS, RTP_CLOCK
        return picture


class Seen:
    """Numbers on the pictures that came; None for a broken one. Decodes as the reader does, one batch at a time."""

    def __init__(self) -> None:
        self.receiver: LowLatencyReceiver | None = None
        self.camera: RTCPeerConnection | None = None
        self.numbers: list[int | None] = []
        self.reports: list[SenderReport] = []
        self._awake = asyncio.Event()
        self._came = asyncio.Event()

    def wake(self) -> None:
        """There is a frame."""
        self._awake.set()

    async def decode(self) -> None:
        """Take pictures until canceled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            assert self.receiver is not None
            picture = await asyncio.to_thread(self.receiver.newest)
            if picture is not None:
                self._note(picture)

    def _note(self, picture: DecodedFrame) -> None:
        self.numbers.append(timecode.read(luma_of(picture.image)[0]))
        assert picture.first_packet_s <= picture.complete_s <= picture.taken_s <= picture.decoded_s
        self._came.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for pictures until ``done()``. A slow computer shows few; only none for a minute is a failure."""
        while not done():
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), GENEROUS_S)
            except TimeoutError:
                pytest.fail(f"no picture for {GENEROUS_S} s after {self.numbers}: {self._statistics()}")

    def _statistics(self) -> object:
        return None if self.receiver is None else self.receiver.statistics()


@asynccontextmanager
async def receiving(
    conditions: Conditions, seen: Seen, codec: str = "VP8"
) -> AsyncIterator[tuple[LowLatencyReceiver, NetworkPath]]:
    """A camera's pictures come to ``seen`` by way of our receiver."""
    decoding = asyncio.ensure_future(seen.decode())
    camera, server = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    with NetworkPath(conditions) as path:
        try:
            seen.camera = camera
            camera.addTrack(NumberedCamera())
            known = RTCRtpSender.getCapabilities("video").codecs
            wanted = (f"video/{codec}", "video/rtx")
            camera.getTransceivers()[0].setCodecPreferences([one for one in known if one.mimeType in wanted])
            await camera.setLocalDescription(await camera.createOffer())
            await server.setRemoteDescription(RTCSessionDescription(path.offer(camera.localDescription.sdp), "offer"))
            receiver = install(server.getTransceivers()[0], seen.wake, on_report=seen.reports.append)
            seen.receiver = receiver
            await server.setLocalDescription(await server.createAnswer())
            answer = RTCSessionDescription(path.answer(server.localDescription.sdp), "answer")
            await camera.setRemoteDescription(answer)
            yield receiver, path
        finally:
            await asyncio.gather(camera.close(), server.close())
            decoding.cancel()
            await asyncio.gather(decoding, return_exceptions=True)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_ten_percent_loss_shows_no_broken_picture(codec: str) -> None:
    """With every tenth packet lost each way all pictures shown are whole and in order, and lost packets come back."""
    seen = Seen()
    async with receiving(Conditions(loss=0.1, rtt_s=0.01, seed=3), seen, codec) as (receiver, _):
        await seen.until(lambda: receiver.statistics()[0].frames >= 60 and receiver.statistics()[0].recovered > 0)
        jitter, _ = receiver.statistics()
    assert None not in seen.numbers
    assert sorted(set(seen.numbers), key=int) == seen.numbers  # type: ignore[arg-type]
    assert jitter.recovered > 0
    assert len(seen.numbers) > 1


async def test_a_lost_packet_and_its_lost_nack_stop_nothing() -> None:
    """When a packet and the first NACK for it are lost it is asked for again, and comes."""
    seen = Seen()
    async with receiving(CLEAN, seen) as (receiver, path):
        await seen.until(lambda: len(seen.numbers) >= 5)
        before = receiver.statistics()[0].recovered
        path.lose_one_and_its_nack()
        await seen.until(lambda: receiver.statistics()[0].recovered > before)
        count = len(seen.numbers)
        await seen.until(lambda: len(seen.numbers) > count)
    assert None not in seen.numbers


async def test_a_failed_decoder_gets_a_key_frame() -> None:
    """After a decoding error a key frame is asked for, and the pictures go on."""
    seen = Seen()
    async with receiving(CLEAN, seen) as (receiver, _):
        await seen.until(lambda: len(seen.numbers) >= 3)
        receiver._decoder.put("VP8", EncodedFrame(b"\0" * 5, 1, False, 97, 0.0, 0.0))
        seen.wake()
        await seen.until(lambda: receiver.statistics()[0].plis > 0)
        count = len(seen.numbers)
        await seen.until(lambda: len(seen.numbers) > count + 3)
    assert None not in seen.numbers


async def test_the_round_trip_is_measured() -> None:
    """ICE reports the round trip, which is not shorter than that of the path."""
    seen = Seen()
    async with receiving(Conditions(rtt_s=0.03), seen) as (receiver, _):
        assert receiver.rtt_s == UNKNOWN_RTT_S
        await seen.until(lambda: receiver.rtt_s != UNKNOWN_RTT_S)
        assert receiver.rtt_s >= 0.03


async def test_sender_reports_are_passed_on() -> None:
    """The sender's clock reports are passed to the callback."""
    seen = Seen()
    async with receiving(CLEAN, seen):
        await seen.until(lambda: len(seen.reports) > 0)
    assert seen.reports[0].ntp_timestamp >> 32 > 0


async def test_stopping_leaves_nothing_behind() -> None:
    """When the peers have closed no task is left, and no thread but those of the pool."""
    seen = Seen()
    tasks, threads = len(asyncio.all_tasks()), set(threading.enumerate())  # those of earlier tests may still end
    async with receiving(CLEAN, seen):
        await seen.until(lambda: len(seen.numbers) >= 1)
    async with asyncio.timeout(GENEROUS_S):
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110 - aiortc has no event for the end of its tasks
            await asyncio.sleep(0.05)
    assert {thread.name.partition("_")[0] for thread in set(threading.enumerate()) - threads} <= {"asyncio"}


async def test_a_new_stream_with_each_packet_costs_nothing() -> None:
    """Two thousand SSRCs leave 32 streams behind, receiver reports are sent, and the pictures continue."""
    seen = Seen()
    async with receiving(CLEAN, seen) as (receiver, _):
        await seen.until(lambda: len(seen.numbers) >= 5)
        assert seen.camera is not None
        sender, transport = seen.camera.getSenders()[0].transport, receiver._transceiver.receiver.transport
        kind = 0x80 | next(number for number, codec in receiver._codecs.items() if codec.name == "VP8")
        for number in range(2000):
            header = struct.pack("!BBHLL", 0x80, kind, number, number * 3000, 0x10000 + number * 7919)
            await sender._send_rtp(header + bytes(20))
        count = len(seen.numbers)
        await seen.until(lambda: len(seen.numbers) > count + 40)
        assert len(transport._rtp_router.ssrc_table) <= MAX_SSRCS + 2  # the offer's are there before
        assert len(receiver._feedback._streams) <= MAX_SSRCS
    assert None not in seen.numbers


async def test_a_receiver_that_never_started_stops() -> None:
    """Ending a connection that never came up waits for nothing."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    receiver = install(peer.addTransceiver("video"), lambda: None)
    await peer.close()
    assert receiver.statistics()[0].frames == 0
