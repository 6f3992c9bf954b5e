"""GStreamer's webrtcbin as a WHIP client: a certificate with an RSA key, audio in the bundle, H264 in slices."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, missing
from tests.e2e.desk import Desk
from tests.e2e.films import FPS, LEAD_S, WORD, small_mp4
from tests.e2e.lossy_relay import lossy_relay, one_after
from tests.e2e.senders import sent_at_once
from tests.e2e.statuses import assert_waits_for_a_key_frame

SYSTEM_PYTHON = shutil.which("python3", path="/usr/bin")
VP8 = "vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay ! application/x-rtp,media=video,encoding-name=VP8,payload=96"
SLICES = (
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 threads=4 sliced-threads=true bitrate=1000 ! "
    "rtph264pay config-interval=-1 ! application/x-rtp,media=video,encoding-name=H264,payload=96"
)

KEY_FRAME_S = 15
"""Its first frame is encoded before the session is connected, which takes seconds on a loaded computer."""
RARE_KEY_FRAMES = (
    f"x264enc tune=zerolatency speed-preset=ultrafast key-int-max={KEY_FRAME_S * FPS} option-string=scenecut=0 "
    "threads=1 bitrate=1000 ! rtph264pay config-interval=-1 ! "
    "application/x-rtp,media=video,encoding-name=H264,payload=96"
)


@pytest.fixture(scope="module", autouse=True)
def _webrtcbin() -> None:
    found = SYSTEM_PYTHON and subprocess.run(
        [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('GstWebRTC', '1.0')"], capture_output=True, check=False
    )
    if not found or found.returncode:
        missing("no webrtcbin: install gir1.2-gst-plugins-bad-1.0, python3-gi and GStreamer's plugins")


ENCODINGS = {
    "video-only": (VP8,),
    "with-audio": (VP8, "audio"),
    "dtls-client": (VP8, "active"),
    "h264-slices": (SLICES,),
}
"""Rooms, and the encoder and flags of what is sent to each."""


@pytest.fixture(scope="module")
def sent(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, _webrtcbin: None
) -> dict[str, subprocess.CompletedProcess[str]]:
    """The word, sent with each encoding to the room of its name."""
    film, seconds = small_mp4(tmp_path_factory.mktemp("film"))
    whip = f"{desk.url.replace('localhost', '127.0.0.1')}/whip?room="
    return sent_at_once(
        {
            room: _program(whip + room, desk.publish_token, film, seconds, *encoding)
            for room, encoding in ENCODINGS.items()
        }
    )


@pytest.mark.parametrize("room", ENCODINGS)
def test_webrtcbin_spells(desk: Desk, sent: dict[str, subprocess.CompletedProcess[str]], room: str) -> None:
    """The room reads the word exactly."""
    read = httpx.get(f"{desk.url}/rooms/{room}/transcript.txt", headers=desk.owner).text
    assert (sent[room].returncode, read) == (0, f"{WORD}\n"), sent[room].stderr


async def test_webrtcbin_waits_for_its_next_key_frame(desk: Desk, tmp_path: Path) -> None:
    """With a key frame each 15 s, one packet lost and RTCP withheld the session stays, waits and is read on."""
    film, seconds = small_mp4(tmp_path, lead_s=KEY_FRAME_S + LEAD_S)
    with lossy_relay(desk.url.replace("localhost", "127.0.0.1"), one_after(), withhold_rtcp=True) as relay:
        program = _program(f"{relay.url}/whip?room=waits", desk.publish_token, film, seconds, RARE_KEY_FRAMES)
        await assert_waits_for_a_key_frame(desk, relay, "waits", program)


def _program(url: str, token: str, film: Path, seconds: float, *encoding: str) -> list[str]:
    """The command that plays a film once."""
    script = ROOT / "tests" / "e2e" / "gstreamer_publisher.py"
    return [str(SYSTEM_PYTHON), str(script), url, token, str(film), str(seconds + 0.5), *encoding]
