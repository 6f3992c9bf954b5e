"""One camera's WebRTC session: offer, candidates, state and end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceCandidate,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from streamsign.captions.events import Move
from streamsign.captions.protocol import CLOCK_CHANNEL
from streamsign.captions.room import CaptionRoom
from streamsign.errors import OfferError
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.adaptation import LoadAdaptation
from streamsign.webrtc.camera_clock import CameraClock
from streamsign.webrtc.clock import CaptureTime
from streamsign.webrtc.compatibility import why_stock
from streamsign.webrtc.connecting import PATIENCE_S, WAITING_FOR_KEY_FRAME, why_not_connected
from streamsign.webrtc.decoder import MAX_PIXELS
from streamsign.webrtc.dtls import accept_rsa
from streamsign.webrtc.event_channels import EventChannels
from streamsign.webrtc.fair_share import Turns
from streamsign.webrtc.frame_rate import FrameRate
from streamsign.webrtc.ice import MAX_CANDIDATES, IceServer, advertise, leads_to_a_camera
from streamsign.webrtc.intake import FrameIntake, ReceivedFrame
from streamsign.webrtc.offer import Candidates, negotiate
from streamsign.webrtc.pace import Pace
from streamsign.webrtc.reader import StageObserver
from streamsign.webrtc.room_camera import RoomCamera
from streamsign.webrtc.teardown import close_peer
from streamsign.webrtc.unreadable_line import first_unreadable_line
from streamsign.webrtc.watchdog import Silence, Watchdog

logger = logging.getLogger(__name__)

MAX_CHANNELS = 8
"""Data channels that a camera may open; our page opens two."""

_CHECK_EVERY_S = 0.2
_OVERLOAD_S = 0.5
"""Wait for a thread from which a silence counts as the server's, not the camera's."""


async def _receive_nothing(_parameters: object) -> None:
    """Replace the start of an audio receiver: there is no decoder and no queue, and the transport drops the packets."""


class CameraSession(RoomCamera):
    """The connection of one camera to a room. :meth:`answer` starts it; :meth:`close` or silence ends it.

    Args:
        session_id, room, recognizer, executor, observe, on_closed: see
            :class:`~streamsign.webrtc.room_camera.RoomCamera`.
        ice_servers: STUN and TURN servers; empty for host candidates only.
        advertise_address: address in the answer in place of this computer's own addresses; None for those.
        stall_after_s, close_after_s: see :class:`~streamsign.webrtc.watchdog.Watchdog`.
        max_pixels: width times height of the largest picture that is decoded.
        max_frame_rate: frames a second that are read; of more, the newest are.
    """

    def __init__(
        self,
        session_id: str,
        room: CaptionRoom,
        recognizer: Recognizer,
        executor: Turns,
        *,
        ice_servers: Sequence[IceServer] = (),
        advertise_address: str | None = None,
        stall_after_s: float = 2.0,
        close_after_s: float = 8.0,
        max_pixels: int = MAX_PIXELS,
        max_frame_rate: float = 60.0,
        observe: StageObserver,
        on_closed: Callable[[RoomCamera], None] = lambda _: None,
    ) -> None:
        self._clock = CameraClock()
        super().__init__(
            session_id,
            room,
            recognizer,
            executor,
            frames=FrameIntake(self._wake, self._clock.report, max_pixels),
            observe=observe,
            on_frame=self._on_frame,
            on_closed=on_closed,
        )
        self._reader.pace = Pace(max_frame_rate)
        self._peer = RTCPeerConnection(
            RTCConfiguration([RTCIceServer(one.url, one.username, one.credential) for one in ice_servers])
        )
        self._handshake = accept_rsa(self._peer)
        self._advertise_address = advertise_address
        self._candidates = Candidates((), ended=False)
        self._video_mid = ""
        self.ice_ufrags: frozenset[str] = frozenset()
        """ICE user fragments of the offer: another one in a later request means an ICE restart."""
        self._channels = EventChannels(room, self._reader.choose)
        self._channels_opened = 0
        self._frame_rate = FrameRate()
        self._watchdog = Watchdog(time.monotonic(), stall_after_s, close_after_s)
        self._adaptation = LoadAdaptation()

    async def answer(self, offer: str) -> str:
        """Answer an SDP offer and start receiving.

        Returns:
            The SDP answer with all candidates.

        Raises:
            OfferError: the offer is malformed, or has no video that this server can receive, or the session was closed
                meanwhile.
        """
        accepted = ""
        try:
            negotiation = negotiate(offer)
            accepted = negotiation.offer
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
                    self._frames.install(transceiver)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except OfferError:
            await self.close("The offer was refused.")
            raise
        except Exception as error:  # aiortc raises any error of its parser: KeyError, AssertionError, …
            if self._closing:
                raise _closed_early() from error
            logger.debug("Offer rejected session=%s", self.session_id, exc_info=True)
            await self.close("The offer was refused.")
            line = first_unreadable_line(accepted)
            raise OfferError(
                "The SDP offer cannot be answered."
                if line is None
                else f"The line '{line[:80]}' of the offer is malformed.",
                "Send the offer of an RTCPeerConnection that sends one VP8 or H264 video track.",
            ) from error
        if self._closing:  # a status published now would stay in the room
            raise _closed_early()
        self._announcer.publish("connecting")
        self._start(self._reader.run())
        self._start(self._watch())
        self._start(self._add_offered_candidates())
        sdp = negotiation.answer(str(self._peer.localDescription.sdp))
        return sdp if self._advertise_address is None else advertise(sdp, self._advertise_address)

    async def add_candidates(self, candidates: Sequence[tuple[str, str]]) -> None:
        """Add trickled candidates, as (mid, candidate line) pairs.

        Raises:
            OfferError: a line is not an ICE candidate, or there are too many.
        """
        lines = [line.removeprefix("candidate:") for _, line in candidates]
        if len(self._candidates.lines) + len(lines) > MAX_CANDIDATES:
            raise OfferError(
                f"A session may have at most {MAX_CANDIDATES} candidates.", "Send fewer, or start a new session."
            )
        parsed = [parse_candidate(line) for line in lines]
        self._candidates = replace(self._candidates, lines=(*self._candidates.lines, *lines))
        for candidate in parsed:
            await self._add_candidate(candidate)

    async def look(self, offer: str) -> str:
        """See :meth:`~streamsign.webrtc.event_channels.EventChannels.look`."""
        return await self._channels.look(offer)

    def ask_to_move(self) -> bool:
        """Ask the camera's page to connect to another worker while this one still reads it.

        Returns:
            Whether it could be asked: a publisher such as OBS cannot.
        """
        return self._channels.ask(Move())

    async def _disconnect(self) -> None:
        if not await close_peer(self._peer):
            logger.debug("The peer connection closes in the background session=%s", self.session_id)

    async def _add_offered_candidates(self) -> None:
        """Add the offer's candidates. The answer does not wait for ``.local`` names to be resolved.

        The end of candidates is not passed on: ICE would fail before the camera's own checks arrive.
        """
        parsed = []
        for line in self._candidates.lines[:MAX_CANDIDATES]:
            with contextlib.suppress(OfferError):  # the other candidates may suffice
                parsed.append(parse_candidate(line))
        await asyncio.gather(*map(self._add_candidate, parsed))

    async def _add_candidate(self, candidate: RTCIceCandidate) -> None:
        candidate.sdpMid = self._video_mid  # all accepted sections share one transport
        await self._peer.addIceCandidate(candidate)

    def _on_frame(self, frame: ReceivedFrame) -> CaptureTime | None:
        self._watchdog.frame_came(frame.stamps["decoded_s"])
        self._frame_rate.frame_came(frame.stamps["decoded_s"])
        self._announcer.publish("live", self._frame_rate.advice())
        return self._clock.captured(frame.rtp_timestamp, frame.stamps["decoded_s"])

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and why_stock() is not None:
            self._start(self._frames.receive(track))

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channels_opened += 1
        if self._channels_opened > MAX_CHANNELS:  # each would be another viewer of the room
            channel.close()
            return
        is_clock = channel.label == CLOCK_CHANNEL
        self._start(self._clock.exchange(channel) if is_clock else self._send_events(channel))

    def _on_connection(self) -> None:
        if self._peer.connectionState == "failed" and not self._closing:
            self._start(self.close(self._why_not_connected()))
        elif self._peer.connectionState == "connected":
            self._watchdog.connected(time.monotonic())

    async def _send_events(self, channel: RTCDataChannel) -> None:
        self._reader.show_hand = self._channels.show
        try:
            await self._channels.serve(channel)
        finally:
            if not self._channels.connected:
                self._reader.show_hand = None

    def _why_not_connected(self) -> str:
        transports = [transceiver.receiver.transport for transceiver in self._peer.getTransceivers()[:1]]
        states = [(transport.transport.state, transport.state) for transport in transports]
        ice, dtls = states[0] if states else ("new", "new")
        return why_not_connected(ice, dtls, self._candidates, self._handshake.failure)

    async def _watch(self) -> None:
        while (state := self._silence()) != "gone":
            if state == "stalled":
                self._announcer.publish("stalled")
            elif state == "waiting":
                self._announcer.publish("stalled", WAITING_FOR_KEY_FRAME)
            elif state == "connecting" and time.monotonic() - self._began_s >= PATIENCE_S:
                self._announcer.publish("connecting", self._why_not_connected())
            self._adapt(time.monotonic())
            if self._peer.sctp is not None and self._peer.sctp._advertised_rwnd < 0:
                await self.close("The camera sent more on its data channels than it may.")
                return
            await asyncio.sleep(_CHECK_EVERY_S)
        await self.close(
            "The camera stopped sending." if self._frames.decoded_s is not None else self._why_not_connected()
        )

    def _silence(self) -> Silence:
        if self._frames.decoded_s is not None:  # a frame that is still being read has arrived
            self._watchdog.frame_came(self._frames.decoded_s)
        packets_s = [receiver.packet_s for receiver in self._frames.receivers if receiver.packet_s is not None]
        if packets_s:
            self._watchdog.packet_came(max(packets_s))
        now_s = time.monotonic()
        if self._frames.decoded_s is not None and self._reader.late_s(now_s) >= _OVERLOAD_S:
            self._watchdog.frame_came(now_s)  # a frame has arrived, and this computer is too busy to read it
        return self._watchdog.state(now_s)

    def _adapt(self, now_s: float) -> None:
        if not self._channels.open:  # a publisher such as OBS, which cannot be asked
            return
        quality = self._adaptation.update(self._reader.busy_s(now_s), now_s)
        if quality is not None:
            logger.info(
                "Quality requested session=%s max_framerate=%d scale_down=%g",
                self.session_id,
                quality.max_framerate,
                quality.scale_down,
            )
            self._channels.ask(quality)


def _closed_early() -> OfferError:
    return OfferError("The session was closed before its offer was answered.", "Make a new session.")


def parse_candidate(line: str) -> RTCIceCandidate:
    """An ICE candidate from the value of its attribute.

    Raises:
        OfferError: the line is not an ICE candidate.
    """
    try:
        candidate = candidate_from_sdp(line)
    except (AssertionError, IndexError, ValueError) as error:
        raise OfferError(f"'{line[:80]}' is not an ICE candidate.", "Send a=candidate lines as in RFC 8839.") from error
    if not leads_to_a_camera(candidate.ip, candidate.port):
        raise OfferError(
            f"{candidate.ip[:45]}:{candidate.port} is not an address that a camera can have.",
            "Send candidates of the camera's own interfaces.",
        )
    return candidate
