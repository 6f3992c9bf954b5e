"""The phone page in the mode in which the phone reads: letters in the room, no video, and no need of a network."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from streamsign.captions.events import Letter
from tests.e2e.desk import Chromium, Desk, open_page, running_server
from tests.e2e.letters import letters_of
from tests.e2e.on_device import litert
from tests.films import film

__all__ = ["litert"]
pytestmark = [pytest.mark.pages, pytest.mark.usefixtures("litert")]

LONGEST_S = 90
"""How long one word may take on a loaded computer, with the runtime and the graphs loaded before."""

SPY = """
() => {
  window.connections = 0;
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); window.connections += 1; }
  };
  window.kept = new Promise((done) => addEventListener("kept", done, { once: true }));
}
"""


async def _letters(desk: Desk, room: str, word: str) -> list[Letter]:
    """The letters of a word, as a program on the websocket gets them."""
    async with asyncio.timeout(LONGEST_S):
        return await letters_of(desk.link(f"/view/{room}"), word, desk.view_token)


async def _start(page: Page) -> None:
    """Start the camera and wait until the phone reads."""
    await page.evaluate(SPY)
    await page.click("#start")
    await expect(page.locator("#delay")).to_contain_text("ms a frame", timeout=1000 * LONGEST_S)


async def test_the_phone_spells_love_without_sending_video(desk: Desk, chromium: Chromium) -> None:
    """The room gets exactly the letters that the phone reads, and the page makes no connection for video."""
    async with chromium.with_camera(film("LOVE", lead_s=2)) as browser:
        phone = await open_page(browser, desk.phone_link("here").replace("#", "?where=phone#"), 390, 844)
        await _start(phone.page)
        letters = await _letters(desk, "here", "LOVE")
        await expect(phone.page.locator("#text")).to_contain_text("LOVE")
        await expect(phone.page.locator("#connection")).to_have_text("Live")
        await expect(phone.page.locator("#guide")).to_be_visible()
        delay = await phone.page.locator("#delay").text_content()
        assert await phone.page.evaluate("() => window.connections") == 0
        await phone.page.click("#stop")
        await expect(phone.page.locator("#start")).to_be_visible()
    print(f"on the phone page: {delay}")  # noqa: T201
    assert [letter.text[-end:] for end, letter in enumerate(letters, 1)] == ["L", "LO", "LOV", "LOVE"]
    assert {letter.session for letter in letters} == {letters[0].session}
    assert all(letter.started_s < letter.captured_s <= letter.ledger.published_s for letter in letters)  # type: ignore[operator]
    assert phone.complaints == []
    assert phone.strangers == []


async def test_the_phone_reads_without_the_computer(chromium: Chromium, tmp_path: Path) -> None:
    """After the first load the page opens and reads while the server is off; its letters come once it is back, once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with chromium.with_camera(film("LOVE")) as browser:
        with running_server(tmp_path, port=port) as desk:
            phone = (await open_page(browser, desk.phone_link("away").replace("#", "?where=phone#"), 390, 844)).page
            await _start(phone)
            async with asyncio.timeout(LONGEST_S):
                await phone.evaluate("() => window.kept.then(() => null)")
            await phone.click("#stop")
        await phone.reload()
        await _start(phone)
        await expect(phone.locator("#text")).to_contain_text("LOVE", timeout=1000 * LONGEST_S)
        await expect(phone.locator("#detail")).to_have_text(
            "The computer does not respond. The letters are kept and sent later."
        )
        with running_server(tmp_path, port=port) as desk:
            letters = await _letters(desk, "away", "LOVE")
            await phone.click("#stop")
    times = [letter.captured_s for letter in letters]
    assert times == sorted(set(times))


