"""STREAMSIGN_ADVERTISE_ADDRESS, where a server cannot know how it is reached: code, certificate and answer name it."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiortc.sdp import SessionDescription
from cryptography import x509
from playwright.async_api import expect

from tests.e2e.desk import browser_with_camera, running_server, visit
from tests.e2e.radios import radios


async def test_it_reaches_code_certificate_and_answer(
    chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone that knows no other address of the server scans, connects and is live."""
    with radios() as network:
        monkeypatch.setenv("STREAMSIGN_ADVERTISE_ADDRESS", network.public)
        with running_server(tmp_path, lan=True) as desk:
            async with desk.http() as http:
                link = (await http.get("/api/pairing")).json()["url"]
            assert urlsplit(link).hostname == network.public
            port = urlsplit(link).port
            assert port is not None
            shown = x509.load_pem_x509_certificate(ssl.get_server_certificate((network.public, port)).encode())
            names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert network.public in map(str, names.get_values_for_type(x509.IPAddress))

            chromium = network.program(tmp_path / "chromium", chromium_path)
            async with browser_with_camera(chromium) as browser:
                phone = await (await browser.new_context(ignore_https_errors=True)).new_page()
                await visit(phone, link)
                async with phone.expect_response("**/whip?room=main&*") as answered:
                    await phone.click("#start")
                await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
                answer = SessionDescription.parse(await (await answered.value).text())
            candidates = [candidate for media in answer.media for candidate in media.ice_candidates]
            assert {candidate.ip for candidate in candidates} == {network.public}
