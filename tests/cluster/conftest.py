"""A NATS for the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
def fresh_nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A NATS of one test, which may stop it and lose what it has stored."""
    with running_nats(tmp_path / "nats") as server:
        yield server
