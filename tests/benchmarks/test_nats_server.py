"""Tests of benchmarks/nats_server.py."""

from __future__ import annotations

import re

import nats
import pytest

from benchmarks.nats_server import nats_servers, nats_version
from streamsign.errors import StreamsignError
from tests.nats_server import needs_nats


@needs_nats
async def test_a_server_keeps_its_streams_when_killed() -> None:
    """A stream that was acknowledged is there after SIGKILL and a new start, on the same port."""
    with nats_servers() as (server,):
        client = await nats.connect(server.url)
        await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await client.jetstream().publish("kept", b"1")
        await client.close()
        assert server.resident_kb() > 1000
        assert server.cpu_s() >= 0
        server.kill()
        server.start()
        client = await nats.connect(server.url)
        assert (await client.jetstream().stream_info("KEPT")).state.messages == 1
        await client.close()


@needs_nats
def test_the_version_is_a_number() -> None:
    """The installed server reports its version without a leading v."""
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", nats_version())


def test_a_missing_server_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nats-server the error names the command that installs it."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(StreamsignError, match="not installed") as caught:
        nats_version()
    assert "apt install nats-server" in caught.value.next_step
