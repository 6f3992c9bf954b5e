"""Starting and ending the server."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from streamsign.errors import AddressInUse, ModelNotFound
from streamsign.server.pairing import Links
from streamsign.server.run import bind, run
from streamsign.settings import read_settings


async def test_both_listeners_start_and_a_signal_ends_them(tmp_path: Path) -> None:
    """The phone link is HTTPS with the token in its fragment; SIGTERM ends the server."""
    found: list[Links] = []

    def ready(_server: object, links: Links) -> None:
        found.append(links)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(run(read_settings(state_dir=tmp_path, port=0, lan_port=0), ready), 20)
    phone = found[0].phone_url
    assert phone is not None
    assert phone.startswith("https://")
    assert "#room=main&token=" in phone


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A port another program holds is an error that says which flag to change."""
    with bind("127.0.0.1", 0, "--port") as held:
        port = held.getsockname()[1]
        with pytest.raises(AddressInUse, match=f"{port}.*\n.*--port"):
            await run(read_settings(state_dir=tmp_path, port=port, lan=False))


async def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    """A model that is not there stops the start."""
    with pytest.raises(ModelNotFound, match="no-such-model"):
        await run(read_settings(state_dir=tmp_path, port=0, lan=False, model="no-such-model"))
