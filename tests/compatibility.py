"""Writes the page about compatibility: ``python -m tests.compatibility docs/reference/compatibility.md``."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import av

from tests.webrtc.offers.table import EXPECTED

ROOT = Path(__file__).resolve().parents[1]

CLIENTS = {
    "Chromium": "test_live.py",
    "Firefox ESR": "test_firefox.py",
    "GStreamer webrtcbin": "test_gstreamer.py",
    "FFmpeg WHIP muxer": "test_ffmpeg_whip.py",
    "npm whip-whep": "test_whip_client.py",
}
"""Clients that send to a running server, and the file of their tests in tests/e2e."""

HEAD = """# Compatibility

Written by `python -m tests.compatibility docs/reference/compatibility.md` from the tests; do not edit it.

## Clients

Each of these sends to a running server, and the test requires the exact text.

| client | version | what the test proves |
|---|---|---|
"""
OFFERS = """
## Offers

What the server answers to offers in the shape of public ones ([files](../../tests/webrtc/offers)): per section the
codec, for H264 the profile and the packetization mode, and in parentheses the DTLS role of the server. `0` is a
rejected section.

| offer | status | answer |
|---|---|---|
"""


def document(versions: Mapping[str, str]) -> str:
    """The page, with the clients' versions by name."""
    clients = [
        f"| {name} | {versions.get(name, '')} | {_proved(file)} [{file}](../../tests/e2e/{file}) |"
        for name, file in CLIENTS.items()
    ]
    offers = [f"| {name} | {status} | {words} |" for name, (status, words) in EXPECTED.items()]
    return HEAD + "\n".join(clients) + "\n" + OFFERS + "\n".join(offers) + "\n"


def versions_here() -> dict[str, str]:
    """Versions of the clients on this computer."""
    ffmpeg = ".".join(str(part) for part in av.library_versions["libavformat"])
    return {
        "Chromium": _asked("chromium", "--version"),
        "Firefox ESR": _asked("firefox-esr", "--version"),
        "GStreamer webrtcbin": _asked("gst-inspect-1.0", "--version"),
        "FFmpeg WHIP muxer": f"libavformat {ffmpeg}, PyAV {av.__version__}",
        "npm whip-whep": "1.2.0",
    }


def _asked(program: str, flag: str) -> str:
    if shutil.which(program) is None:
        return ""
    shown = subprocess.run([program, flag], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(\.\d+){2,}", shown)
    return found[0] if found else ""


def _proved(file: str) -> str:
    """The docstrings of a file's tests."""
    tree = ast.parse((ROOT / "tests" / "e2e" / file).read_text(encoding="utf-8"))
    tests = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    return " ".join(" ".join(str(ast.get_docstring(test)).split()) for test in tests)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(versions_here()), encoding="utf-8")