async def test_the_page_is_an_app_that_can_be_installed(desk: Desk, chromium: Chromium) -> None:
    """Chromium finds nothing that prevents it, no error in the manifest, and a service worker for the app's scope."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.phone_link("app").replace("#", "?where=phone#"), 390, 844)).page
        await _start(page)
        async with asyncio.timeout(LONGEST_S):
            await page.evaluate("() => window.kept.then(() => null)")
        devtools = await page.context.new_cdp_session(page)
        assert (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"] == []
        found = await devtools.send("Page.getAppManifest")
        assert found["errors"] == []
        app = found["manifest"]
        assert [urlsplit(app[key]).path for key in ("id", "startUrl", "scope")] == ["/phone"] * 3
        assert app["display"] == "kStandalone"
        workers = "async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope)"
        scopes = await page.evaluate(workers)
        assert [urlsplit(scope).path for scope in scopes] == ["/phone"]


async def test_letters_whose_confirmation_is_lost_enter_the_text_once(desk: Desk, chromium: Chromium) -> None:
    """On a network that loses every other answer the phone sends letters again, and the room has each of them once."""
    async with chromium.with_camera(film("LOVE", lead_s=2)) as browser:
        phone = (await open_page(browser, desk.phone_link("lossy").replace("#", "?where=phone#"), 390, 844)).page
        asked: list[str] = []

        async def lose(route: Route) -> None:
            asked.append(route.request.post_data or "")
            if len(asked) % 2:
                await route.continue_()
            else:
                await route.fetch()
                await route.abort()

        await phone.route("**/on-device/letters?*", lose)
        await _start(phone)
        letters = await _letters(desk, "lossy", "LOVE")
        await phone.click("#stop")
    assert [letter.text[-end:] for end, letter in enumerate(letters, 1)] == ["L", "LO", "LOV", "LOVE"]
    sent = [event["captured_s"] for body in asked for event in json.loads(body)["events"] if event["type"] == "letter"]
    assert len(sent) > len(set(sent))


async def test_the_computer_reads_where_the_phone_cannot(desk: Desk, chromium: Chromium) -> None:
    """Without the runtime the page names the command, and the computer reads the letters."""
    async with chromium.with_camera(film("LOVE")) as browser:
        phone = (await open_page(browser, desk.phone_link("without").replace("#", "?where=phone#"), 390, 844)).page
        missing = '{"detail": "It is not installed.", "next_step": "Run streamsign phone-runtime."}'
        await phone.route("**/on-device?*", lambda route: route.fulfill(status=503, body=missing))
        await phone.click("#start")
        await expect(phone.locator("#connection")).to_have_text("Live")
        await expect(phone.locator("#notice")).to_contain_text("Run streamsign phone-runtime.")
        await _letters(desk, "without", "LOVE")


async def test_the_choice_is_kept(desk: Desk, chromium: Chromium) -> None:
    """Who chooses in the settings that this phone reads finds it chosen after a reload."""
    async with chromium.with_camera() as browser:
        phone = (await open_page(browser, desk.phone_link("chosen"), 390, 844)).page
        await phone.click("#start")
        await expect(phone.locator("#connection")).to_have_text("Live")
        assert await phone.locator("#where").input_value() == "server"
        await phone.click(".settings summary")
        await phone.select_option("#where", "phone")
        await expect(phone.locator("#delay")).to_contain_text("no video is sent", timeout=1000 * LONGEST_S)
        await phone.reload()
        assert await phone.locator("#where").input_value() == "phone"


async def test_another_model_is_read_with_at_once(desk: Desk, chromium: Chromium) -> None:
    """When the model of the server is changed the phone loads it and names its letters."""
    async with chromium.with_camera() as browser, desk.http() as http:
        phone = (await open_page(browser, desk.phone_link("model").replace("#", "?where=phone#"), 390, 844)).page
        await _start(phone)
        await expect(phone.locator("#reads")).to_have_text("This model reads C E L O V")
        (await http.put("/api/model", json={"name": "alphabet"})).raise_for_status()
        await expect(phone.locator("#reads")).to_be_empty(timeout=1000 * LONGEST_S)  # it reads all letters
        (await http.put("/api/model", json={"name": "celov"})).raise_for_status()
        await expect(phone.locator("#reads")).to_have_text("This model reads C E L O V", timeout=1000 * LONGEST_S)
        await phone.click("#stop")
