"""cli/pair.py: the code that pairs a phone, printed by another program than the server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from streamsign.cli.pair import print_code
from streamsign.errors import SettingsError
from streamsign.state.address import ServerAddress, announced
from tests.e2e.desk import running_server
from tests.server.conftest import Running, running

__all__ = ["running"]  # the fixture


def test_the_printed_link_pairs_a_phone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The code of the running server is printed for a room; a phone exchanges it for a session in that room.

    With another start of the link the rest is the same.
    """
    with running_server(tmp_path, lan=True) as desk:
        print_code(tmp_path / "state", "left")
        address = urlsplit(capsys.readouterr().out.strip())
        assert address.path == "/phone"
        [code] = parse_qs(address.fragment)["code"]
        paired = httpx.post(f"{desk.url}/pair", json={"code": code}).raise_for_status().json()
        print_code(tmp_path / "state", "left", "https://captions.example.org/signs/")
        assert capsys.readouterr().out.startswith("https://captions.example.org/signs/phone")
    assert paired["room"] == "left"


async def test_a_server_for_this_computer_alone_says_so(running: Running) -> None:
    """Where phones cannot reach the server, the error is the server's own."""
    folder = running.server.settings.state_dir
    with announced(folder) as write:
        write(ServerAddress(host_url=running.url, base=None))
        with pytest.raises(SettingsError, match="Phones cannot reach"):
            await asyncio.to_thread(print_code, folder, "main")


def test_without_a_server_the_next_step_is_to_start_one(tmp_path: Path) -> None:
    """A folder that no server uses has no code to show."""
    with pytest.raises(SettingsError, match="No server is running"):
        print_code(tmp_path, "main")
