"""server/pairing/terminal.py: where to go, on a terminal and in a log."""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console, ConsoleDimensions
from rich.text import Text

from streamsign.server.pairing.links import Links
from streamsign.server.pairing.terminal import drawn, show
from streamsign.server.parts import Server, make_server
from streamsign.settings import read_settings
from tests.virtual_time import in_virtual_time


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server that phones can reach."""
    made = make_server(read_settings(state_dir=tmp_path))
    made.links = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    return made


@in_virtual_time
async def test_a_terminal_shows_a_fresh_code_after_use(server: Server) -> None:
    """The code is drawn with its link, and drawn again when it was used."""
    out = io.StringIO()
    showing = asyncio.ensure_future(show(server, Console(file=out, force_terminal=True, width=200, height=60)))
    await asyncio.sleep(0.2)
    code = (await server.codes.current("main")).code
    assert code in out.getvalue()
    await server.codes.redeem(code)
    await asyncio.sleep(0.2)
    assert (await server.codes.current("main")).code in out.getvalue()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await server.close()


@in_virtual_time
async def test_a_log_gets_no_code(server: Server) -> None:
    """Written to a file, no secret is in it: addresses are, and how to get the link."""
    out = io.StringIO()
    await show(server, Console(file=out, width=200))
    assert not any(secret in out.getvalue() for secret in ("code=", "token=", "key="))
    assert "http://localhost:8080/" in out.getvalue()
    assert "https://192.0.2.1:8443" in out.getvalue()
    assert "streamsign link" in out.getvalue()
    await server.close()


@in_virtual_time
async def test_a_name_is_shown_when_it_is_known(server: Server) -> None:
    """The server answers to its name a moment after its start; the links are drawn again with it."""
    out = io.StringIO()
    showing = asyncio.ensure_future(show(server, Console(file=out, force_terminal=True, width=200, height=60)))
    await asyncio.sleep(0.2)
    assert "streamsign.local" not in out.getvalue()
    server.links = replace(server.links, name_base="https://streamsign.local:8443")
    server.codes.renew_all()
    await asyncio.sleep(0.2)
    assert "https://streamsign.local:8443/view/main#token=" in out.getvalue()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await server.close()


URL = "https://192.168.100.123:8443/phone#room=main&code=Zq3vT0yW8sK4mB1x"


def _decoded(text: Text, background: int) -> str:
    """What a scanner reads of a terminal, each character two square pixels high on a background."""
    lines = list(text.split("\n"))
    shown = np.full((8 * (len(lines) + 4), 4 * 84), background, np.uint8)
    for row, line in enumerate(lines):
        for span in line.spans:
            if "#" in str(span.style):
                upper, lower = (int(color[1:3], 16) for color in str(span.style).split(" on "))
                shown[8 * row + 16 : 8 * row + 20, 4 * span.start + 8 : 4 * span.end + 8] = upper
                shown[8 * row + 20 : 8 * row + 24, 4 * span.start + 8 : 4 * span.end + 8] = lower
    magnified = cv2.resize(shown, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    return str(cv2.QRCodeDetector().detectAndDecode(magnified)[0])


@pytest.mark.parametrize("background", [0, 255])
def test_a_scanner_reads_the_code_on_dark_and_light_terminals(background: int) -> None:
    """At 80 columns and 24 rows the code fits with its text, and its colors do not depend on the terminal's."""
    text = drawn(URL, ConsoleDimensions(80, 24))
    assert _decoded(text, background) == URL
    assert len(text.plain.split("\n")) < 24


@pytest.mark.parametrize("size", [(80, 20), (30, 50)])
def test_a_terminal_that_is_too_small_says_how_large_it_has_to_be(size: tuple[int, int]) -> None:
    """No cut code is drawn: the size that is needed stands there, and the link itself."""
    text = drawn(URL, ConsoleDimensions(*size)).plain
    needed = re.search(r"needs a terminal of (\d+) columns and (\d+) rows", text)
    assert needed is not None
    assert "▀" not in text
    assert URL in text
    assert "▀" in drawn(URL, ConsoleDimensions(max(80, int(needed[1])), int(needed[2]) + 8)).plain


@in_virtual_time
async def test_links_are_whole_at_80_columns(server: Server) -> None:
    """A link longer than a row is left to the terminal to wrap, so that it can be copied."""
    out = io.StringIO()
    showing = asyncio.ensure_future(show(server, Console(file=out, force_terminal=True, width=80, height=24)))
    await asyncio.sleep(0.2)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    assert re.search(r"^This computer: http://localhost:8080/#key=\S{40,}\r?$", plain, re.MULTILINE)
    assert re.search(r"^Viewers:       https://192\.0\.2\.1:8443/view/main#token=\S+\r?$", plain, re.MULTILINE)
    await server.close()
