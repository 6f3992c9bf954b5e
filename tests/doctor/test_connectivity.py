"""doctor/connectivity.py: real ports, datagrams and connections of this computer."""

from __future__ import annotations

from pathlib import Path

from streamsign.doctor import connectivity as network
from streamsign.doctor.check_result import CheckStatus
from streamsign.server.run import bind
from streamsign.settings import read_settings
from tests.server.conftest import serving


def test_a_port_another_program_holds_is_ill() -> None:
    """A free port is ok; for one in use the flag that changes it is named."""
    with bind("127.0.0.1", 0, "--port") as held:
        number = held.getsockname()[1]
        found = network.port(number, "--port")
    assert found.health is CheckStatus.FAILED
    assert "--port" in found.next_step
    assert network.port(number, "--port").health is CheckStatus.OK


async def test_a_port_that_streamsign_uses_is_ok(tmp_path: Path) -> None:
    """Run beside a server, the doctor does not call it a stranger."""
    import asyncio
    from urllib.parse import urlsplit

    async with serving(read_settings(state_dir=tmp_path)) as running:
        number = urlsplit(running.url).port
        assert number is not None
        found = await asyncio.to_thread(network.port, number, "--port")
    assert (found.health, found.words) == (CheckStatus.OK, "streamsign is running there.")


def test_loopback_is_no_network() -> None:
    """A phone cannot be sent to this computer's own loopback address."""
    assert network.address("127.0.0.1").health is CheckStatus.FAILED
    assert network.address("192.168.1.7").health is CheckStatus.OK


def test_a_public_address_cannot_be_trusted(tmp_path: Path) -> None:
    """The authority vouches for private addresses, and its fingerprint is shown."""
    assert network.trust(tmp_path, "192.168.1.7").health is CheckStatus.OK
    assert network.trust(tmp_path, "198.51.100.7").health is CheckStatus.WARNING


async def test_datagrams_that_do_not_arrive_are_ill() -> None:
    """To this computer they arrive; to an address that is not its own they do not, and a firewall is named."""
    assert (await network.udp("127.0.0.1")).health is CheckStatus.OK
    lost = await network.udp("198.51.100.7")
    assert lost.health is CheckStatus.FAILED
    assert "firewall" in lost.next_step


async def test_two_ends_find_each_other() -> None:
    """ICE, DTLS and a data channel, as between a phone and the server."""
    assert (await network.media()).health is CheckStatus.OK
