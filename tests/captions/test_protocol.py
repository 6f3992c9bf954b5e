"""captions/protocol.py: names that both ends use, and what the pages' scripts use of them."""

from __future__ import annotations

import re

from streamsign.captions.protocol import CLOCK_CHANNEL, LETTERS_CHANNEL, SUBPROTOCOL, UNAUTHORIZED
from tests.conftest import ROOT

WEB = ROOT / "streamsign" / "server" / "web"


def test_the_pages_use_the_same_names() -> None:
    """The scripts open the channels, ask for the subprotocol and know the close code by the names the server uses."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in WEB.glob("*.js"))
    channels = set(re.findall(r'createDataChannel\("(\w+)"', scripts))
    assert channels == {LETTERS_CHANNEL, CLOCK_CHANNEL}
    assert f'"{SUBPROTOCOL}"' in scripts
    assert str(UNAUTHORIZED) in scripts
