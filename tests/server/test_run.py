"""Starting and ending the server."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from streamsign.captions.events import Letter
from streamsign.client.captions import watch
from streamsign.demo.signer import DemoSigner
from streamsign.errors import AddressInUse, ModelNotFound
from streamsign.server.parts import Server
from streamsign.server.run import bind, run
from streamsign.settings import Settings, read_settings
from tests.sources.cameras import FPS, mjpeg_camera


async def _started(settings: Settings) -> Server:
    """Start, and end by SIGTERM as soon as both listeners accept."""
    found: list[Server] = []

    async def ready(server: Server) -> None:
        found.append(server)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(run(settings, ready), 20)
    return found[0]


async def test_both_listeners_start_and_a_signal_ends_them(tmp_path: Path) -> None:
    """The phone link is HTTPS with the code in its fragment; SIGTERM ends the server."""
    links = (await _started(read_settings(state_dir=tmp_path, port=0, lan_port=0))).links
    assert str(links.phone_url("main", "abc")).startswith("https://")
    assert str(links.phone_url("main", "abc")).endswith("/phone#room=main&code=abc")


async def test_an_advertised_address_reaches_link_and_certificate(tmp_path: Path) -> None:
    """The address that was set is in the QR code's link and in the certificate (the answer: webrtc/test_ice.py)."""
    settings = read_settings(state_dir=tmp_path, port=0, lan_port=0, advertise_address="198.51.100.7")
    links = (await _started(settings)).links
    assert str(links.base).startswith("https://198.51.100.7:")
    chain = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    names = chain.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ipaddress.ip_address("198.51.100.7") in names.get_values_for_type(x509.IPAddress)


async def test_a_public_url_is_in_the_links(tmp_path: Path) -> None:
    """Behind a proxy or tunnel its address is what phones are sent to."""
    settings = read_settings(state_dir=tmp_path, port=0, lan=False, public_url="https://captions.example.org/")
    assert (await _started(settings)).links.base == "https://captions.example.org"


async def test_keys_that_others_could_read_are_made_private_without_a_lan(tmp_path: Path) -> None:
    """Private keys of certificates get mode 0600 also at a start that does not use them."""
    keys = [tmp_path / "authority-key.pem", tmp_path / "key.pem"]
    for key in keys:
        key.touch()
        key.chmod(0o644)
    await _started(read_settings(state_dir=tmp_path, port=0, lan=False))
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A port another program holds is an error that says which flag to change."""
    with bind("127.0.0.1", 0, "--port") as held:
        port = held.getsockname()[1]
        with pytest.raises(AddressInUse, match=f"{port}.*\n.*--port"):
            await run(read_settings(state_dir=tmp_path, port=port, lan=False))


async def test_each_source_is_read_into_its_room(tmp_path: Path) -> None:
    """Of two network cameras each one's letter is in the room that was given with it."""
    read: dict[str, str] = {}

    async def ready(server: Server) -> None:
        for room in ("left", "right"):
            async for event in watch(f"{server.links.host_url}view/{room}", token=server.access.view_token):
                if isinstance(event, Letter):
                    read[room] = event.letter
                    break
        os.kill(os.getpid(), signal.SIGTERM)

    films = [[frame.luma for frame in DemoSigner(letter, fps=FPS, width=320, height=240)] for letter in "LO"]
    with mjpeg_camera(films[0]) as left, mjpeg_camera(films[1]) as right:
        settings = read_settings(
            state_dir=tmp_path, port=0, lan=False, source=f"{left} {right}", room="left right", model="celov"
        )
        await asyncio.wait_for(run(settings, ready), 60)
    assert read == {"left": "L", "right": "O"}


async def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    """A model that is not there stops the start."""
    with pytest.raises(ModelNotFound, match="no-such-model"):
        await run(read_settings(state_dir=tmp_path, port=0, lan=False, model="no-such-model"))


async def test_connections_send_small_messages_at_once(tmp_path: Path) -> None:
    """TCP_NODELAY is set on the server's end of a real connection of either listener."""
    found: dict[int, int] = {}

    async def ready(server: Server) -> None:
        for link in (server.links.host_url, str(server.links.base)):
            port = urlsplit(link).port
            assert port is not None
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            while port not in found:
                await asyncio.sleep(0.01)
                found.update(_server_ends(port))
            writer.close()
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(run(read_settings(state_dir=tmp_path, port=0, lan_port=0), ready), 20)
    assert len(found) == 2
    assert all(found.values())


def _server_ends(port: int) -> dict[int, int]:
    """TCP_NODELAY of the connections that this event loop has accepted on a port."""
    found = {}
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    for descriptor in list(selector.get_map()):
        with socket.socket(fileno=os.dup(descriptor)) as end, contextlib.suppress(OSError):
            if end.family == socket.AF_INET and end.getpeername() and end.getsockname()[1] == port:
                found[port] = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    return found
