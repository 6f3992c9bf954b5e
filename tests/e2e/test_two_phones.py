"""Two phones at once: each in its own room, and both in one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
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


async def _sent(desk: Desk, chromium_path: str, film: Path, room: str, word: str) -> None:
    """Send a film from a phone of its own browser until the room's page, opened there too, has its word."""
    async with browser_with_camera(chromium_path, film) as browser:
        phone = await browser.new_page(viewport={"width": 390, "height": 844})
        await phone.goto(desk.phone_link(room))
        await phone.click("#start")
        await expect(phone.locator("#text")).to_contain_text(word, timeout=45_000)
        viewer = await browser.new_page()
        await viewer.goto(f"{desk.url}/view/{room}")
        await expect(viewer.locator("#text")).to_contain_text(word)
        assert set(await viewer.locator("#text").inner_text()) <= set(word)


async def test_each_room_holds_its_own_phones_letters(desk: Desk, chromium_path: str, tmp_path: Path) -> None:
    """Two browsers send at the same time, and no letter of one comes to the other's room."""
    words = {"left": "LV", "right": "CE"}
    films = {room: write_mjpeg(tmp_path / f"{room}.mjpeg", DemoSigner(word, seed=1)) for room, word in words.items()}
    await asyncio.gather(*(_sent(desk, chromium_path, films[room], room, word) for room, word in words.items()))


async def test_two_phones_in_one_room_are_two_cameras(desk: Desk, chromium_path: str) -> None:
    """The host page lists both; when one stops, the other goes on."""
    async with browser_with_camera(chromium_path) as browser:
        host = await browser.new_page()
        await host.goto(desk.url)
        phones = [await (await browser.new_context()).new_page() for _ in range(2)]
        for phone in phones:
            await phone.goto(desk.phone_link("main"))
            await phone.click("#start")
        live = host.locator("#cameras li", has_text="Live")
        await expect(live).to_have_count(2, timeout=20_000)
        await phones[0].close()
        await expect(live).to_have_count(1, timeout=20_000)
