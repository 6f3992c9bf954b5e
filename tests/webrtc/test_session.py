"""A camera's session over real loopback WebRTC, without HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.rtcsctptransport import DataChunk

from streamsign.captions.hub import Room
from streamsign.errors import OfferError
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.model import load_model
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.track import HandChoice
from streamsign.webrtc.session import MAX_CHANNELS, CameraSession

GENEROUS_S = 30


def _session(room: Room, executor: ThreadPoolExecutor, **options: float) -> CameraSession:
    recognizer = Recognizer(load_model("celov"))
    return CameraSession("s1", room, recognizer, executor, observe=lambda _stage, _ms: None, **options)  # type: ignore[arg-type]


async def _connect(session: CameraSession, *, codec: str | None = None, audio: bool = False) -> RTCPeerConnection:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    if audio:
        peer.addTrack(AudioStreamTrack())
    sender = peer.addTrack(VideoStreamTrack())
    if codec:
        known = RTCRtpSender.getCapabilities("video").codecs
        mine = next(one for one in peer.getTransceivers() if one.sender is sender)
        mine.setCodecPreferences([one for one in known if one.mimeType == codec])
    await peer.setLocalDescription(await peer.createOffer())
    answer = await session.answer(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return peer


async def _states(room: Room, last: str) -> list[str]:
    """The reported states up to ``last``."""
    seen: list[str] = []
    async with asyncio.timeout(GENEROUS_S), room.subscribe() as events:
        async for event in events:
            if event.type == "status":
                seen.append(event.state)
                if event.state == last:
                    break
    return seen


async def test_h264_alone_is_received(room: Room, executor: ThreadPoolExecutor) -> None:
    """An offer with H264 only is answered and its pictures arrive."""
    session = _session(room, executor)
    live = asyncio.ensure_future(_states(room, "live"))
    peer = await _connect(session, codec="video/H264")
    assert "live" in await live
    assert "VP8" not in peer.remoteDescription.sdp
    await peer.close()
    await session.close()


async def test_another_aiortc_still_receives(
    room: Room, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an aiortc our receiver was not written for, pictures come through aiortc's own."""
    monkeypatch.setattr("streamsign.webrtc.session.why_stock", lambda: "another version")
    session = _session(room, executor)
    live = asyncio.ensure_future(_states(room, "live"))
    peer = await _connect(session)
    assert "live" in await live
    assert session.frames_replaced >= 0
    await peer.close()
    await session.close()


async def test_silence_is_told_then_ends_the_session(room: Room, executor: ThreadPoolExecutor) -> None:
    """A camera whose video stops is reported as stalled, then as closed, and the session ends."""
    session = _session(room, executor, stall_after_s=0.5, close_after_s=1.5)
    live = asyncio.ensure_future(_states(room, "live"))
    closed = asyncio.ensure_future(_states(room, "closed"))
    peer = await _connect(session)
    await live
    for sender in peer.getSenders():
        sender.replaceTrack(None)
    assert (await closed)[-2:] == ["stalled", "closed"]
    await asyncio.wait_for(session.closed.wait(), GENEROUS_S)
    await peer.close()


async def test_a_track_that_is_taken_away_and_put_back_is_read_on(room: Room, executor: ThreadPoolExecutor) -> None:
    """While a camera has no track its session stays as stalled, and another track makes it live again."""
    session = _session(room, executor, stall_after_s=0.5, close_after_s=GENEROUS_S)
    live = asyncio.ensure_future(_states(room, "live"))
    stalled = asyncio.ensure_future(_states(room, "stalled"))
    peer = await _connect(session)
    await live
    [sender] = peer.getSenders()
    sender.replaceTrack(None)
    await stalled
    again = asyncio.ensure_future(_states(room, "live"))
    sender.replaceTrack(VideoStreamTrack())
    await again
    assert not session.closed.is_set()
    await peer.close()
    await session.close()


