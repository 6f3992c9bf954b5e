"""The caption page, as on a wall."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from streamsign.state.grants import EDITOR, Right, Signer
from tests.e2e.desk import Chromium, Desk, open_page

pytestmark = pytest.mark.pages

LAN = True  # other devices can open its link

NEWEST = "() => { const t = document.getElementById('text'); return t.scrollHeight - t.clientHeight - t.scrollTop; }"


async def _write(desk: Desk, room: str, text: str) -> None:
    async with desk.http() as http:
        before = (await http.get(f"/rooms/{room}/transcript.txt")).text.removesuffix("\n")
        edit = {"action": "write", "text": text, "before": before}
        (await http.post(f"/rooms/{room}/edits", json=edit)).raise_for_status()


async def test_a_link_without_a_token_says_so_within_a_second(desk: Desk, chromium: Chromium) -> None:
    """The page does not keep reconnecting: it is refused, in words with the next step."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, f"{desk.url}/view/main")).page
        await expect(page.locator("#notice strong")).to_have_text(
            "This link does not open the captions.", timeout=1_000
        )
        await expect(page.locator("#connection")).to_have_text("Rejected")


async def test_the_bare_address_works_for_whoever_was_let_in(desk: Desk, chromium: Chromium) -> None:
    """Opened once by its link, the page opens again in another tab by the address without the token."""
    async with chromium.with_camera() as browser:
        first = (await open_page(browser, desk.link("/view/main"))).page
        await expect(first.locator("#connection")).to_have_text("Live")
        assert "token" not in first.url
        second = await first.context.new_page()
        await second.goto(first.url)
        await expect(second.locator("#connection")).to_have_text("Live")


async def test_a_token_is_kept_until_it_ends(desk: Desk, chromium: Chromium) -> None:
    """A link that has ended opens nothing by the bare address; one that edits does so in its own tab only."""
    view, edit = (Signer(desk.key).make(rights, "main", 3600) for rights in ((Right.VIEW,), EDITOR))
    address = f"{desk.url}/view/main"
    async with chromium.with_camera() as browser:
        for token, elsewhere, later in ((view, "Live", "Rejected"), (edit, "Rejected", "Rejected")):
            page = (await open_page(browser, f"{address}#token={token}")).page
            await expect(page.locator("#connection")).to_have_text("Live")
            assert "token" not in page.url
            await page.reload()
            await expect(page.locator("#connection")).to_have_text("Live")
            other = await page.context.new_page()
            await other.goto(address)
            await expect(other.locator("#connection")).to_have_text(elsewhere)
            await page.add_init_script("const now = Date.now; Date.now = () => now() + 3_601_000;")
            await page.goto("about:blank")
            await page.goto(address)
            await expect(page.locator("#connection")).to_have_text(later)


async def test_larger_text_keeps_the_newest_in_view(desk: Desk, chromium: Chromium) -> None:
    """A+ up to its largest, and a smaller window: the end of the text stays in sight; the size is kept."""
    async with chromium.with_camera() as browser:
        await _write(desk, "long", "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG AND SLEEPS IN THE SHADE OF A TREE")
        page = (await open_page(browser, desk.link("/view/long"), 800, 600)).page
        await expect(page.locator("#text")).to_contain_text("TREE")
        for _ in range(5):
            await page.click("#larger")
            assert await page.evaluate(NEWEST) <= 1
        await page.set_viewport_size({"width": 500, "height": 400})
        await page.evaluate("new Promise(requestAnimationFrame)")
        assert await page.evaluate(NEWEST) <= 1
        await page.reload()
        assert await page.evaluate("document.body.style.getPropertyValue('--zoom')") == "1.8"


async def test_high_contrast_and_fonts_are_kept(desk: Desk, chromium: Chromium) -> None:
    """High contrast is yellow on black and a font is chosen; both are there after a reload."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/view/main"))).page
        await page.click("#contrast")
        await page.select_option("#font", "mono")
        await page.reload()
        await expect(page.locator("#connection")).to_have_text("Live")
        style = "(e) => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]"
        assert await page.locator("#text").evaluate(style) == ["rgb(255, 233, 74)", "rgb(0, 0, 0)"]
        assert "mono" in await page.locator("#text").evaluate("(e) => getComputedStyle(e).fontFamily")


async def test_the_link_is_shared_by_code_and_copy(desk: Desk, chromium: Chromium) -> None:
    """The link on the page opens the captions for somebody else and lets nobody edit, also when the owner shares it."""
    async with chromium.with_camera() as browser, desk.http() as http:
        await _write(desk, "main", "HELLO")
        for link in (desk.link("/view/main"), desk.link("/view/main").split("#")[0]):
            page = (await open_page(browser, link)).page
            if link.endswith("main"):
                await page.goto(desk.link())
                await page.wait_for_url(desk.link().split("#")[0])  # the owner is signed in
                await page.goto(link)
            await page.click("#share")
            await expect(page.locator("#qr")).to_be_visible()
            shared = await page.locator("#address").input_value()
            assert urlsplit(shared).path == "/view/main"
            token = shared.partition("#token=")[2]
            edit = await http.post(
                "/rooms/main/edits", json={"action": "space"}, headers={"Authorization": f"Bearer {token}"}
            )
            assert edit.status_code == 401
            other: Page = await (await browser.new_context(ignore_https_errors=True)).new_page()
            await other.goto(shared)
            await expect(other.locator("#text")).to_contain_text("HELLO")


async def test_a_wall_is_kept_awake_and_words_wrap_as_words(desk: Desk, desktop_chromium: Chromium) -> None:
    """The screen is kept on while captions are live, an absent letter has no line, and no word is split."""
    async with desktop_chromium.with_camera() as browser:
        await _write(desk, "wrap", "THE SIGNER LOVES CELLO AND VIOLIN MUSIC IN THE EVENING")
        page = await (await browser.new_context(viewport={"width": 700, "height": 500})).new_page()
        await page.add_init_script(
            "window.locks = 0; const ask = navigator.wakeLock.request.bind(navigator.wakeLock);"
            "navigator.wakeLock.request = (kind) => { window.locks += 1; return ask(kind); };"
        )
        await page.goto(desk.link("/view/wrap"))
        await expect(page.locator("#connection")).to_have_text("Live")
        assert await page.evaluate("locks") == 1
        await expect(page.locator("body")).not_to_contain_text(re.compile("No letter"))
        torn = await page.evaluate(
            """() => {
              const walker = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
              const torn = [];
              for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                for (const { 0: word, index } of node.data.matchAll(/\\S+/g)) {
                  const range = document.createRange();
                  range.setStart(node, index);
                  range.setEnd(node, index + word.length);
                  if (range.getClientRects().length > 1) torn.push(word);
                }
              }
              return torn;
            }"""
        )
        assert torn == []
