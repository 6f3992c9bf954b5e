"""Two phones at once: each in its own room, and both in one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, browser_with_camera
from tests.films import film


async def test_each_room_holds_its_own_phones_letters(desk: Desk, chromium: Chromium, chromium_path: str) -> None:
    """Two browsers send at the same time, and with letters in both rooms, none of one is in the other's."""
    words = {"left": "LV", "right": "CE"}
    async with AsyncExitStack() as browsers:
        phones, viewers = {}, {}
        for room, word in words.items():
            played = film(word, seed=1)
            other = chromium.with_camera(played) if room == "left" else browser_with_camera(chromium_path, played)
            browser = await browsers.enter_async_context(other)
            viewers[room] = await browser.new_page()
            await viewers[room].goto(desk.link(f"/view/{room}"))
            phones[room] = await browser.new_page(viewport={"width": 390, "height": 844})
            await phones[room].goto(desk.phone_link(room))
        await asyncio.gather(*(phone.click("#start") for phone in phones.values()))
        shown = [(page[room], word) for room, word in words.items() for page in (phones, viewers)]
        await asyncio.gather(
            *(expect(page.locator("#text")).to_contain_text(word, timeout=45_000) for page, word in shown)
        )
        for page, word in shown:  # not before both have letters: an empty room keeps nothing from another
            assert set(await page.locator("#text").inner_text()) <= set(word)


async def test_two_phones_in_one_room_are_two_cameras(desk: Desk, chromium: Chromium) -> None:
    """The host page lists both; when one stops, the other goes on."""
    async with chromium.with_camera() as browser:
        host = await browser.new_page()
        await host.goto(desk.link())
        phones = [await (await browser.new_context()).new_page() for _ in range(2)]
        for phone in phones:
            await phone.goto(desk.phone_link("main"))
            await phone.click("#start")
        live = host.locator("#cameras li", has_text="Live")
        await expect(live).to_have_count(2, timeout=20_000)
        await phones[0].close()
        await expect(live).to_have_count(1, timeout=20_000)


async def test_one_phones_trouble_is_not_the_others(desk: Desk, chromium: Chromium) -> None:
    """A phone that joins a room in which another one's camera has stalled is live, and says so."""
    async with chromium.with_camera() as browser:
        phones = [await (await browser.new_context()).new_page() for _ in range(2)]
        pills = [phone.locator("#connection") for phone in phones]
        for phone in phones:
            await phone.goto(desk.phone_link("stalled"))
        await phones[0].click("#start")
        await expect(pills[0]).to_have_text("Live", timeout=20_000)
        await phones[0].evaluate("document.getElementById('preview').srcObject.getVideoTracks()[0].stop()")
        await expect(pills[0]).to_have_text("No video arrives", timeout=20_000)
        await phones[1].click("#start")
        await expect(pills[1]).to_have_text("Live", timeout=20_000)
