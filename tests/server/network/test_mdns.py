"""server/network/mdns.py: a name on the network, by real multicast on this computer."""

from __future__ import annotations

import asyncio
import errno
import logging
from pathlib import Path

import pytest
import zeroconf
from zeroconf import AddressResolverIPv4  # type: ignore[attr-defined]  # public, but left out of __all__
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from streamsign.errors import SettingsError
from streamsign.server.network import mdns
from streamsign.server.parts import Server
from streamsign.server.run import run
from streamsign.server.tls.certificate import addresses
from streamsign.settings import read_settings

NAME = "streamsign-of-the-test"


@pytest.fixture
def network() -> None:
    """Skip where this computer has no network that carries multicast."""
    if all(ip.startswith("127.") for ip in addresses()):
        pytest.skip("this computer has no network")


async def _resolved(host: str) -> list[str]:
    asked = AddressResolverIPv4(f"{host}.")
    client = AsyncZeroconf(ip_version=zeroconf.IPVersion.V4Only)
    await asked.async_request(client.zeroconf, 3000)
    await client.async_close()
    return asked.parsed_addresses()


async def test_the_name_resolves_while_the_server_runs(network: None) -> None:
    """Another program on the network gets the address and the port, and no loopback."""
    async with mdns.announced(NAME, addresses(), 8443) as host:
        assert host == f"{NAME}.local"
        found = await _resolved(host)
        assert found
        assert not any(ip.startswith("127.") for ip in found)
        info = AsyncServiceInfo(mdns.SERVICE, f"{NAME}.{mdns.SERVICE}")
        client = AsyncZeroconf(ip_version=zeroconf.IPVersion.V4Only)
        assert await info.async_request(client.zeroconf, 3000)
        await client.async_close()
        assert info.port == 8443


async def test_a_taken_name_gives_the_next(network: None) -> None:
    """Two servers on one network both get a name; when all are taken, that is said and nothing breaks."""
    async with mdns.announced(NAME, addresses(), 8443) as first, mdns.announced(NAME, ["192.0.2.9"], 8444) as second:
        assert (first, second) == (f"{NAME}.local", f"{NAME}-2.local")


async def test_without_multicast_the_server_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A network that refuses multicast leaves a warning that says what it means, and no name."""

    def refuse(**_: object) -> AsyncZeroconf:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(mdns, "AsyncZeroconf", refuse)
    async with mdns.announced(NAME, addresses(), 8443) as host:
        assert host is None
    assert "links hold the address" in caplog.text


async def test_a_served_name_is_in_the_links(tmp_path: Path, network: None, caplog: pytest.LogCaptureFixture) -> None:
    """Soon after the start the name is known and logged; the end takes no longer for it."""
    caplog.set_level(logging.INFO)
    settings = read_settings(state_dir=tmp_path, port=0, lan_port=0, mdns_name=NAME)
    found: list[Server] = []

    async def ready(server: Server) -> None:
        found.append(server)

    running = asyncio.ensure_future(run(settings, ready))
    async with asyncio.timeout(20):
        while not (found and found[0].links.name_base):  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0.05)
    link = found[0].links.view_url("main", "token", by_name=True)
    assert str(link).startswith(f"https://{NAME}")
    assert str(link).endswith("/view/main#token=token")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "name announced base=https://" in caplog.text


@pytest.mark.parametrize("name", ["a b", "-a", "streamsign.local", "x" * 61, "é"])
def test_a_name_must_be_one_label(name: str, tmp_path: Path) -> None:
    """What cannot be a host's name is refused with an example."""
    with pytest.raises(SettingsError, match="streamsign"):
        read_settings(state_dir=tmp_path, mdns_name=name)


def test_no_name_is_announced_for_none(tmp_path: Path) -> None:
    """'none' switches it off."""
    assert mdns.candidates(read_settings(state_dir=tmp_path, mdns_name="none").mdns_name) == []
