"""One camera's WebRTC session: from its offer to letters in its room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceCandidate,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from pydantic import ValidationError

from streamsign.captions.events import Choose, Hand, Pong, Status
from streamsign.captions.hub import Room
from streamsign.captions.protocol import CLOCK_CHANNEL
from streamsign.errors import OfferError
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.adaptation import LoadAdaptation
from streamsign.webrtc.clock import CaptureTime, PingPong, RtpClock
from streamsign.webrtc.compatibility import why_stock
from streamsign.webrtc.connecting import PATIENCE_S, why_not_connected
from streamsign.webrtc.dtls import accept_rsa
from streamsign.webrtc.ice import IceServer, advertise
from streamsign.webrtc.latest import LatestSlot
from streamsign.webrtc.offer import Candidates, negotiate
from streamsign.webrtc.outline import Outline
from streamsign.webrtc.reader import FrameReader, ReceivedFrame, StageObserver, frame_of
from streamsign.webrtc.watchdog import Silence, Watchdog

if TYPE_CHECKING:
    from streamsign.webrtc.receiver import LowLatencyReceiver, SenderReport

logger = logging.getLogger(__name__)

_CHECK_EVERY_S = 0.2
_CHANNEL_BEHIND = 65_536
_CLOSE_TIMEOUT_S = 2.0
"""aiortc joins a decoder thread when it closes; a stuck one must not hold the server."""

_WORDS = {
    "connecting": "Waiting for the camera's first picture.",
    "live": "The camera is on.",
    "stalled": "No picture has come for a while: the network or the camera is stuck.",
}


async def _receive_nothing(_parameters: object) -> None:
    """Stands in for an audio receiver's start: without it no decoder, no queue, and the transport drops the packets."""


