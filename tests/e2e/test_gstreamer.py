"""GStreamer's webrtcbin as a WHIP client: a certificate with an RSA key, audio in the bundle, H264 in slices."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, missing
from tests.e2e.desk import running_server
from tests.e2e.films import WORD, small_mp4

SYSTEM_PYTHON = shutil.which("python3", path="/usr/bin")
VP8 = "vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay ! application/x-rtp,media=video,encoding-name=VP8,payload=96"
SLICES = (
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 threads=4 sliced-threads=true bitrate=1000 ! "
    "rtph264pay config-interval=-1 ! application/x-rtp,media=video,encoding-name=H264,payload=96"
)


@pytest.mark.parametrize(
    ("encoder", "flags"),
    [(VP8, []), (VP8, ["audio"]), (VP8, ["active"]), (SLICES, [])],
    ids=["video-only", "with-audio", "dtls-client", "h264-slices"],
)
def test_webrtcbin_spells(tmp_path: Path, encoder: str, flags: list[str]) -> None:
    """The room reads the word exactly."""
    found = SYSTEM_PYTHON and subprocess.run(
        [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('GstWebRTC', '1.0')"], capture_output=True, check=False
    )
    if not found or found.returncode:
        missing("no webrtcbin: install gir1.2-gst-plugins-bad-1.0, python3-gi and GStreamer's plugins")
    film, seconds = small_mp4(tmp_path)
    with running_server(tmp_path) as desk:
        url = f"{desk.url.replace('localhost', '127.0.0.1')}/whip?room=gstreamer"
        program = [str(SYSTEM_PYTHON), str(ROOT / "tests" / "e2e" / "gstreamer_publisher.py")]
        arguments = [url, desk.publish_token, str(film), str(seconds + 0.5), encoder, *flags]
        sent = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        read = httpx.get(f"{desk.url}/rooms/gstreamer/transcript.txt", headers=desk.owner).text
    assert (sent.returncode, read) == (0, f"{WORD}\n"), sent.stderr
