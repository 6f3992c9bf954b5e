"""A server that is away: every page says so by itself, and stops saying so when the server is back."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.desk import Chromium, open_page, running_server

pytestmark = pytest.mark.pages

PLACES = ("/phone", "/view/main", "/practice", "/trust", "/studio")
SLOW_MS = 30_000


def _banner(page: Page) -> Locator:
    """What a page says while its server is away; another banner is for a room whose captions are interrupted."""
    return page.locator(".away", has_text="does not respond")


async def test_every_page_shows_a_banner_until_the_server_is_back(tmp_path: Path, chromium: Chromium) -> None:
    """A banner, or the host page's notice; a change that failed meanwhile is not reported after the reconnection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with chromium.with_camera() as browser:
        pages: list[Page] = []
        with running_server(tmp_path, port=port) as desk:
            host = (await open_page(browser, desk.link())).page
            await expect(host.locator("#connection")).to_have_text("Connected", timeout=SLOW_MS)
            for place in PLACES:
                pages.append((await open_page(browser, desk.link(place), 320, 568)).page)
                await expect(_banner(pages[-1])).to_be_hidden()
            await expect(pages[1].locator("#connection")).to_have_text("Live", timeout=SLOW_MS)
            await expect(pages[-1].locator("#address")).to_have_value(re.compile("token="), timeout=SLOW_MS)
        await expect(host.locator("#notice")).to_contain_text("does not respond", timeout=SLOW_MS)
        await host.click("[data-edit=space]")
        await expect(host.locator("#notice")).to_contain_text("could not be changed")
        for page in pages:
            await expect(_banner(page)).to_contain_text("streamsign does not respond.", timeout=SLOW_MS)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        with running_server(tmp_path, port=port):
            await expect(host.locator("#connection")).to_have_text("Connected", timeout=SLOW_MS)
            await expect(host.locator("#notice")).to_be_hidden()
            for page in pages:
                await expect(_banner(page)).to_be_hidden(timeout=SLOW_MS)
