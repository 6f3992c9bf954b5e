"""The settings menu of the pages: it is everywhere, what is chosen is kept, and it is there at the first paint."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, Scheme, open_page
from tests.e2e.test_accessibility import SPILLS, findings

pytestmark = pytest.mark.pages

PLACES = ("/", "/phone", "/view/main", "/practice", "/trust", "/studio")
LOOK = "[document.documentElement.dataset.theme, getComputedStyle(document.documentElement).fontSize]"


async def test_theme_and_text_size_are_kept_for_every_page(desk: Desk, chromium: Chromium) -> None:
    """Dark and very large on the host page: every page has them before its modules run, fits, and shows the choice."""
    async with chromium.with_camera() as browser:
        opened = await open_page(browser, desk.link(), 320, 568)
        page = opened.page
        assert await page.evaluate(LOOK) == ["light", "16px"]
        await page.click(".preferences-button")
        await page.select_option(".preferences [name=theme]", "dark")
        await page.select_option(".preferences [name=size]", "larger")
        assert await page.evaluate(LOOK) == ["dark", "22px"]
        await page.click(".preferences button")
        await expect(page.locator(".preferences")).to_be_hidden()
        await page.route(
            "**/*.js", lambda route: route.continue_() if "first-paint" in route.request.url else route.abort()
        )
        await page.goto(f"{desk.url}/trust", wait_until="commit")
        await expect(page.locator("h1")).to_be_visible()
        assert await page.evaluate(LOOK) == ["dark", "22px"]
        await page.unroute_all()
        for place in PLACES:
            await page.goto(desk.link(place))
            await expect(page.locator(".preferences [name=theme]")).to_have_value("dark")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, place
            assert await page.evaluate(SPILLS) == [], place


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_open_menu_has_no_finding_and_closes(desk: Desk, chromium: Chromium, scheme: Scheme) -> None:
    """Nothing is found by axe, and Escape closes the menu and puts the focus back on its button."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/trust"), 320, 568, scheme)).page
        await page.focus(".preferences-button")
        await page.keyboard.press("Enter")
        await expect(page.locator(".preferences")).to_be_visible()
        assert await page.evaluate("document.documentElement.dataset.theme") == scheme
        assert await findings(page) == []
        await page.keyboard.press("Escape")
        await expect(page.locator(".preferences")).to_be_hidden()
        await expect(page.locator(".preferences-button")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390])
async def test_the_menu_is_beside_the_name_on_narrow_screens(desk: Desk, chromium: Chromium, width: int) -> None:
    """The page's name, its state and the settings button share the first row of every page; links are below."""
    async with chromium.with_camera() as browser:
        for place in PLACES:
            page = (await open_page(browser, desk.link(place), width, 640)).page
            await expect(page.locator(".preferences-button")).to_be_visible()
            rows = "element => { const { y, height } = element.getBoundingClientRect(); return y + height / 2; }"
            name, button = [await page.locator(one).evaluate(rows) for one in (".brand h1", ".preferences-button")]
            assert abs(name - button) < 8, place
            for link in await page.locator(".bar a.button").all():
                assert await link.evaluate(rows) > button, place
            await page.context.close()
