"""Why a camera has not connected."""

from __future__ import annotations

import pytest

from streamsign.webrtc.connecting import why_not_connected
from streamsign.webrtc.offer import Candidates

LOCAL = "1 1 udp 2113937151 00000000-0000-4000-8000-000000000000.local 50000 typ host"
HOST = "1 1 UDP 2122317823 192.0.2.10 50000 typ host"
TCP = "1 1 tcp 2105458943 192.0.2.10 9 typ host tcptype active"


@pytest.mark.parametrize(
    ("ice", "dtls", "lines", "words"),
    [
        ("checking", "new", (), "named no address, "),
        ("checking", "new", (TCP,), "named no address over UDP"),
        ("checking", "new", (LOCAL,), "only a .local name"),
        ("checking", "new", (LOCAL, HOST), "192.0.2.10 cannot be reached"),
        ("failed", "connected", (HOST,), "path to the camera broke"),
        ("failed", "new", (HOST,), "No network path"),
        ("completed", "failed", (HOST,), "handshake (DTLS) with the camera failed: no cipher"),
        ("completed", "connecting", (HOST,), "does not answer the encryption handshake"),
        ("completed", "connected", (HOST,), "sends no video"),
    ],
)
def test_each_stage_has_its_reason(ice: str, dtls: str, lines: tuple[str, ...], words: str) -> None:
    """Failures of paths, handshake and media have different errors, with the addresses that were tried."""
    said = why_not_connected(ice, dtls, Candidates(lines, ended=True), "no cipher in common")
    assert words in said
    assert said.endswith(".")
