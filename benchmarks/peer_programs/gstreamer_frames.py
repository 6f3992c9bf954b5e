"""GStreamer's webrtcbin with decoded gray frames in an appsink.

    python -m benchmarks.peer_programs.gstreamer_frames LATENCY_MS

``LATENCY_MS`` is webrtcbin's property, the delay between sending and showing a frame, 200 by default. With 0 the sink
also delivers frames on arrival.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from benchmarks.exchange import SeenFrames, note, serve


def _library(name: str) -> Any:
    importlib.import_module("gi").require_version(name, "1.0")
    return importlib.import_module(f"gi.repository.{name}")


Gst, GstSdp, GstWebRTC = (_library(name) for name in ("Gst", "GstSdp", "GstWebRTC"))


async def answer(offer: str, seen: SeenFrames) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Answer with every candidate in the answer."""
    Gst.init(None)
    latency_ms = int(sys.argv[1])
    pipeline = Gst.Pipeline.new()
    webrtc = Gst.ElementFactory.make("webrtcbin")
    webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    webrtc.set_property("latency", latency_ms)
    pipeline.add(webrtc)

    def pad_added(_: Any, pad: Any) -> None:
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        name = pad.get_current_caps().get_structure(0).get_string("encoding-name")
        decoder = {"VP8": "rtpvp8depay ! vp8dec threads=1", "H264": "rtph264depay ! avdec_h264 max-threads=1"}[name]
        described = f"{decoder} ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink emit-signals=1"
        chain = Gst.parse_bin_from_description(described, True)
        sink = chain.get_by_name("sink")
        sink.set_property("sync", latency_ms > 0)
        sink.connect("new-sample", sampled)
        pipeline.add(chain)
        chain.sync_state_with_parent()
        pad.link(chain.get_static_pad("sink"))

    def sampled(sink: Any) -> Any:
        sample = sink.emit("pull-sample")
        shape = sample.get_caps().get_structure(0)
        width, height = shape.get_value("width"), shape.get_value("height")
        buffer = sample.get_buffer()
        mapped, held = buffer.map(Gst.MapFlags.READ)
        if mapped:
            rows = np.frombuffer(held.data, np.uint8)
            note(seen, rows.reshape(height, len(rows) // height)[:, :width])
            buffer.unmap(held)
        return Gst.FlowReturn.OK

    webrtc.connect("pad-added", pad_added)
    pipeline.set_state(Gst.State.PLAYING)
    await asyncio.to_thread(_exchange, webrtc, offer)
    while webrtc.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:  # noqa: ASYNC110
        await asyncio.sleep(0.02)

    async def close() -> None:
        await asyncio.to_thread(pipeline.set_state, Gst.State.NULL)

    return webrtc.get_property("local-description").sdp.as_text(), close


def _exchange(webrtc: Any, offer: str) -> None:
    _, message = GstSdp.SDPMessage.new_from_text(offer)
    remote = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.OFFER, message)
    _ask(webrtc, "set-remote-description", remote)
    # The contents of a promise are valid as long as the promise.
    promise = _ask(webrtc, "create-answer", None)
    reply = promise.get_reply()
    answer = reply.get_value("answer")
    _ask(webrtc, "set-local-description", answer)


def _ask(webrtc: Any, what: str, argument: Any) -> Any:
    promise = Gst.Promise.new()
    webrtc.emit(what, argument, promise)
    promise.wait()
    return promise


if __name__ == "__main__":
    serve(answer)
