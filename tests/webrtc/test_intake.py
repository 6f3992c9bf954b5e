"""webrtc/intake.py: frames of either receiver."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError, VideoStreamTrack
from av import VideoFrame

from streamsign.webrtc.decoder import DecodedFrame
from streamsign.webrtc.intake import FrameIntake, frame_of


def test_frame_views_the_decoder_s_plane() -> None:
    """The brightness plane is not copied, and its time comes from the picture."""
    picture = VideoFrame.from_ndarray(np.full((48 * 3 // 2, 64), 77, np.uint8), format="yuv420p")
    picture.pts, picture.time_base = 45_000, Fraction(1, 90_000)
    frame = frame_of(picture, 12.0)
    assert frame.luma.shape == (48, 64)
    assert frame.luma[3, 5] == 77
    assert not frame.luma.flags.owndata
    assert frame.at_s == 0.5
    assert frame.stamps == {"decoded_s": 12.0}


def test_a_frame_arrived_with_its_first_packet() -> None:
    """Where packets are not known, a frame arrived when it was decoded."""
    picture = VideoFrame(64, 48, "yuv420p")
    assert frame_of(picture, 12.0).arrived_s == 12.0
    assert frame_of(picture, 12.0, first_packet_s=11.5, complete_s=11.6).arrived_s == 11.5


@pytest.mark.parametrize(("ticks", "at_s"), [(135_000, 1.5), (1, 1 / 90_000), (None, 12.0)])
def test_a_frame_of_our_receiver_has_the_time_of_its_ticks(ticks: int | None, at_s: float) -> None:
    """Its time is the number of RTP ticks since the first frame, or its decoding where the decoder gives none."""
    picture = VideoFrame(64, 48, "yuv420p")
    picture.pts, picture.time_base = ticks, Fraction(1, 90_000)
    intake = FrameIntake(lambda: None)
    decoded = DecodedFrame(picture, 7, 11.0, 11.5, 11.6, 12.0)
    receiver: Any = SimpleNamespace(newest=lambda: decoded)
    intake.receivers.append(receiver)
    frame = intake.newest()
    assert frame is not None
    assert (frame.at_s, frame.rtp_timestamp, frame.arrived_s) == (at_s, 7, 11.0)
    assert intake.decoded_s == 12.0


class _ThreeFrames(VideoStreamTrack):  # type: ignore[misc]
    """A track that ends after three frames."""

    left = 3

    async def recv(self) -> VideoFrame:
        if not self.left:
            raise MediaStreamError
        self.left -= 1
        frame: VideoFrame = await super().recv()
        return frame


async def test_a_track_of_aiortc_s_own_receiver_is_read_until_it_ends() -> None:
    """Its newest frame is given once; those that it replaced are counted."""
    woken: list[None] = []
    intake = FrameIntake(lambda: woken.append(None), lambda _report: None)
    assert intake.newest() is None
    await asyncio.wait_for(intake.receive(_ThreeFrames()), 30)
    assert len(woken) == intake.decoded == 3
    frame = intake.newest()
    assert frame is not None
    assert intake.decoded_s == frame.stamps["decoded_s"]
    assert intake.newest() is None
    assert intake.replaced == 2
