"""Two phones at once: each in its own room, and both in one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, browser_with_camera, open_page
from tests.films import film

LAN = True  # phones can be paired


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


async def test_a_second_phone_takes_over_gets_its_own_room_or_sends_beside(desk: Desk, chromium: Chromium) -> None:
    """It is asked; so is the phone that was taken over; two send at once only if somebody says so."""
    async with chromium.with_camera() as browser:
        host = (await open_page(browser, desk.link())).page
        live = host.locator("#cameras li", has_text="Live")
        first, second = [(await open_page(browser, await desk.paired_link("main"), 390, 844)).page for _ in range(2)]
        asked = [phone.locator("#occupied") for phone in (first, second)]
        pills = [phone.locator("#connection") for phone in (first, second)]
        await first.click("#start")
        await expect(pills[0]).to_have_text("Live", timeout=30_000)
        await second.click("#start")
        await expect(asked[1]).to_contain_text("Another camera sends into this room: Linux computer.")
        await expect(live).to_have_count(1)
        await second.get_by_role("button", name="Take over").click()
        await expect(pills[1]).to_have_text("Live", timeout=30_000)
        await expect(asked[0]).to_contain_text("Another camera sends into this room", timeout=30_000)
        await expect(live).to_have_count(1)
        await first.get_by_role("button", name="Use both").click()
        await expect(live).to_have_count(2, timeout=30_000)
        await first.click("#stop")
        await expect(live).to_have_count(1, timeout=30_000)
        await first.click("#start")
        await first.get_by_role("button", name="Use a room of my own").click()
        await expect(pills[0]).to_have_text("Live", timeout=30_000)
        await expect(first.locator("#room")).to_have_text("main-2")
        await expect(host.locator("#cameras li", has_text="In room main-2")).to_contain_text("Live", timeout=30_000)


async def test_this_computers_camera_asks_too(desk: Desk, chromium: Chromium) -> None:
    """While a phone sends, the host page's camera takes over only when the person says so."""
    async with chromium.with_camera() as browser:
        phone = (await open_page(browser, desk.phone_link("own"), 390, 844)).page
        await phone.click("#start")
        host = (await open_page(browser, desk.link("/?room=own"))).page
        live = host.locator("#cameras li", has_text="Live")
        await expect(live).to_have_count(1, timeout=30_000)
        await host.click("#own-camera")
        await expect(host.locator("#occupied")).to_contain_text("Another camera sends into this room.")
        await host.get_by_role("button", name="Take over").click()
        await expect(host.locator("#own-camera")).to_have_text("Stop this camera", timeout=30_000)
        await expect(phone.locator("#occupied")).to_contain_text("This computer's camera", timeout=30_000)


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
        await phones[1].get_by_role("button", name="Use both").click()
        await expect(pills[1]).to_have_text("Live", timeout=20_000)
