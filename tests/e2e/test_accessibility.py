"""WCAG 2.2 AA on every page, by axe-core 4.10.3 (MPL-2.0, unchanged) in a real browser: light, dark, phone and desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import Chromium, Desk, open_page, show_in

pytestmark = pytest.mark.pages

LAN = True  # the server has its listener for phones

AXE = (Path(__file__).with_name("axe-core") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


COLORS = ["color-contrast", "link-in-text-block"]
"""The rules of :data:`RULES` that look at colors; all others find the same in light and dark."""


async def findings(page: Page, rules: list[str] = RULES) -> list[str]:
    """What axe finds, with the elements it means."""
    await page.evaluate("(source) => { if (!window.axe) (0, eval)(source); }", AXE)
    found: dict[str, Any] = await page.evaluate("(rules) => axe.run(document, { runOnly: rules })", rules)
    return [
        f"{each['impact']} {each['id']}: {[node['target'] for node in each['nodes']]}" for each in found["violations"]
    ]


async def test_no_page_has_a_finding(desk: Desk, chromium: Chromium) -> None:
    """On small and large screens: host, phone without a code, captions, practice, recording, trust, overlay, studio.

    Light and dark, without the changes of color in between.
    """
    async with chromium.with_camera() as browser:
        for place in ("/", "/phone", "/view/main", "/practice", "/collect", "/trust", "/overlay/main", "/studio"):
            page = (await open_page(browser, desk.link(place), 320, 800)).page
            await show_in(page, "light")
            await page.wait_for_timeout(300)
            assert await findings(page) == [], place
            await show_in(page, "dark")
            assert await findings(page, COLORS) == [], place
            await page.set_viewport_size({"width": 1280, "height": 800})
            assert await findings(page) == [], place
            await show_in(page, "light")
            assert await findings(page, COLORS) == [], place
            await page.context.close()


SPILLS = """
() => [...document.querySelectorAll("button, .button, .pill")].filter((one) => one.checkVisibility()
  && (one.scrollWidth > Math.ceil(one.getBoundingClientRect().width) || one.getBoundingClientRect().right > innerWidth))
  .map((one) => one.textContent)
"""


async def test_a_phone_that_sends_has_no_finding(desk: Desk, chromium: Chromium) -> None:
    """Started and stopped by keys; its switches and its text, and no word leaves its button on a small screen."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.phone_link("axe"), 390, 844)).page
        await expect(page.locator("#start")).to_be_enabled()
        await page.focus("#start")
        await page.keyboard.press("Enter")
        await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)
        for width, height in ((390, 844), (320, 568), (568, 320)):
            await page.set_viewport_size({"width": width, "height": height})
            assert await findings(page) == []
            assert await page.evaluate(SPILLS) == []
        await page.focus("#stop")
        await page.keyboard.press("Space")
        await expect(page.locator("#start")).to_be_visible()


async def test_captions_are_read_out_and_do_not_move(desk: Desk, chromium: Chromium) -> None:
    """A change of the text is announced politely; who wants less motion gets none, also in forced colors."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/view/calm"))).page
        await page.emulate_media(reduced_motion="reduce", forced_colors="active")
        await expect(page.locator("#connection")).to_have_text("Live")
        assert await page.locator("#said").get_attribute("aria-live") == "polite"
        await page.request.post(f"{desk.url}/rooms/calm/edits", data={"action": "space"}, headers=desk.owner)
        await expect(page.locator("#said")).to_have_text("Space")
        assert await page.evaluate("document.getAnimations().length") == 0
        assert await findings(page) == []


async def test_everything_is_reached_by_keyboard(desk: Desk, chromium: Chromium) -> None:
    """Tabbing through the host page comes to every visible control, each with a visible focus."""
    async with chromium.with_camera() as browser:
        host = await open_page(browser, desk.link())
        await expect(host.page.locator("#own-camera")).to_be_enabled()
        await expect(host.page.locator("#connection")).to_have_text("Connected")
        await host.page.click("[data-edit=clear]")  # no text, so no suggested words that come while we count
        await expect(host.page.locator("#said")).to_have_text("Text cleared")
        await expect(host.page.locator("#words button")).to_have_count(0)
        wanted = await host.page.evaluate(
            "[...document.querySelectorAll('button, a[href], input, summary')].filter(e => e.checkVisibility()).length"
        )
        reached = set()
        for _ in range(3 * wanted):
            await host.page.keyboard.press("Tab")
            reached.add(
                await host.page.evaluate(
                    """() => {
                      const at = document.activeElement;
                      const style = getComputedStyle(at);
                      const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
                      const all = [...document.querySelectorAll("button, a[href], input, summary")];
                      return all.includes(at) && seen ? all.indexOf(at) : -1;
                    }"""
                )
            )
        assert len(reached - {-1}) == wanted


async def test_text_at_200_percent_fits(desk: Desk, chromium: Chromium) -> None:
    """With the browser's text twice as large no page scrolls sideways at 640 pixels (WCAG 1.4.4, 1.4.10)."""
    async with chromium.with_camera() as browser:
        for place in ("/", "/phone", "/view/main", "/practice", "/trust"):
            opened = await open_page(browser, desk.link(place), 640, 900)
            await opened.page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await opened.page.evaluate("document.documentElement.scrollWidth") <= 640, place
            await opened.leave()
