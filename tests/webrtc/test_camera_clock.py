"""webrtc/camera_clock.py over a real data channel."""

from __future__ import annotations

import asyncio
import time

from streamsign.captions.protocol import CLOCK_CHANNEL
from streamsign.client.whip import answer_ping
from streamsign.webrtc.camera_clock import CameraClock
from streamsign.webrtc.clock import VIDEO_CLOCK_RATE
from streamsign.webrtc.feedback import SenderReport
from tests.webrtc.channels import channel_pair

_UNIX_NTP_S = 2_208_988_800  # from 1900 to 1970


async def test_capture_times_need_a_report_and_an_exchange() -> None:
    """With both, a frame's capture time is right within its error; without a timestamp it is not known."""
    clock = CameraClock()
    async with channel_pair(CLOCK_CHANNEL) as (camera, server):
        camera.on("message", lambda text: answer_ping(camera, text))
        exchange = asyncio.ensure_future(clock.exchange(server))
        now_s = time.monotonic()
        clock.report(SenderReport(round((time.time() + _UNIX_NTP_S) * 2**32), 7 * VIDEO_CLOCK_RATE, now_s))
        while (captured := clock.captured(8 * VIDEO_CLOCK_RATE, time.monotonic())) is None:  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(0.01)
        assert clock.captured(None, time.monotonic()) is None
    exchange.cancel()
    await asyncio.gather(exchange, return_exceptions=True)
    assert abs(captured.at_s - (now_s + 1)) <= captured.error_s + 0.001


async def test_an_answer_that_is_no_pong_is_ignored() -> None:
    """Invalid messages on the channel do not end the exchange."""
    clock = CameraClock()
    async with channel_pair(CLOCK_CHANNEL) as (camera, server):
        pings: asyncio.Queue[str] = asyncio.Queue()
        camera.on("message", pings.put_nowait)
        exchange = asyncio.ensure_future(clock.exchange(server))
        await pings.get()
        camera.send("no json")
        camera.send('{"type":"pong","id":1,"received_s":NaN,"answered_s":1}')
        await pings.get()
        assert not exchange.done()
    exchange.cancel()
    await asyncio.gather(exchange, return_exceptions=True)
