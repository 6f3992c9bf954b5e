"""cli/issuer.py: links of a cluster, by ``streamsign link --nats``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from streamsign.cli.link import link
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.state import SharedState, shared_state
from streamsign.errors import AccessDenied, ConnectionFailed
from streamsign.server.pairing.codes import PairingCodes
from streamsign.state.grants import EVERY_ROOM, Right, Signer
from streamsign.state.issued import IssuedLinks
from tests.nats_server import NatsServer, needs_nats, running_nats, until

pytestmark = needs_nats

BASE = "https://captions.example.org"
SECRET = "a-password-of-a-test"

app = typer.Typer()
app.command()(link)


@pytest.fixture
def nats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NatsServer]:
    """A NATS with a user, whose address is in the environment."""
    monkeypatch.setenv("STREAMSIGN_STATE_DIR", str(tmp_path / "unused"))
    with running_nats(tmp_path, f'authorization {{ user: "gateway", password: "{SECRET}" }}') as server:
        monkeypatch.setenv("STREAMSIGN_NATS", _url(server))
        yield server


def _url(server: NatsServer) -> str:
    return server.url.replace("//", f"//gateway:{SECRET}@")


@asynccontextmanager
async def _gateway(nats: NatsServer) -> AsyncIterator[SharedState]:
    client = await connect(NatsAddress(SecretStr(_url(nats))), "a gateway")
    try:
        async with shared_state(client) as state:
            yield state
    finally:
        await close(client)


async def _printed(*arguments: str) -> str:
    ran = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--url", BASE], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout.strip()


async def test_links_of_a_cluster_are_made_listed_and_revoked(nats: NatsServer, tmp_path: Path) -> None:
    """The owner's link and others are valid by the cluster's key and list; nothing is written on this computer."""
    key = parse_qs(urlsplit(await _printed("host")).fragment)["key"][0]
    edit = urlsplit(await _printed("edit", "--room", "left"))
    assert f"{edit.scheme}://{edit.netloc}{edit.path}" == f"{BASE}/view/left"
    async with _gateway(nats) as state:
        signer, links = Signer(state.keys.session_key.encode()), IssuedLinks(state.links)
        owner, editor = signer.read(key), signer.read(parse_qs(edit.fragment)["token"][0])
        assert owner is not None
        assert editor is not None
        assert owner.allows(Right.OWNER, EVERY_ROOM)
        assert editor.allows(Right.EDIT, "left")
        listed = await _printed("list")
        assert [each.id in listed for each in links.valid()] == [True, True]
        assert await _printed("revoke", editor.holder) == f"Revoked {editor.holder}."
        await until(lambda: links.is_revoked(editor.holder), 2.0)
    assert not (tmp_path / "unused").exists()


async def test_a_code_of_the_command_pairs_at_a_gateway(nats: NatsServer) -> None:
    """It is the code that the host pages show, and it opens its room once."""
    address = urlsplit(await _printed("pair", "--room", "left"))
    assert (address.netloc, address.path) == ("captions.example.org", "/phone")
    said = parse_qs(address.fragment)
    async with _gateway(nats) as state:
        codes = PairingCodes(state.codes, state.clock)
        assert (await codes.current("left")).code == said["code"][0]
        assert await codes.redeem(said["code"][0]) == said["room"][0] == "left"


async def test_a_nats_that_refuses_or_is_away_is_an_error(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The errors show no password."""
    monkeypatch.setattr("streamsign.cluster.connection.CONNECT_WAIT_S", 0.5)
    for stop, error in ((False, AccessDenied), (True, ConnectionFailed)):
        if stop:
            nats.stop()
        with pytest.raises(error) as refused:
            await _printed("list", "--nats", nats.url.replace("//", "//stranger:guess@"))
        assert nats.url in str(refused.value)
        assert "guess" not in str(refused.value)
