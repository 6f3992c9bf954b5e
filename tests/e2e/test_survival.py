"""What a phone lives through by itself: a server that dies, a camera that is taken away, a phone that is turned."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from streamsign.captions.events import Status
from streamsign.client.captions import watch
from tests.e2e.desk import Chromium, Desk, open_page, running_server
from tests.films import film


async def _start(page: Page) -> None:
    await page.click("#start")
    await expect(page.locator("#connection")).to_have_text("Live", timeout=30_000)


async def test_a_killed_server_is_joined_again(chromium: Chromium, tmp_path: Path) -> None:
    """Killed mid-word and started again, the server gets the phone back within 3 s; the text so far stays."""
    async with chromium.with_camera(film("CELLO")) as browser:
        with running_server(tmp_path) as first:
            phone = await open_page(browser, first.phone_link("main"), 390, 844)
            viewer = await open_page(browser, first.link("/view/main"))
            await _start(phone.page)
            await expect(phone.page.locator("#text")).to_contain_text("CE", timeout=30_000)
            os.kill(first.pid, signal.SIGKILL)
            await expect(phone.page.locator("#connection")).to_have_text("Reconnecting")
            await expect(phone.page.locator("#notice")).to_contain_text("Retrying automatically")
            before = await phone.page.locator("#text").inner_text()
        with running_server(tmp_path, port=urlsplit(first.url).port or 0):
            await expect(phone.page.locator("#connection")).to_have_text("Live", timeout=3_000)
            await expect(phone.page.locator("#notice")).to_be_hidden()
            for page in (phone.page, viewer.page):
                await expect(page.locator("#text .before")).to_contain_text(before)
                await expect(page.locator("#text .fresh")).to_have_count(1, timeout=30_000)


TAKE_AWAY = """
() => {
  const [track] = document.getElementById("preview").srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
  return track.id;
}
"""


NOW = "document.getElementById('preview').srcObject?.getVideoTracks()[0]"
HOLD = """
() => {
  const free = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotReadableError"));
  window.letGo = () => { navigator.mediaDevices.getUserMedia = free; };
}
"""


async def _fresh_track(page: Page, ended: str) -> None:
    await page.wait_for_function(f"(ended) => {NOW} && {NOW}.id !== ended && {NOW}.readyState === 'live'", arg=ended)


async def test_a_camera_taken_away_comes_back(desk: Desk, chromium: Chromium) -> None:
    """A track that ended (screen lock, another app) is replaced on the same connection."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("taken"), 390, 844)
        offers: list[str] = []
        phone.page.on("request", lambda request: offers.append(request.url) if request.method == "POST" else None)
        await _start(phone.page)
        await _fresh_track(phone.page, await phone.page.evaluate(TAKE_AWAY))
        await expect(phone.page.locator("#connection")).to_have_text("Live")
        assert len(offers) == 1


async def test_a_camera_another_app_keeps_is_taken_back_later(desk: Desk, chromium: Chromium) -> None:
    """While the camera cannot be opened the page says so and keeps trying; the moment it is free it films again."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("kept"), 390, 844)
        await _start(phone.page)
        await phone.page.evaluate(HOLD)
        ended = await phone.page.evaluate(TAKE_AWAY)
        await expect(phone.page.locator("#notice")).to_contain_text("Another app is using the camera.")
        await expect(phone.page.locator("#connection")).to_have_text("No video arrives", timeout=10_000)
        await expect(phone.page.locator("#stop")).to_be_visible()
        await phone.page.evaluate("letGo()")
        await _fresh_track(phone.page, ended)
        await expect(phone.page.locator("#notice")).to_be_hidden()
        await expect(phone.page.locator("#connection")).to_have_text("Live")


async def test_a_camera_that_is_busy_from_the_start_is_said(desk: Desk, chromium: Chromium) -> None:
    """Start says which apps to close, and can be tapped again once they are."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("busy"), 390, 844)
        await phone.page.evaluate(HOLD)
        await phone.page.click("#start")
        await expect(phone.page.locator("#notice")).to_contain_text("Another app may be using it")
        await expect(phone.page.locator("#notice")).to_contain_text("then try again")
        await phone.page.evaluate("letGo()")
        await _start(phone.page)


