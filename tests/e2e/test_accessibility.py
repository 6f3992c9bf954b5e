"""Whether the pages can be used by keyboard, by screen reader, enlarged, in high contrast and without motion.

The rules are axe-core 4.10.3 (MPL-2.0), unchanged in tests/e2e/axe-core.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.desk import Desk, browser_with_camera, open_page, running_server

AXE = (Path(__file__).with_name("axe-core") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/", "/phone", "/view/main", "/overlay/main", "/practice", "/trust"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Desk]:
    """One server for all tests of this file."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


async def _broken_rules(page: Page) -> list[str]:
    """What axe finds, one line a rule and element."""
    await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate(
        "([tags, titled]) => axe.run({ runOnly: tags, rules: { 'page-has-heading-one': { enabled: titled } } })",
        [RULES, "/overlay/" not in page.url],  # captions over somebody else's picture have no title
    )
    return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]


async def _open(browser: Browser, desk: Desk, path: str, **how: Any) -> Page:
    fragment = f"#room=main&token={desk.publish_token}" if path == "/phone" else ""
    return (await open_page(browser, f"{desk.url}{path}{fragment}", **how)).page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_rule_is_broken(desk: Desk, chromium_path: str, scheme: str) -> None:
    """WCAG 2.2 AA as far as a program can check it: names, roles, contrast, sizes of targets, order of headings."""
    async with browser_with_camera(chromium_path) as browser:
        broken = {}
        for path in PAGES:
            page = await _open(browser, desk, path, scheme=scheme)
            await page.wait_for_timeout(300)  # what the page asks of the server at its start has come
            broken[path] = await _broken_rules(page)
        assert broken == {path: [] for path in PAGES}


async def test_no_rule_is_broken_while_a_camera_sends(desk: Desk, chromium_path: str) -> None:
    """The phone's page and the practice page in use, on a narrow screen; no word leaves its button."""
    async with browser_with_camera(chromium_path) as browser:
        for path in ("/phone", "/practice"):
            page = await _open(browser, desk, path, width=320, height=640)
            await page.click("#start")
            await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)
            assert await _broken_rules(page) == [], path
            assert await page.evaluate(SPILLS) == [], path
            await page.set_viewport_size({"width": 568, "height": 320})
            assert await page.evaluate(SPILLS) == [], path


SPILLS = """
() => [...document.querySelectorAll("button, a.button, .pill, h1, h2")].filter((one) => {
  const box = one.getBoundingClientRect();
  const spills = one.scrollWidth > Math.ceil(box.width) || box.right > innerWidth + 1;
  return one.checkVisibility() && !one.classList.contains("said") && spills;
}).map((one) => `${one.textContent} ${one.scrollWidth} ${one.getBoundingClientRect().width}`)
"""


async def test_text_may_be_twice_as_large(desk: Desk, chromium_path: str) -> None:
    """With text at 200 % nothing scrolls aside, and no word leaves its button (WCAG 1.4.4)."""
    async with browser_with_camera(chromium_path) as browser:
        for path in PAGES:
            for width, height in ((640, 900), (1280, 900)):
                page = await _open(browser, desk, path, width=width, height=height)
                await page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert await page.evaluate(SPILLS) == [], path


async def test_everything_by_keyboard(desk: Desk, chromium_path: str) -> None:
    """Tab goes through every control in the order of the page, each is seen to have the focus, and keys press it."""
    async with browser_with_camera(chromium_path) as browser:
        host = await _open(browser, desk, "/")
        await expect(host.locator("#own-camera")).to_be_enabled()
        wanted = await host.evaluate(
            "[...document.querySelectorAll('a[href], button, input, summary, [tabindex]')]"
            ".filter((one) => one.checkVisibility() && !one.disabled)"
            ".filter((one) => !one.closest('details:not([open]) > :not(summary)'))"
            ".map((one) => one.id || one.textContent)"
        )
        reached = []
        for _ in wanted:
            await host.keyboard.press("Tab")
            name, outline = await host.evaluate(
                "() => { const one = document.activeElement;"
                " return [one.id || one.textContent, parseFloat(getComputedStyle(one).outlineWidth)] }"
            )
            reached.append(name)
            assert outline >= 2, name
        assert reached == wanted

        phone = await _open(browser, desk, "/phone", width=390, height=844)
        await expect(phone.locator("#start")).to_be_enabled()
        await phone.focus("#start")
        await phone.keyboard.press("Enter")
        await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
        await phone.focus("#stop")
        await phone.keyboard.press("Space")
        await expect(phone.locator("#start")).to_be_visible()


async def test_captions_are_read_out_and_do_not_move(desk: Desk, chromium_path: str) -> None:
    """A change of the text is announced politely; who wants less motion gets none; forced colours keep the letters."""
    async with browser_with_camera(chromium_path) as browser:
        page = await _open(browser, desk, "/view/calm")
        await page.emulate_media(reduced_motion="reduce", forced_colors="active")
        await expect(page.locator("#connection")).to_have_text("Live")
        assert await page.locator("#said").get_attribute("aria-live") == "polite"
        await page.request.post(f"{desk.url}/rooms/calm/edits", data={"action": "space"})
        await expect(page.locator("#said")).to_have_text("Space")
        assert await page.evaluate("document.getAnimations().length") == 0
        assert await _broken_rules(page) == []
