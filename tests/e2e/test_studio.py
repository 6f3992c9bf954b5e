"""The overlay studio: a form that builds the address of the overlay, with a preview."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, open_page

pytestmark = pytest.mark.pages


async def test_the_address_shows_what_the_preview_shows(desk: Desk, chromium: Chromium) -> None:
    """Size, position, color and words of the form are in the address, the preview and the page that it opens."""
    async with chromium.with_camera() as browser:
        studio = await open_page(browser, desk.link("/studio"))
        page = studio.page
        address = page.locator("#address")
        usual = re.compile(re.escape(f"{desk.url}/overlay/main#token=g1.v.main."))
        await expect(address).to_have_value(usual, timeout=20_000)
        await page.locator("#look [name=size]").fill("10")
        await page.locator("[name=position]").select_option("top")
        await page.locator("[name=color]").fill("#ffcc00")
        await page.locator("[name=by]").check()
        link = urlsplit(await address.input_value())
        assert parse_qs(link.query) == {"size": ["10vh"], "position": ["top"], "color": ["#ffcc00"], "by": ["word"]}
        await expect(page.locator("#overlay")).to_have_attribute("data-position", "top")
        await expect(page.locator("#overlay #lines")).to_have_css("color", "rgb(255, 204, 0)")
        assert studio.strangers == studio.complaints == []
        overlay = (await open_page(browser, link.geturl())).page
        await expect(overlay.locator("body")).to_have_attribute("data-position", "top")
        await expect(overlay.locator("#lines")).to_have_css("color", "rgb(255, 204, 0)")
        await page.reload()  # the form's state is in the studio's own address
        await expect(page.locator("#look [name=size]")).to_have_value("10")
        await page.locator("button[type=reset]").click()
        await expect(address).to_have_value(usual, timeout=20_000)
