"""Writes the page about compatibility: ``python -m tests.compatibility docs/reference/compatibility.md``."""

from __future__ import annotations

import ast
import json
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
    "npm @eyevinn/whip-web-client": "test_eyevinn_client.py",
}
"""Clients that send to a running server, and the file of their tests in tests/e2e."""

LIMITS = {
    "every client": (
        "server/cameras/test_routes.py::test_an_ice_restart_is_refused",
        "webrtc/test_offer.py::test_the_second_video_is_read_when_only_it_can_be",
    ),
    "Chromium, Firefox ESR": ("webrtc/test_answer.py::test_a_browser_is_asked_for_its_first_simulcast_layer",),
    "OBS (its offers only)": ("webrtc/test_answer.py::test_all_simulcast_layers_of_obs_are_accepted",),
    "GStreamer webrtcbin": ("e2e/test_gstreamer.py::test_webrtcbin_waits_for_its_next_key_frame",),
    "FFmpeg WHIP muxer": (
        "e2e/test_ffmpeg_whip.py::test_ffmpeg_waits_for_its_next_key_frame",
        "webrtc/test_dtls.py::test_a_certificate_on_p_224_is_refused",
    ),
    "npm @eyevinn/whip-web-client": ("server/cameras/test_routes.py::test_the_endpoint_itself_takes_no_patch",),
}
"""Whose limits which tests in tests/ show."""

HEAD = """# Compatibility

Written by `python -m tests.compatibility docs/reference/compatibility.md` from the tests; do not edit it.

## Clients

Each of these sends to a running server, and the test requires the exact text.

| client | version | what the test proves |
|---|---|---|
"""
WITHOUT = """
## What does not work

What a client has to do without, and what happens instead; then the offers that are refused, with the words that the
client is sent.

| client | what happens | test |
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
    limits = [_limit(name, test) for name, tests in LIMITS.items() for test in tests]
    table = "[table](../../tests/webrtc/offers/table.py)"
    limits += [
        f"| every client: {name} | {words} | {table} |" for name, (status, words) in EXPECTED.items() if status != 201
    ]
    offers = [f"| {name} | {status} | {words} |" for name, (status, words) in EXPECTED.items()]
    return "\n".join([HEAD + "\n".join(clients), WITHOUT + "\n".join(limits), OFFERS + "\n".join(offers), ""])


def versions_here() -> dict[str, str]:
    """Versions of the clients on this computer."""
    ffmpeg = ".".join(str(part) for part in av.library_versions["libavformat"])
    return {
        "Chromium": _asked("chromium", "--version"),
        "Firefox ESR": _asked("firefox-esr", "--version"),
        "GStreamer webrtcbin": _asked("gst-inspect-1.0", "--version"),
        "FFmpeg WHIP muxer": f"libavformat {ffmpeg}, PyAV {av.__version__}",
        "npm whip-whep": _packaged("whip-whep"),
        "npm @eyevinn/whip-web-client": _packaged("eyevinn-whip/whip-web-client"),
    }


def _packaged(folder: str) -> str:
    package = ROOT / "tests" / "e2e" / folder / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"])


def _asked(program: str, flag: str) -> str:
    if shutil.which(program) is None:
        return ""
    shown = subprocess.run([program, flag], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(\.\d+){2,}", shown)
    return found[0] if found else ""


def _limit(client: str, test: str) -> str:
    file, _, name = test.partition("::")
    return f"| {client} | {_docstrings(file)[name]} | [{Path(file).name}](../../tests/{file}) |"


def _proved(file: str) -> str:
    """The docstrings of a file's tests that show no limit."""
    limits = {test for tests in LIMITS.values() for test in tests}
    shown = _docstrings(f"e2e/{file}").items()
    return " ".join(words for name, words in shown if f"e2e/{file}::{name}" not in limits)


def _docstrings(file: str) -> dict[str, str]:
    """The docstrings of a file's tests by their names, on one line each."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {
        node.name: " ".join(str(ast.get_docstring(node)).split())
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(versions_here()), encoding="utf-8")
