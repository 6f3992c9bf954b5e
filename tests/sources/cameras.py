"""Small real HTTP servers that send as network cameras do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from streamsign.recognition.frame import Luma

FPS = 15


@contextmanager
def serving(handler: object) -> Iterator[str]:
    """A server on a free port; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def mjpeg_camera(frames: list[Luma], break_after: int | None = None) -> Iterator[str]:
    """A phone camera app: JPEG pictures without end at 15 a second; the URL of its video.

    Args:
        frames: shown once by all connections together, then the last one again and again.
        break_after: frames after which the first connection is dropped.
    """
    pictures = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
    pause, state = threading.Event(), {"shown": 0, "connections": 0}

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state["connections"] += 1
            first = state["connections"] == 1
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                while not (first and break_after is not None and state["shown"] >= break_after):
                    picture = pictures[min(state["shown"], len(pictures) - 1)]
                    state["shown"] += 1
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    self.wfile.write(head.encode() + picture + b"\r\n")
                    pause.wait(1 / FPS)
                    if pause.is_set():
                        return
            except OSError:
                return  # the viewer left

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with serving(Camera) as url:
        try:
            yield f"{url}/video"
        finally:
            pause.set()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing."""


@contextmanager
def hls_camera(frames: list[Luma], folder: Path) -> Iterator[str]:
    """A web server with a film as an HLS playlist; its URL."""
    with av.open(str(folder / "film.m3u8"), "w", format="hls", options={"hls_time": "1", "hls_list_size": "0"}) as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": str(FPS)})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = "yuv420p"
        for luma in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(luma[:, :, None], 3, 2), format="rgb24")))
        out.mux(stream.encode(None))
    with serving(partial(_Quiet, directory=str(folder))) as url:
        yield f"{url}/film.m3u8"
