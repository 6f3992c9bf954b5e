"""FFmpeg's WHIP muxer, which nobody here wrote, spells into a room over H264."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import av
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import missing
from tests.e2e.desk import Desk
from tests.e2e.films import FPS, LEAD_S, WORD
from tests.e2e.lossy_relay import lossy_relay, one_after
from tests.e2e.senders import sent_at_once
from tests.e2e.statuses import assert_waits_for_a_key_frame

pytestmark = pytest.mark.real_time

KEY_FRAME_S = 10.0
"""300 frames at 30 a second."""


def _certificate(folder: Path) -> tuple[Path, Path]:
    """What `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 …` writes: FFmpeg's identity in DTLS.

    FFmpeg built with GnuTLS makes itself one on P-224, which OpenSSL refuses; RFC 8827, section 6.5, asks for P-256.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ffmpeg")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    files = folder / "ffmpeg.pem", folder / "ffmpeg.key"
    files[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _program(folder: Path, url: str, token: str, *encoding: str, lead_s: float = LEAD_S, fps: int = FPS) -> list[str]:
    certificate, key = _certificate(folder)
    program = [sys.executable, "-m", "tests.e2e.ffmpeg_publisher", url, token, str(certificate), str(key)]
    return [*program, str(lead_s), str(fps), *encoding]


def _read(desk: Desk, room: str) -> str:
    return httpx.get(f"{desk.url}/rooms/{room}/transcript.txt", headers=desk.owner).text


@pytest.fixture(scope="module", autouse=True)
def _muxer() -> None:
    if "whip" not in av.formats_available:
        missing(f"PyAV {av.__version__} has an FFmpeg before 8, without WHIP")


PRESETS = {"high": "veryfast", "main": "ultrafast", "baseline": "ultrafast"}
"""H264 profiles, each with a preset of x264 that uses it."""


@pytest.fixture(scope="module")
def sent(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, _muxer: None
) -> dict[str, subprocess.CompletedProcess[str]]:
    """The word, sent with each profile to the room of its name."""
    whip = f"{desk.url.replace('localhost', '127.0.0.1')}/whip?room="
    return sent_at_once(
        {
            profile: _program(
                tmp_path_factory.mktemp(profile),
                whip + profile,
                desk.publish_token,
                f"profile={profile}",
                f"preset={preset}",
                "tune=zerolatency",
                "g=15",
            )
            for profile, preset in PRESETS.items()
        }
    )


@pytest.mark.parametrize("profile", PRESETS)
def test_ffmpeg_spells(desk: Desk, sent: dict[str, subprocess.CompletedProcess[str]], profile: str) -> None:
    """FFmpeg 8 sends H264 of any profile and ends its session: the room reads the word exactly."""
    assert (sent[profile].returncode, _read(desk, profile)) == (0, f"{WORD}\n"), sent[profile].stderr


def test_ffmpeg_spells_with_one_key_frame_over_a_lossy_path(desk: Desk, tmp_path: Path) -> None:
    """With a key frame interval longer than the film and lost packets the missing ones are sent again, and read."""
    with lossy_relay(desk.url.replace("localhost", "127.0.0.1"), lambda number: number % 29 == 0) as relay:
        url = f"{relay.url}/whip?room=lossy"
        encoding = ("profile=main", "preset=veryfast", "tune=zerolatency", "g=300")
        [sent] = sent_at_once({"lossy": _program(tmp_path, url, desk.publish_token, *encoding)}).values()
    assert relay.lost > 3
    assert (sent.returncode, _read(desk, "lossy")) == (0, f"{WORD}\n"), sent.stderr


async def test_ffmpeg_waits_for_its_next_key_frame(desk: Desk, tmp_path: Path) -> None:
    """With a key frame each 300 frames, one packet lost and RTCP withheld the session stays, waits and is read on."""
    with lossy_relay(desk.url.replace("localhost", "127.0.0.1"), one_after(), withhold_rtcp=True) as relay:
        url = f"{relay.url}/whip?room=waits"
        encoding = ("profile=main", "preset=veryfast", "tune=zerolatency", "g=300")
        program = _program(tmp_path, url, desk.publish_token, *encoding, lead_s=KEY_FRAME_S + LEAD_S, fps=30)
        await assert_waits_for_a_key_frame(desk, relay, "waits", program)
