"""A phone whose network is lost and returns, in a separate network: it reports the cause and continues."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.desk import ROOT, Desk, browser_with_camera, visit
from tests.e2e.radios import Radios, radios
from tests.films import film

LAN = True  # the server has its listener for phones

logger = logging.getLogger(__name__)
RESUMED_S = 3.0
"""How long after the network is back a phone may take, by itself."""


@pytest.fixture
def network() -> Iterator[Radios]:
    """The phone's radios, Wi-Fi on."""
    with radios() as made:
        yield made


@asynccontextmanager
async def _phone(network: Radios, desktop_chromium_path: str, folder: Path) -> AsyncIterator[Browser]:
    """A phone that films a word, over and over."""
    program = network.program(folder / "chromium", desktop_chromium_path)
    async with browser_with_camera(program, film("CELLO")) as browser:
        yield browser


async def _paired(browser: Browser, desk: Desk, address: str) -> tuple[Page, str]:
    """A phone's page at one of the server's addresses, and the server's own part of that address."""
    async with desk.http() as http:
        link = httpx.URL((await http.get("/api/pairing")).json()["url"]).copy_with(host=address)
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await visit(page, str(link))
    return page, f"{link.scheme}://{link.netloc.decode()}"


async def _start(page: Page, sign: Locator) -> None:
    """Start and wait for a sign of it. The test before may have left a camera whose end the server has not noticed."""
    take_over = page.get_by_role("button", name="Take over")
    await page.click("#start")
    await expect(sign.or_(take_over).first).to_be_visible(timeout=30_000)
    if await take_over.is_visible():
        await take_over.click()


async def _open(browser: Browser, desk: Desk, address: str) -> Page:
    """Pair a phone with the server at one of its addresses, and start."""
    page, _ = await _paired(browser, desk, address)
    await _start(page, page.locator("#connection[data-state=live]"))
    await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)
    await expect(page.locator("#text")).to_contain_text("CE", timeout=30_000)
    return page


async def _doctor(network: Radios, folder: Path, desk: Desk, url: str) -> list[str]:
    """What `streamsign doctor URL` finds, run on the phone."""
    program = network.program(folder / "python", sys.executable)
    command = ["-m", "streamsign", "doctor", url, "--insecure", "--token", desk.publish_token]
    results = folder / "doctor.json"
    ran = await asyncio.create_subprocess_exec(program, *command, "--json", str(results), cwd=ROOT)
    await ran.wait()
    return [f"{finding['about']} {finding['health']}" for finding in json.loads(results.read_text())["findings"]]


async def _resumed(page: Page, what: str = "phone") -> None:
    """A page is live again soon enough; how soon is logged (shown by ``--log-cli-level=info``)."""
    since_s = time.monotonic()
    await expect(page.locator("#connection")).to_have_text("Live", timeout=1000 * RESUMED_S)
    logger.info("%s: live after %.2f s", what, time.monotonic() - since_s)


async def _text(page: Page) -> str:
    return await page.locator("#text").inner_text()


@pytest.mark.parametrize("outage_s", [1.0, *(pytest.param(long_s, marks=pytest.mark.slow) for long_s in (4.0, 9.0))])
async def test_lost_without_a_word(
    desk: Desk, network: Radios, desktop_chromium_path: str, tmp_path: Path, outage_s: float
) -> None:
    """After a silent loss of all packets, phone and viewer continue automatically and keep the text."""
    async with _phone(network, desktop_chromium_path, tmp_path) as browser:
        page = await _open(browser, desk, network.wifi.here)
        viewer = await page.context.new_page()
        await viewer.goto(f"{page.url.removesuffix('/phone')}/view/main#token={desk.view_token}")
        await expect(viewer.locator("#connection")).to_have_text("Live")
        network.wifi.lose()
        for each in (page, viewer):
            await expect(each.locator("#connection")).to_have_text("Reconnecting", timeout=10_000)
        before = await _text(page)
        await asyncio.sleep(outage_s)
        network.wifi.regain()
        await asyncio.gather(_resumed(page), _resumed(viewer, "viewer"))
        await expect(page.locator("#notice")).to_be_hidden()
        for each in (page, viewer):
            assert (await _text(each)).startswith(before)
        await expect(viewer.locator("#text")).to_have_text(re.compile(f"^{before}.*[CELO]{{3}}", re.DOTALL))


async def test_wifi_switched_off_and_on(
    desk: Desk, network: Radios, desktop_chromium_path: str, tmp_path: Path
) -> None:
    """Without any network the page says to switch it on, and continues within 3 s after that."""
    async with _phone(network, desktop_chromium_path, tmp_path) as browser:
        page = await _open(browser, desk, network.wifi.here)
        network.wifi.switch("off")
        await expect(page.locator("#notice")).to_contain_text("not connected to a network", timeout=15_000)
        before = await _text(page)
        network.wifi.switch("on")
        await _resumed(page)
        await expect(page.locator("#notice")).to_be_hidden()
        assert (await _text(page)).startswith(before)


async def test_to_mobile_data_and_back(desk: Desk, network: Radios, desktop_chromium_path: str, tmp_path: Path) -> None:
    """At a public address the phone continues over mobile data, then over Wi-Fi again."""
    async with _phone(network, desktop_chromium_path, tmp_path) as browser:
        page = await _open(browser, desk, network.public)
        before = await _text(page)
        network.mobile.switch("on")
        network.wifi.switch("off")
        await expect(page.locator("#connection")).to_have_text("Reconnecting", timeout=10_000)
        await _resumed(page, "mobile")
        network.wifi.switch("on")
        network.mobile.switch("off")
        await expect(page.locator("#connection")).to_have_text("Reconnecting", timeout=10_000)
        await _resumed(page, "wifi")
        assert (await _text(page)).startswith(before)


@pytest.mark.slow
async def test_pages_without_video(desk: Desk, network: Radios, desktop_chromium_path: str, tmp_path: Path) -> None:
    """Behind a firewall that drops UDP, page and `doctor` say just that; without it the phone is live by itself."""
    network.firewall("on")
    async with _phone(network, desktop_chromium_path, tmp_path) as browser:
        page, link = await _paired(browser, desk, network.wifi.here)
        await _start(page, page.locator("#notice:visible"))
        await expect(page.locator("#notice strong")).to_contain_text("video does not reach it", timeout=30_000)
        await expect(page.locator("#notice span")).to_contain_text("allow UDP in the computer's firewall")
        assert await _doctor(network, tmp_path, desk, link) == ["HTTP ok", "UDP failed"]
        network.firewall("off")
        await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)
        await expect(page.locator("#notice")).to_be_hidden()
        assert await _doctor(network, tmp_path, desk, link) == ["HTTP ok", "UDP ok"]


async def test_mobile_data_does_not_lead_into_a_network_of_ones_own(
    desk: Desk, network: Radios, desktop_chromium_path: str, tmp_path: Path
) -> None:
    """At a private address the page says that mobile data does not lead there; back on Wi-Fi it continues."""
    async with _phone(network, desktop_chromium_path, tmp_path) as browser:
        page = await _open(browser, desk, network.wifi.here)
        network.mobile.switch("on")
        network.wifi.switch("off")
        await expect(page.locator("#notice")).to_contain_text("mobile data does not reach it", timeout=15_000)
        await expect(page.locator("#notice")).to_contain_text("same Wi-Fi")
        await expect(page.locator("#detail")).to_be_hidden()
        network.wifi.switch("on")
        await _resumed(page)
        await expect(page.locator("#notice")).to_be_hidden()