class CameraSession:
    """A camera that sends to a room. Made with :meth:`answer`, ended with :meth:`close` or by silence.

    Args:
        session_id: public name of the session in events and logs.
        room: where its letters go.
        recognizer: its own recogniser.
        executor: where recognition runs; the event loop never does.
        ice_servers: STUN and TURN servers; none means host candidates only.
        advertise_address: what the answer names in place of this machine's own addresses; None names those.
        stall_after_s, close_after_s: see :class:`~streamsign.webrtc.watchdog.Watchdog`.
        observe: told each stage's milliseconds for each frame and letter.
        on_closed: called once when the session has ended.
    """

    def __init__(
        self,
        session_id: str,
        room: Room,
        recognizer: Recognizer,
        executor: Executor,
        *,
        ice_servers: Sequence[IceServer] = (),
        advertise_address: str | None = None,
        stall_after_s: float = 2.0,
        close_after_s: float = 8.0,
        observe: StageObserver,
        on_closed: Callable[[CameraSession], None] = lambda _: None,
    ) -> None:
        self.session_id = session_id
        self.room = room
        self._peer = RTCPeerConnection(
            RTCConfiguration([RTCIceServer(one.url, one.username, one.credential) for one in ice_servers])
        )
        self._handshake = accept_rsa(self._peer)
        self._advertise_address = advertise_address
        self._candidates = Candidates((), ended=False)
        self._video_mid = ""
        self.ice_ufrags: frozenset[str] = frozenset()
        """ICE user fragments of the offer: another one in a later request means an ICE restart."""
        self._slot: LatestSlot[ReceivedFrame] = LatestSlot()
        self._reader = FrameReader(session_id, room, recognizer, executor, self._newest, observe, self._on_frame)
        self._decoded_s: float | None = None
        self._watchdog = Watchdog(time.monotonic(), stall_after_s, close_after_s)
        self._on_closed = on_closed
        self._receivers: list[LowLatencyReceiver] = []
        self._letter_channels: set[RTCDataChannel] = set()
        self._adaptation = LoadAdaptation()
        self._outline = Outline()
        self._sender_clock = PingPong()
        self._rtp_clock = RtpClock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._began_s = time.monotonic()
        self._closing = False
        self._told = ("", "")
        self.closed = asyncio.Event()

    async def answer(self, offer: str) -> str:
        """Answer an SDP offer and start receiving.

        Returns:
            The SDP answer, with every candidate in it.

        Raises:
            OfferError: the offer is malformed, or holds no video this server can receive.
        """
        try:
            negotiation = negotiate(offer)
            self._candidates, self._video_mid = negotiation.candidates, negotiation.video_mid
            self.ice_ufrags = negotiation.ice_ufrags
            self._peer.on("track", self._on_track)
            self._peer.on("datachannel", self._on_channel)
            self._peer.on("connectionstatechange", self._on_connection)
            await self._peer.setRemoteDescription(RTCSessionDescription(negotiation.offer, "offer"))
            for transceiver in self._peer.getTransceivers():
                transceiver.direction = "recvonly"
                if transceiver.kind == "audio":
                    transceiver.receiver.receive = _receive_nothing
                elif why_stock() is None:
                    self._install(transceiver)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except OfferError:
            await self.close("The offer was refused.")
            raise
        except Exception as error:  # aiortc raises whatever its parser met: KeyError, AssertionError, …
            logger.debug("offer refused", exc_info=True)
            await self.close("The offer was refused.")
            raise OfferError(
                f"The SDP offer cannot be answered ({type(error).__name__}: {error}).",
                "Send the offer of an RTCPeerConnection that sends one VP8 or H264 video track.",
            ) from error
        self._tell("connecting")
        self._start(self._reader.run())
        self._start(self._watch())
        self._start(self._add_offered_candidates())
        sdp = negotiation.answer(str(self._peer.localDescription.sdp))
        return sdp if self._advertise_address is None else advertise(sdp, self._advertise_address)

    async def add_candidates(self, candidates: Sequence[tuple[str, str]]) -> None:
        """Add trickled (mid, candidate line) pairs.

        Raises:
            OfferError: a line is no ICE candidate.
        """
        lines = [line.removeprefix("candidate:") for _, line in candidates]
        parsed = [parse_candidate(line) for line in lines]
        self._candidates = replace(self._candidates, lines=(*self._candidates.lines, *lines))
        for candidate in parsed:
            await self._add_candidate(candidate)

    async def close(self, reason: str = "The camera was switched off.") -> None:
        """End the session and free all it holds; closing twice waits for the first."""
        if self._closing:
            await self.closed.wait()
            return
        self._closing = True
        self._reader.close()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._peer.close(), _CLOSE_TIMEOUT_S)
        if self._told[0]:
            self._tell("closed", reason)
            self._sum_up(reason)
        self._on_closed(self)
        self.closed.set()

    async def _add_offered_candidates(self) -> None:
        """Add what the offer named, after gathering: the answer does not wait for ``.local`` names to be resolved.

        The end of candidates is not passed on: ICE would give up at once, before the camera's own checks arrive.
        """
        parsed = []
        for line in self._candidates.lines:
            with contextlib.suppress(OfferError):  # one that cannot be read is one path less
                parsed.append(parse_candidate(line))
        await asyncio.gather(*map(self._add_candidate, parsed))

    async def _add_candidate(self, candidate: RTCIceCandidate) -> None:
        candidate.sdpMid = self._video_mid  # all accepted sections share one transport
        await self._peer.addIceCandidate(candidate)

    def read_with(self, recognizer: Recognizer) -> None:
        """Read with another recogniser from the next frame on; the hand that was chosen stays chosen."""
        self._reader.read_with(recognizer)

    @property
    def frames_replaced(self) -> int:
        """Frames a newer one replaced before they were read."""
        superseded = sum(receiver.statistics()[1].superseded for receiver in self._receivers)
        return self._slot.statistics().replaced + superseded

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._closing:
            logger.error("session %s failed", self.session_id, exc_info=error)
            self._start(self.close("The server failed on this camera; its log says why."))

    def _install(self, transceiver: RTCRtpTransceiver) -> None:
        from streamsign.webrtc.receiver import install  # not at the top: another aiortc may not let it be imported

        self._receivers.append(install(transceiver, self._wake, on_report=self._on_report))

    def _wake(self) -> None:
        if not self._closing:
            self._reader.wake()

    def _newest(self) -> ReceivedFrame | None:
        """The newest frame, decoded now where our receiver has it; in a worker's thread."""
        frame = self._slot.take()
        for receiver in self._receivers:
            picture = receiver.newest()
            if picture is not None:
                frame = frame_of(
                    picture.image,
                    picture.decoded_s,
                    rtp_timestamp=picture.timestamp,
                    first_packet_s=picture.first_packet_s,
                    complete_s=picture.complete_s,
                    taken_s=picture.taken_s,
                )
        if frame is not None:
            self._decoded_s = frame.stamps["decoded_s"]
        return frame

    def _on_frame(self, frame: ReceivedFrame) -> CaptureTime | None:
        self._watchdog.frame_came(frame.stamps["decoded_s"])
        self._tell("live")
        if frame.rtp_timestamp is None:
            return None
        offset = self._sender_clock.estimate(frame.stamps["decoded_s"])
        return self._rtp_clock.captured(frame.rtp_timestamp, offset)

    def _on_report(self, report: SenderReport) -> None:
        self._rtp_clock.report(report.ntp_timestamp, report.rtp_timestamp, report.arrived_s)

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and why_stock() is not None:
            self._start(self._receive(track))

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._start(self._keep_clock(channel) if channel.label == CLOCK_CHANNEL else self._send_letters(channel))

    def _on_connection(self) -> None:
        if self._peer.connectionState == "failed" and not self._closing:
            self._start(self.close(self._why_not_connected()))

    async def _receive(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                self._slot.put(frame_of(await track.recv(), time.monotonic()))
                self._wake()

    async def _send_letters(self, channel: RTCDataChannel) -> None:
        channel.on("message", self._heard)
        self._letter_channels.add(channel)
        self._reader.show_hand = self._show_hand
        try:
            async with self.room.subscribe() as events:
                async for event in events:
                    if channel.readyState != "open":
                        return
                    while channel.bufferedAmount > _CHANNEL_BEHIND:  # noqa: ASYNC110 - aiortc has no event for it
                        await asyncio.sleep(0.05)
                    channel.send(event.model_dump_json())
        finally:
            self._letter_channels.discard(channel)
            if not self._letter_channels:
                self._reader.show_hand = None

    def _heard(self, text: str | bytes) -> None:
        with contextlib.suppress(ValidationError):  # what is no wish is passed over, as viewers' reports are
            self._reader.choose(Choose.model_validate_json(text).hand)

    def _show_hand(self, hand: Hand) -> None:
        # An outline that would come late is not worth sending: the next frame brings another.
        free = [one for one in self._letter_channels if one.readyState == "open" and not one.bufferedAmount]
        if free and self._outline.is_news(hand):
            for channel in free:
                channel.send(hand.model_dump_json())

    async def _keep_clock(self, channel: RTCDataChannel) -> None:
        def heard(text: str | bytes) -> None:
            with contextlib.suppress(ValidationError):
                self._sender_clock.pong(Pong.model_validate_json(text), time.monotonic())

        channel.on("message", heard)
        while channel.readyState == "open":
            channel.send(self._sender_clock.ping(time.monotonic()).model_dump_json())
            await asyncio.sleep(self._sender_clock.pause_s)

    def _why_not_connected(self) -> str:
        transports = [transceiver.receiver.transport for transceiver in self._peer.getTransceivers()[:1]]
        states = [(transport.transport.state, transport.state) for transport in transports]
        ice, dtls = states[0] if states else ("new", "new")
        return why_not_connected(ice, dtls, self._candidates, self._handshake.failure)

    async def _watch(self) -> None:
        while (state := self._silence()) != "gone":
            if state == "stalled":
                self._tell("stalled")
            elif state == "connecting" and time.monotonic() - self._began_s >= PATIENCE_S:
                self._tell("connecting", self._why_not_connected())
            self._adapt(time.monotonic())
            await asyncio.sleep(_CHECK_EVERY_S)
        await self.close("The camera stopped sending." if self._decoded_s is not None else self._why_not_connected())

    def _silence(self) -> Silence:
        if self._decoded_s is not None:  # a frame that is still being read has come all the same
            self._watchdog.frame_came(self._decoded_s)
        return self._watchdog.state(time.monotonic())

    def _adapt(self, now_s: float) -> None:
        open_channels = [channel for channel in self._letter_channels if channel.readyState == "open"]
        if not open_channels:  # a camera that cannot hear, as OBS: it sends what it sends
            return
        quality = self._adaptation.update(self._reader.busy_s(now_s), now_s)
        if quality is not None:
            logger.info("session %s: asked for %s", self.session_id, quality.model_dump_json(exclude={"type"}))
            for channel in open_channels:
                channel.send(quality.model_dump_json())

    def _tell(self, state: Any, detail: str = "") -> None:
        words = detail or _WORDS.get(state, "")
        if (state, words) != self._told:
            self._told = state, words
            self.room.publish_status(Status(session=self.session_id, state=state, detail=words, at_s=self.room.clock()))

    def _sum_up(self, reason: str) -> None:
        read, decoders = self._reader.statistics(), [receiver.statistics()[1] for receiver in self._receivers]
        logger.info(
            "session %s in room %s: %.1f s, %d frames, %d skipped, %d letters, p50 %.1f p95 %.1f ms. %s",
            self.session_id,
            self.room.name,
            time.monotonic() - self._began_s,
            self._slot.statistics().put + sum(decoder.decoded for decoder in decoders),
            self.frames_replaced,
            read.letters,
            read.p50_ms,
            read.p95_ms,
            reason,
        )


def parse_candidate(line: str) -> RTCIceCandidate:
    """An ICE candidate from the value of its attribute.

    Raises:
        OfferError: the line is not an ICE candidate.
    """
    try:
        return candidate_from_sdp(line)
    except (AssertionError, IndexError, ValueError) as error:
        raise OfferError(
            f"'{line[:80]}' is not an ICE candidate.", "Send a=candidate lines as RFC 8839 has them."
        ) from error