async def test_letters_reach_the_data_channel(room: Room, executor: ThreadPoolExecutor) -> None:
    """The phone's own channel brings Hello first, then the letters of its room."""
    session = _session(room, executor)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    reported: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    peer.createDataChannel("letters").on("message", lambda text: reported.put_nowait(json.loads(text)))
    await peer.setLocalDescription(await peer.createOffer())
    answer = await session.answer(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(GENEROUS_S):
        assert (await reported.get())["type"] == "hello"
        room.publish_letter("s1", Commit("A", 0.9, 1.0, 1.5))
        while (event := await reported.get())["type"] != "letter":
            pass
    assert event["letter"] == "A"
    await peer.close()
    await session.close()


async def test_the_page_chooses_the_hand(room: Room, executor: ThreadPoolExecutor) -> None:
    """What the page says on its channel reaches the recognizer; what is not a choice is passed over."""
    recognizer = Recognizer.load("celov")
    session = CameraSession("s1", room, recognizer, executor, observe=lambda _stage, _ms: None)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    channel = peer.createDataChannel("letters")
    opened = asyncio.Event()
    channel.on("open", opened.set)
    await peer.setLocalDescription(await peer.createOffer())
    answer = await session.answer(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(GENEROUS_S):
        await opened.wait()
        for said in ("no json", '{"type":"choose","hand":"third"}', '{"type":"choose","hand":"left"}'):
            channel.send(said)
        while recognizer.hand is not HandChoice.LEFT:  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(0.01)
    await peer.close()
    await session.close()


async def test_five_cameras_leave_no_task_or_thread(room: Room, executor: ThreadPoolExecutor) -> None:
    """Connecting and closing five times, with audio, leaves no task, no decoder thread behind."""
    tasks = len(asyncio.all_tasks())
    for _ in range(5):
        session = _session(room, executor)
        live = asyncio.ensure_future(_states(room, "live"))
        peer = await _connect(session, audio=True)
        await live
        assert "audio-decoder" not in [thread.name for thread in threading.enumerate()]
        await session.close()
        await peer.close()
    async with asyncio.timeout(GENEROUS_S):
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110 - aiortc has no event for the end of its tasks
            await asyncio.sleep(0.05)
    assert not [thread for thread in threading.enumerate() if "decoder" in thread.name]


async def test_a_malformed_line_of_an_offer_is_named(room: Room, executor: ThreadPoolExecutor) -> None:
    """The error has the line, and no name of a Python error."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp.replace("a=rtcp-mux", "a=extmap:x urn:y\r\na=rtcp-mux")
    await peer.close()
    with pytest.raises(OfferError, match=r"^The line 'a=extmap:x urn:y' of the offer is malformed"):
        await _session(room, executor).answer(offer)


@pytest.mark.parametrize("offer", ["", "v=0\r\n", "hello"])
async def test_a_bad_offer_ends_the_session(room: Room, executor: ThreadPoolExecutor, offer: str) -> None:
    """An offer that is not a video offer is refused in words and the session is over."""
    session = _session(room, executor)
    with pytest.raises(OfferError):
        await session.answer(offer)
    assert session.closed.is_set()


class _SlowRecognizer(Recognizer):
    def feed(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: Callable[[str], None] = lambda _: None,
    ) -> list[Reading | Commit | Pause]:
        time.sleep(0.1)
        return super().feed(luma, at_s, limited_range=limited_range, on_stage=on_stage)


async def test_a_camera_is_asked_for_less_while_its_recognizer_is_behind(
    room: Room, executor: ThreadPoolExecutor
) -> None:
    """With a recognizer that takes three frame intervals a frame, a camera with a channel gets a lower rate."""
    recognizer = _SlowRecognizer(load_model("celov"))
    session = CameraSession("s1", room, recognizer, executor, observe=lambda _stage, _ms: None)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    reported: asyncio.Queue[dict[str, float | str]] = asyncio.Queue()

    def heard(text: str) -> None:
        event = json.loads(text)
        if event["type"] == "quality":
            reported.put_nowait(event)

    peer.createDataChannel("letters").on("message", heard)
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    answer = await session.answer(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(GENEROUS_S):
        asked = await reported.get()
    assert asked == {"type": "quality", "max_framerate": 20, "scale_down": 1.0}
    await peer.close()
    await session.close()


async def _with_channel(room: Room, executor: ThreadPoolExecutor) -> tuple[CameraSession, RTCPeerConnection]:
    """A camera that is connected, with a data channel that is open."""
    session = _session(room, executor)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    opened = asyncio.Event()
    peer.createDataChannel("letters").on("open", opened.set)
    await peer.setLocalDescription(await peer.createOffer())
    answer = await session.answer(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(GENEROUS_S):
        await opened.wait()
    return session, peer


async def test_a_camera_opens_few_channels(room: Room, executor: ThreadPoolExecutor) -> None:
    """Channels beyond the limit are closed: each one is a viewer of the room."""
    session, peer = await _with_channel(room, executor)
    channels = [peer.createDataChannel(f"more{number}") for number in range(2 * MAX_CHANNELS)]
    async with asyncio.timeout(GENEROUS_S):
        while sum(channel.readyState == "closed" for channel in channels) <= MAX_CHANNELS:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert room.statistics().viewers <= MAX_CHANNELS
    await session.close()
    await peer.close()


async def test_a_message_without_end_ends_the_session(room: Room, executor: ThreadPoolExecutor) -> None:
    """Parts of a message that never ends are not kept beyond the window that was offered: the session is closed."""
    session, peer = await _with_channel(room, executor)
    sctp = peer.sctp
    async with asyncio.timeout(GENEROUS_S):
        while not session.closed.is_set():
            for _ in range(100):
                chunk = DataChunk()
                chunk.tsn, chunk.stream_id, chunk.stream_seq = sctp._local_tsn, 1, 1000
                chunk.protocol, chunk.user_data = 51, bytes(1100)  # neither its beginning nor its end
                sctp._local_tsn = (sctp._local_tsn + 1) % 2**32
                with contextlib.suppress(ConnectionError):
                    await sctp._send_chunk(chunk)
            await asyncio.sleep(0.01)
    await peer.close()
