"""client/tls.py: which certificates clients accept, tried on a real server with TLS."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.client.camera import publish
from streamsign.client.captions import watch
from streamsign.client.tls import TRUST, tls_context, untrusted
from streamsign.demo.video import Film
from streamsign.doctor.check_result import CheckStatus
from streamsign.doctor.reach import reach
from streamsign.errors import AccessDenied, ConnectionFailed
from streamsign.server.parts import make_server
from streamsign.server.run import listener_config
from streamsign.server.tls.certificate import self_signed
from streamsign.settings import read_settings
from streamsign.state.issued import LinkKind
from tests.server.conftest import application, listening

VIEW, PUBLISH = "v" * 32, "p" * 32
FILM = Film((cv2.imencode(".jpg", np.full((64, 64, 3), 128, np.uint8))[1].tobytes(),) * 3, 15.0)


@dataclass(frozen=True)
class Secured:
    """A server with TLS; ``ca`` is the certificate to trust, ``revoked`` a token of a revoked link."""

    url: str
    ca: Path
    revoked: str


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    """A real server with a certificate that this computer does not trust."""
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for file, content in zip((chain, key), self_signed(["127.0.0.1"], []), strict=True):
        file.write_bytes(content)
    settings = read_settings(state_dir=tmp_path / "state", view_token=VIEW, publish_token=PUBLISH, keep_log=False)
    server = make_server(settings)
    link, token = await server.issued.make(server.access.grants, LinkKind.PUBLISH, "main", 600)
    await server.issued.revoke(link.id)
    with application(settings, server) as app:
        async with listening(listener_config(app, settings, chain, key)) as address:
            yield Secured(f"https://{address}", chain, token)
    await server.close()


def test_certificates_are_checked_unless_insecure(tmp_path: Path) -> None:
    """Verification is on by default and off with ``insecure``; an invalid CA file is an error."""
    assert tls_context(None, insecure=False).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(None, insecure=True).verify_mode is ssl.CERT_NONE
    empty = tmp_path / "empty.pem"
    empty.touch()
    for file in (tmp_path / "absent.pem", empty):
        with pytest.raises(ConnectionFailed, match="cannot be used as a certificate"):
            tls_context(file, insecure=False)


async def test_every_client_names_the_options_for_an_untrusted_certificate(secured: Secured) -> None:
    """Watching, publishing and the check all fail with --ca and --insecure as the next step."""
    for call in (lambda: anext(watch(secured.url, token=VIEW)), lambda: publish(secured.url, FILM, token="t")):
        with pytest.raises(ConnectionFailed, match="does not trust the certificate") as refused:
            await call()
        assert refused.value.next_step == TRUST
    [found] = await reach(secured.url, "t")
    assert (found.health, found.next_step) == (CheckStatus.FAILED, TRUST)


@pytest.mark.parametrize("insecure", [False, True])
async def test_the_ca_file_or_insecure_opens_the_way(secured: Secured, insecure: bool) -> None:
    """With the authority's certificate, or without checks, captions are read and the server answers the offer."""
    ca = None if insecure else secured.ca
    events = watch(secured.url, token=VIEW, ca_file=ca, insecure=insecure)
    assert (await anext(events)).type == "hello"
    await events.aclose()
    with pytest.raises(AccessDenied, match="expired, or was revoked") as refused:
        await publish(secured.url, FILM, token=secured.revoked, ca_file=ca, insecure=insecure)
    assert "streamsign link publish" in refused.value.next_step


async def test_a_camera_sends_over_https(secured: Secured) -> None:
    """A film is played into the room, and the server reports the camera."""
    events = await publish(secured.url, FILM, token=PUBLISH, ca_file=secured.ca, linger_s=0.1)
    assert "status" in {event.type for event in events}


def test_other_errors_are_not_about_certificates() -> None:
    """Only a certificate that was not accepted, or an error that it caused, is explained."""
    error = OSError("reset")
    assert untrusted("https://example.org", error) is None
    error.__cause__ = ssl.SSLCertVerificationError("certificate verify failed")
    error.__cause__.verify_message = "self-signed certificate"
    found = untrusted("https://example.org", error)
    assert found is not None
    assert "self-signed certificate" in found.problem
