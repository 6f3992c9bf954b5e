"""server/tls/routes.py: what a phone downloads to trust this computer."""

from __future__ import annotations

import plistlib

from cryptography import x509

from streamsign.server.tls.authority import authority
from tests.server.conftest import Running


async def test_downloads_are_of_the_authority_that_signs(running: Running) -> None:
    """Profile, certificate and fingerprint belong together, with the types phones open them by."""
    own = authority(running.server.settings.state_dir)
    profile = await running.http.get("/trust/streamsign.mobileconfig")
    certificate = await running.http.get("/trust/streamsign.crt")
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    assert certificate.headers["content-type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(certificate.content) == own.certificate
    assert plistlib.loads(profile.content)["PayloadContent"][0]["PayloadContent"] == certificate.content
    assert (await running.http.get("/trust/fingerprint")).json() == {"sha256": own.fingerprint()}
    assert "Certificate Trust Settings" in (await running.http.get("/trust")).text
