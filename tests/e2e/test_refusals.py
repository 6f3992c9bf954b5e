"""What keeps a phone from sending, each for real: the page says what it is and the next step, and asks for nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from streamsign.server.tls.authority import PRIVATE, is_private
from streamsign.server.tls.certificate import lan_address
from tests.e2e.desk import Chromium, Desk, launched, running_server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, desktop_chromium_path: str) -> Iterator[Desk]:
    """A server whose plain listener is reached by this computer's address too, as no server should be."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("STREAMSIGN_HOST", "0.0.0.0")  # noqa: S104 - that is the mistake
        with running_server(tmp_path_factory.mktemp("server")) as running:
            yield running


@asynccontextmanager
async def _phone(desktop_chromium_path: str, *arguments: str) -> AsyncIterator[Page]:
    """A browser that grants nothing by itself."""
    async with launched(desktop_chromium_path, flags=arguments) as browser:
        yield await browser.new_page(viewport={"width": 320, "height": 640})


async def _told(page: Page, problem: str, step: str) -> None:
    await expect(page.locator("#notice strong")).to_contain_text(problem)
    await expect(page.locator("#notice span")).to_contain_text(step)


@pytest.mark.parametrize(
    ("flag", "problem", "step"),
    [
        # Without the fake dialogue the answer is no; without the fake device there is no camera.
        ("--use-fake-device-for-media-stream", "was not allowed to use the camera", "Allow the camera for this page"),
        ("--use-fake-ui-for-media-stream", "No camera was found", "Connect a camera"),
    ],
    ids=["permission denied", "no camera"],
)
async def test_no_picture_to_be_had(desk: Desk, desktop_chromium_path: str, flag: str, problem: str, step: str) -> None:
    """Without permission or without a camera, the page gives the next step and shows Start again."""
    async with _phone(desktop_chromium_path, flag) as page:
        await page.goto(desk.phone_link("main"))
        await page.click("#start")
        await _told(page, problem, step)
        await expect(page.locator("#start")).to_be_enabled()


async def test_an_address_without_tls(desk: Desk, chromium: Chromium) -> None:
    """http:// on the network: browsers give it no camera, and the QR code leads to the right address."""
    async with chromium.with_camera() as browser:
        page = await browser.new_page()
        await page.goto(f"http://{lan_address()}:{urlsplit(desk.url).port}/phone#room=main&token={desk.publish_token}")
        await _told(page, "only on secure pages", "Scan the QR code again")
        await expect(page.locator("#start")).to_be_disabled()


async def test_a_browser_without_webrtc(desk: Desk, chromium: Chromium) -> None:
    """Old, or the small one inside another app: which browsers will do."""
    async with chromium.with_camera() as browser:
        page = await browser.new_page()
        await page.add_init_script("delete window.RTCPeerConnection")
        await page.goto(desk.phone_link("main"))
        await _told(page, "cannot send video: it is too old", "Safari, Chrome, Firefox or Edge")
        await expect(page.locator("#start")).to_be_disabled()


async def test_private_is_what_the_certificate_calls_private(desk: Desk, chromium: Chromium) -> None:
    """The page says "mobile data does not lead there" of just those addresses."""
    edges = [ip for network in PRIVATE if network.version == 4 for ip in (network[0], network[-1])]
    hosts = [str(ip + step) for ip in edges for step in (-1, 0, 1)]
    async with chromium.with_camera() as browser:
        page = await browser.new_page()
        await page.goto(f"{desk.url}/trust")
        found = await page.evaluate("async (hosts) => hosts.map((await import('/static/reach.js')).isPrivate)", hosts)
        assert found == [is_private(host) for host in hosts]
        names = ["streamsign.local", "localhost", "[::1]", "[fd00::7]", "local.example.org", "[2001:db8::7]"]
        found = await page.evaluate("async (hosts) => hosts.map((await import('/static/reach.js')).isPrivate)", names)
        assert found == [True, True, True, True, False, False]
