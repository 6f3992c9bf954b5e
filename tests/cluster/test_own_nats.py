"""cluster/own_nats.py: the NATS of a server with workers."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchmarks.ports import free_port
from streamsign.cluster import own_nats as module
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.own_nats import own_nats
from streamsign.errors import AccessDenied, RuntimeUnavailable
from tests.nats_server import needs_nats


@needs_nats
async def test_it_answers_only_to_its_token(tmp_path: Path) -> None:
    """Other programs of this computer cannot use it, and its configuration is readable by the owner only."""
    nats, url = own_nats(tmp_path / "nats", free_port())
    nats.start()
    try:
        await close(await connect(NatsAddress(SecretStr(url)), "test"))
        with pytest.raises(AccessDenied):
            await connect(NatsAddress(SecretStr(url.replace("//", "//x"))), "test")
        assert stat.S_IMODE((tmp_path / "nats" / "nats.conf").stat().st_mode) == 0o600
    finally:
        await nats.stop(10)


def test_without_nats_server_the_error_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step is to install it, or to name a server."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_PATHS", str(tmp_path))
    with pytest.raises(RuntimeUnavailable, match="nats-server") as missing:
        own_nats(tmp_path / "nats", 4222)
    assert "apt install nats-server" in missing.value.next_step
    assert "--nats" in missing.value.next_step