async def test_a_turned_phone_shows_everything(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """Upright and on its side, down to 320 pixels: camera, letter and buttons can be seen, nothing scrolls aside."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("turned"), 390, 844)
        await _start(phone.page)
        await phone.page.click(".settings > summary")
        for width, height in ((844, 390), (320, 568), (568, 320), (390, 844)):
            await phone.page.set_viewport_size({"width": width, "height": height})
            assert await phone.page.evaluate("document.documentElement.scrollWidth") <= width
            for part in ("#preview", "#glyph", "#stop", "#switch"):
                await phone.page.locator(part).scroll_into_view_if_needed()
                await expect(phone.page.locator(part)).to_be_in_viewport(ratio=0.9)
            await phone.page.screenshot(path=tmp_path / f"phone-{width}.png", full_page=True)
            await expect(phone.page.locator("#connection")).to_have_text("Live")


TURNING = """
() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const film = Object.assign(document.createElement("video"), { srcObject: await open(wish), muted: true });
    await film.play();
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const paint = () => {
      canvas.getContext("2d").drawImage(film, (canvas.width - 640) / 2, (canvas.height - 480) / 2, 640, 480);
      film.requestVideoFrameCallback(paint);
    };
    film.requestVideoFrameCallback(paint);
    window.turn = () => { [canvas.width, canvas.height] = [canvas.height, canvas.width]; };
    return canvas.captureStream(30);
  };
}
"""


async def test_a_turned_phones_letters_go_on(desk: Desk, chromium: Chromium) -> None:
    """The picture's width and height swap in the middle of the stream: preview and outline follow, letters are read."""
    async with chromium.with_camera(film("CELLO")) as browser:
        phone = await open_page(browser, desk.phone_link("swapped"), 390, 844)
        await phone.page.evaluate(TURNING)
        await _start(phone.page)
        text = phone.page.locator("#text")
        await expect(text).to_contain_text("CE", timeout=30_000)
        for ratio in ("480 / 640", "640 / 480"):
            await phone.page.evaluate("turn()")
            await expect(phone.page.locator("#stage")).to_have_css("aspect-ratio", ratio)
            await phone.page.request.post(
                f"{desk.url}/rooms/swapped/edits", data={"action": "clear"}, headers=desk.owner
            )
            await expect(text).to_have_text(re.compile("[CELO]{3}"), timeout=30_000)
            await expect(phone.page.locator("#guide")).to_be_visible(timeout=30_000)
            await expect(phone.page.locator("#connection")).to_have_text("Live")


@pytest.mark.slow
async def test_a_locked_phone_goes_on_when_it_is_unlocked(desk: Desk, chromium: Chromium) -> None:
    """Asleep for longer than the server waits, and its camera gone: unlocked, it is live again and keeps the text."""
    async with chromium.with_camera(film("LOVE")) as browser:
        phone = await open_page(browser, desk.phone_link("locked"), 390, 844)
        await _start(phone.page)
        await expect(phone.page.locator("#text")).to_contain_text("LOV", timeout=30_000)
        before = await phone.page.locator("#text").inner_text()
        told = await (await browser.new_browser_cdp_session()).send("SystemInfo.getProcessInfo")
        pages = [process["id"] for process in told["processInfo"] if process["type"] == "renderer"]
        for page in pages:
            os.kill(page, signal.SIGSTOP)
        try:
            async with asyncio.timeout(60), aclosing(watch(desk.link("/view/locked"))) as events:
                async for event in events:
                    if isinstance(event, Status) and event.state == "closed":
                        break
        finally:
            for page in pages:
                os.kill(page, signal.SIGCONT)
        await phone.page.evaluate(TAKE_AWAY)  # delivered when the page is awake again
        await expect(phone.page.locator("#connection")).to_have_text("Live", timeout=30_000)
        await expect(phone.page.locator("#text")).to_have_text(
            re.compile(f"^{before}.*[LOVE]{{2}}", re.DOTALL), timeout=30_000
        )
