"""A NATS for the tests of one file, a connection to it, and a room."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.log import StreamLog
from tests.nats_server import SERVER, NatsServer, running_nats
from tests.server.conftest import offer  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A NATS that all tests of a file share; each uses rooms of its own."""
    if SERVER is None:
        pytest.skip("nats-server is not installed (apt install nats-server)")
    with running_nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    """A connection to the NATS of the file."""
    connected = await connect(NatsAddress(SecretStr(nats.url)), "test")
    yield connected
    await close(connected)


@pytest.fixture
async def stream(client: Client) -> StreamLog:
    """The log on the NATS of the file."""
    log = StreamLog(client)
    await log.prepare()
    return log


@pytest.fixture
def room() -> str:
    """A room that no other test uses."""
    return f"room-{secrets.token_hex(6)}"


@pytest.fixture
def fresh_nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A NATS of one test, which may stop it and lose what it has stored."""
    with running_nats(tmp_path / "nats") as server:
        yield server
