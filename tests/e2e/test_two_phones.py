"""Two phones at once: each in its own room, and both in one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import write_mjpeg
from tests.e2e.desk import Desk, browser_with_camera, running_server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A server for this computer."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


async def test_each_room_holds_its_own_phones_letters(desk: Desk, chromium_path: str, tmp_path: Path) -> None:
    """Two browsers send at the same time, and with letters in both rooms, none of one is in the other's."""
    words = {"left": "LV", "right": "CE"}
    async with AsyncExitStack() as browsers:
        phones, viewers = {}, {}
        for room, word in words.items():
            film = write_mjpeg(tmp_path / f"{room}.mjpeg", DemoSigner(word, seed=1))
            browser = await browsers.enter_async_context(browser_with_camera(chromium_path, film))
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


async def test_two_phones_in_one_room_are_two_cameras(desk: Desk, chromium_path: str) -> None:
    """The host page lists both; when one stops, the other goes on."""
    async with browser_with_camera(chromium_path) as browser:
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


async def test_one_phones_trouble_is_not_the_others(desk: Desk, chromium_path: str) -> None:
    """A phone that joins a room in which another one's camera has stalled is live, and says so."""
    async with browser_with_camera(chromium_path) as browser:
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
