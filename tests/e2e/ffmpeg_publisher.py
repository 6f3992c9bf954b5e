"""Plays LOVE through FFmpeg's own WHIP muxer; arguments: URL TOKEN CERTIFICATE KEY LEAD_S FPS x264-option=value...

A program of its own: PyAV holds the interpreter while FFmpeg shakes hands with the server.
"""

from __future__ import annotations

import sys
import time

import av

from tests.e2e.films import small_film


def publish(url: str, token: str, certificate: str, key: str, lead_s: str, fps: str, *encoding: str) -> None:
    """Send the word once in real time, as H264."""
    film = small_film(float(lead_s), int(fps))
    options = {"authorization": token, "cert_file": certificate, "key_file": key}
    with av.open(url, "w", format="whip", options=options) as container:
        x264 = dict(option.split("=") for option in encoding)
        stream = container.add_stream("libx264", rate=round(film.fps), options=x264)
        height, width = film.picture(0).shape[:2]
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 500_000
        container.start_encoding()
        began_s = time.monotonic()
        for number in range(len(film.pictures)):
            frame = av.VideoFrame.from_ndarray(film.picture(number), format="bgr24").reformat(format="yuv420p")
            frame.pts = number
            time.sleep(max(0.0, began_s + number / film.fps - time.monotonic()))
            container.mux(stream.encode(frame))


if __name__ == "__main__":
    publish(*sys.argv[1:])
