"""server/pairing/terminal.py: where to go, on a terminal and in a log."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from streamsign.server.pairing.links import Links
from streamsign.server.pairing.terminal import show
from streamsign.server.parts import Server, make_server
from streamsign.settings import read_settings


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server that phones can reach."""
    made = make_server(read_settings(state_dir=tmp_path))
    made.links = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    return made


async def test_a_terminal_shows_a_fresh_code_after_use(server: Server) -> None:
    """The code is drawn with its link, and drawn anew when it was used."""
    out = io.StringIO()
    showing = asyncio.ensure_future(show(server, Console(file=out, force_terminal=True, width=200, height=60)))
    await asyncio.sleep(0.05)
    code = server.codes.current("main").code
    assert code in out.getvalue()
    server.codes.redeem(code)
    await asyncio.sleep(0.05)
    assert server.codes.current("main").code in out.getvalue()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await server.close()


async def test_a_log_gets_no_code(server: Server) -> None:
    """Written to a file, no secret is in it: addresses are, and how to get the link."""
    out = io.StringIO()
    await show(server, Console(file=out, width=200))
    assert not any(secret in out.getvalue() for secret in ("code=", "token=", "key="))
    assert "http://localhost:8080/" in out.getvalue()
    assert "https://192.0.2.1:8443" in out.getvalue()
    assert "streamsign link" in out.getvalue()
    await server.close()


async def test_a_name_is_shown_when_it_is_known(server: Server) -> None:
    """The server answers to its name a moment after its start; the links are drawn again with it."""
    out = io.StringIO()
    showing = asyncio.ensure_future(show(server, Console(file=out, force_terminal=True, width=200, height=60)))
    await asyncio.sleep(0.05)
    assert "streamsign.local" not in out.getvalue()
    server.links = replace(server.links, name_base="https://streamsign.local:8443")
    server.codes.renew_all()
    await asyncio.sleep(0.05)
    assert "https://streamsign.local:8443/view/main#token=" in out.getvalue()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await server.close()
