"""docs/reference/limits.md: the limits as the settings and the code have them."""

from __future__ import annotations

import re

import pytest

from streamsign.captions.log import MAX_EVENTS, MAX_TEXT
from streamsign.captions.room import MAX_BEHIND
from streamsign.captions.rooms import MAX_ROOMS
from streamsign.server.captions.frames import CONTROL_FRAMES_AT_ONCE, CONTROL_FRAMES_PER_S, MAX_FRAGMENTS
from streamsign.server.captions.websocket import MAX_AUTH_CHARS, MAX_WAITING, MAX_WAITING_PER_ADDRESS
from streamsign.server.grants.guesses import FREE_GUESSES, LONGEST_WAIT_S
from streamsign.server.http.body_limit import MAX_BODY_BYTES
from streamsign.server.pairing.codes import MAX_CODES
from streamsign.server.run import MAX_HEADER_BYTES
from streamsign.settings import Settings
from streamsign.webrtc.decoder import BACKLOG, MAX_PIXELS
from streamsign.webrtc.event_channels import MAX_BUFFERED_BYTES
from streamsign.webrtc.ice import MAX_CANDIDATES
from streamsign.webrtc.ssrc_limit import MAX_SSRCS
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs/reference/limits.md").read_text(encoding="utf-8")
ROWS = {row.split(" | ")[0].strip("| `"): row.split(" | ")[1] for row in DOCUMENT.splitlines() if row.startswith("| ")}
LIMITS = [name for name in Settings.model_fields if name.startswith("max_") or name.endswith(("_per_s", "_timeout_s"))]


@pytest.mark.parametrize("name", [*LIMITS, "connections_per_address", "sessions_per_device", "retention"])
def test_each_limit_stands_there_with_its_default(name: str) -> None:
    """A setting that limits something has a row that begins with its default."""
    number = re.match(r"[\d.]+", ROWS[name.replace("_", "-")])
    assert number is not None
    assert float(number[0]) == Settings.model_fields[name].default


def test_constants_stand_there() -> None:
    """The second table has the numbers that the code has."""
    constants = [MAX_AUTH_CHARS, MAX_WAITING, MAX_WAITING_PER_ADDRESS, MAX_BEHIND, MAX_EVENTS, MAX_TEXT, MAX_BODY_BYTES]
    constants += [MAX_HEADER_BYTES, MAX_CANDIDATES, MAX_SSRCS, BACKLOG, FREE_GUESSES, round(LONGEST_WAIT_S)]
    constants += [MAX_CODES, MAX_BUFFERED_BYTES, MAX_FRAGMENTS]
    constants += [round(CONTROL_FRAMES_PER_S), round(CONTROL_FRAMES_AT_ONCE)]
    numbers = set(map(int, re.findall(r"\d+", DOCUMENT.partition("These are constants")[2])))
    assert set(constants) - numbers == set()


def test_defaults_of_the_parts_are_those_of_the_settings() -> None:
    """A part that is used without settings has the same limits."""
    assert Settings.model_fields["max_rooms"].default == MAX_ROOMS
    assert Settings.model_fields["max_pixels"].default == MAX_PIXELS
