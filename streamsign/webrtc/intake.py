"""Where a session's frames come from: our receivers, the track of aiortc's own receiver, or a network camera."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiortc import MediaStreamTrack, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from streamsign.luma import luma_of
from streamsign.recognition.frame import Frame
from streamsign.webrtc.decoder import MAX_PIXELS, RTP_CLOCK, DecoderStatistics
from streamsign.webrtc.jitter import JitterStatistics
from streamsign.webrtc.latest import LatestSlot, SlotStatistics

if TYPE_CHECKING:
    from streamsign.webrtc.feedback import SenderReport
    from streamsign.webrtc.receiver import LowLatencyReceiver

_TICKS_A_S = RTP_CLOCK.denominator


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedFrame(Frame):
    """A frame that a camera sent.

    Attributes:
        rtp_timestamp: its RTP timestamp, unwrapped; None when our receiver is not used.
    """

    rtp_timestamp: int | None = None

    @property
    def arrived_s(self) -> float:
        """When it arrived, monotonic seconds: its first packet if that is known, else the decoded picture."""
        return self.stamps.get("first_packet_s", self.stamps["decoded_s"])


def frame_of(
    picture: VideoFrame,
    decoded_s: float,
    *,
    at_s: float | None = None,
    rtp_timestamp: int | None = None,
    **earlier_s: float,
) -> ReceivedFrame:
    """A decoded picture as a frame. Its luma is a view of the decoder's plane where the pixel format allows it.

    Args:
        picture: as the decoder made it.
        decoded_s: when it was decoded, monotonic seconds.
        at_s: its time on the sender's media clock, seconds; None for the picture's own, which takes longer to read.
        rtp_timestamp: see :class:`ReceivedFrame`.
        earlier_s: earlier stamps, in order, by field name of :class:`~streamsign.captions.ledger.Ledger`.
    """
    luma, limited = luma_of(picture)
    if at_s is None:
        at_s = float(picture.pts * picture.time_base) if picture.pts is not None and picture.time_base else decoded_s
    return ReceivedFrame(luma, at_s, limited, {**earlier_s, "decoded_s": decoded_s}, rtp_timestamp=rtp_timestamp)


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """One received stream: encoded frames that wait for the decoder, and counts of jitter buffer and decoder."""

    waiting: int
    jitter: JitterStatistics
    decoder: DecoderStatistics


@dataclass(frozen=True, slots=True)
class IntakeStatistics:
    """The slot for frames that arrive decoded, and the streams of our receivers."""

    slot: SlotStatistics
    streams: list[StreamStatistics]


class FrameIntake:
    """The newest frame of one camera.

    Args:
        wake: called in the event loop when there is a new frame.
        on_report: called in the event loop with each RTCP sender report of the video.

    Attributes:
        receivers: our receivers, one a video transceiver; empty when frames arrive decoded.
        decoded_s: when the newest frame was decoded, monotonic seconds; None before the first.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        on_report: Callable[[SenderReport], None] = lambda _report: None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._max_pixels = max_pixels
        self._wake = wake
        self._on_report = on_report
        self._slot: LatestSlot[ReceivedFrame] = LatestSlot()
        self.receivers: list[LowLatencyReceiver] = []
        self.decoded_s: float | None = None

    def install(self, transceiver: RTCRtpTransceiver) -> None:
        """Receive a video transceiver's frames with our receiver."""
        from streamsign.webrtc.receiver import install  # not at the top: another aiortc may not let it be imported

        self.receivers.append(install(transceiver, self._wake, on_report=self._on_report, max_pixels=self._max_pixels))

    async def receive(self, track: MediaStreamTrack) -> None:
        """Receive the frames that aiortc's own receiver decodes, until the track ends."""
        with contextlib.suppress(MediaStreamError):
            while True:
                self.put(frame_of(await track.recv(), time.monotonic()))

    def put(self, frame: ReceivedFrame) -> None:
        """Put a frame that arrived decoded into the slot; in the event loop."""
        self._slot.put(frame)
        self._wake()

    def newest(self) -> ReceivedFrame | None:
        """The newest frame that was not returned before, decoded now by our receiver; None if all were.

        One call at a time, in any thread.
        """
        frame = self._slot.take()
        for receiver in self.receivers:
            picture = receiver.newest()
            if picture is not None:
                pts = picture.image.pts
                frame = frame_of(
                    picture.image,
                    picture.decoded_s,
                    at_s=None if pts is None else pts / _TICKS_A_S,
                    rtp_timestamp=picture.timestamp,
                    first_packet_s=picture.first_packet_s,
                    complete_s=picture.complete_s,
                    taken_s=picture.taken_s,
                )
        if frame is not None:
            self.decoded_s = frame.stamps["decoded_s"]
        return frame

    def statistics(self) -> IntakeStatistics:
        """Counts up to now."""
        streams = [StreamStatistics(each.waiting, *each.statistics()) for each in self.receivers]
        return IntakeStatistics(self._slot.statistics(), streams)

    @property
    def decoded(self) -> int:
        """Frames decoded so far."""
        return self._slot.statistics().put + sum(each.statistics()[1].decoded for each in self.receivers)

    @property
    def replaced(self) -> int:
        """Frames that a newer one replaced before they were read."""
        return self._slot.statistics().replaced + sum(each.statistics()[1].replaced for each in self.receivers)
