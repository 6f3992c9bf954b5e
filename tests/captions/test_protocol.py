"""captions/protocol.py: names that both ends use, and what the pages' scripts use of them."""

from __future__ import annotations

import re

import pytest

from streamsign.captions.protocol import CLOCK_CHANNEL, LETTERS_CHANNEL, SUBPROTOCOL, UNAUTHORIZED
from streamsign.room_names import ROOM_PATTERN
from tests.conftest import ROOT

WEB = ROOT / "streamsign" / "server" / "web"


def test_the_pages_use_the_same_names() -> None:
    """The scripts open the channels, ask for the subprotocol and know the close code by the names the server uses."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in WEB.glob("*.js"))
    channels = set(re.findall(r'createDataChannel\("(\w+)"', scripts))
    assert channels == {LETTERS_CHANNEL, CLOCK_CHANNEL}
    assert f'"{SUBPROTOCOL}"' in scripts
    assert str(UNAUTHORIZED) in scripts


@pytest.mark.parametrize("name", ["main", "room_2", "A-b", "x" * 64])
def test_room_names(name: str) -> None:
    """Letters, digits, - and _ make a room's name."""
    assert ROOM_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "ü", "x" * 65, "main\n"])
def test_what_is_no_room_name(name: str) -> None:
    """Nothing that would need escaping in a URL does."""
    assert not ROOM_PATTERN.fullmatch(name)
