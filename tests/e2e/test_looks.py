"""What can be measured of the pages' looks: contrast, size of what is tapped, and that large text breaks nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.desk import Chromium, Desk, Scheme, open_page, show_in
from tests.films import film

pytestmark = pytest.mark.pages
LAN = True  # the server has its listener for phones

SCHEMES: tuple[Scheme, ...] = ("light", "dark")

PLACES = ("/", "/phone", "/view/main", "/practice", "/trust", "/overlay/main", "/studio")

FAINT = """
() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => {
    const mix = (one, other) => top.a * one + (1 - top.a) * other;
    return { r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1 };
  };
  // Relative luminance and contrast ratio of WCAG 2.2; over pictures, the worst one: white.
  const luminance = ({ r, g, b }) => [r, g, b].map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, number) => sum + value * [0.2126, 0.7152, 0.0722][number], 0);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest(".said, :disabled, noscript")) continue;
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(over(parse(style.color), behind(element))), luminance(behind(element))];
    const ratio = (Math.max(light, dark) + 0.05) / (Math.min(light, dark) + 0.05);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    if (ratio < (large ? 3 : 4.5)) found.push(`${node.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
}
"""
SMALL = """
() => [...document.querySelectorAll("a, button, select, summary, input")]
  .filter((one) => one.checkVisibility() && getComputedStyle(one).display !== "inline") // links within a sentence
  .map((one) => (one.type === "checkbox" && one.closest("label")) || one) // a tap on its label changes it, too
  .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 44)
  .map((one) => one.outerHTML)
"""
BESIDE = """
() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest(".said, .stage, noscript"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))
"""


@asynccontextmanager
async def _signing(desk: Desk, browser: Browser) -> AsyncIterator[list[Page]]:
    """A phone that sends a word, and the host page that shows it with everything unfolded."""
    host = (await open_page(browser, desk.link())).page
    phone = (await open_page(browser, desk.phone_link("main"), 390, 844)).page
    await phone.click("#start")
    await host.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for page in (phone, host):
        await expect(page.locator("#text")).to_contain_text("LOV", timeout=30_000)
    await expect(host.locator("#words button").first).to_be_visible()
    await expect(host.locator("#latency tr").first).to_be_visible()
    try:
        yield [phone, host]
    finally:
        await phone.close()
        await host.close()


async def test_text_stands_out_and_controls_are_large_enough(desk: Desk, chromium: Chromium) -> None:
    """Contrast 4.5 (3 where large), and 44 pixels for a finger: every page, and phone and host while a hand signs.

    Light and dark, without the changes of color in between.
    """
    async with chromium.with_camera(film("LOVE")) as browser:
        for place in PLACES:
            opened = await open_page(browser, desk.link(place), 320, 640)
            await opened.page.wait_for_load_state("networkidle") if place == "/trust" else None
            await _assert_looks(opened.page)
            await opened.leave()
        async with _signing(desk, browser) as pages:
            for page in pages:
                await _assert_looks(page)


async def _assert_looks(page: Page) -> None:
    for scheme in SCHEMES:
        await show_in(page, scheme)
        assert await page.evaluate(FAINT) == [], (scheme, page.url)
        assert await page.evaluate(SMALL) == [], (scheme, page.url)


async def test_large_text_on_a_small_screen(desk: Desk, chromium: Chromium) -> None:
    """Text at 200 % on 320 pixels: nothing of any page, nor of a phone that sends, is pushed out of sight."""
    async with chromium.with_camera(film("LOVE")) as browser:
        for place in PLACES[:-1]:
            opened = await open_page(browser, desk.link(place), 320, 640)
            await _assert_nothing_beside(opened.page)
            await opened.leave()
        async with _signing(desk, browser) as signing:
            for page in signing:
                await page.set_viewport_size({"width": 320, "height": 640})
                await _assert_nothing_beside(page)


async def _assert_nothing_beside(page: Page) -> None:
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await page.evaluate(BESIDE) == [], page.url
