"""A hand in front of a real browser's camera becomes letters on a websocket and on the pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import expect

from streamsign.captions.events import Letter
from tests.e2e.desk import Chromium, Desk, open_page
from tests.e2e.letters import letters_of
from tests.films import film

LONGEST_S = 60
"""How long one word may take on a loaded computer; it is signed in about six seconds."""


async def _letters(desk: Desk, room: str, word: str) -> list[Letter]:
    """The letters of a word, as a program on the websocket gets them."""
    async with asyncio.timeout(LONGEST_S):
        return await letters_of(desk.link(f"/view/{room}"), word, desk.view_token)


async def test_phone_page_spells_love(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """LOVE signed into the phone page's camera reaches a websocket client exactly, and stands on the phone's page."""
    async with chromium.with_camera(film("LOVE")) as browser:
        phone = await open_page(browser, desk.phone_link("love"), 390, 844)
        assert desk.publish_token not in phone.page.url
        await phone.page.click("#start")
        letters = await _letters(desk, "love", "LOVE")
        await expect(phone.page.locator("#text")).to_contain_text("LOVE")
        await expect(phone.page.locator("#connection")).to_have_text("Live")
        await expect(phone.page.locator("#guide")).to_be_visible()  # the film begins again: the hand is back
        await phone.page.screenshot(path=tmp_path / "phone.png")
        guide = await phone.page.locator("#guide").bounding_box()
        video = await phone.page.locator("#preview").bounding_box()
        await phone.page.click("#stop")
        await expect(phone.page.locator("#start")).to_be_visible()
    assert [letter.text[-end:] for end, letter in enumerate(letters, 1)] == ["L", "LO", "LOV", "LOVE"]
    stages = ["travel", "arrive", "wait", "decode", "locate", "crop", "classify", "filter", "publish", "send", "total"]
    assert list(letters[-1].stages_ms) == stages
    assert letters[-1].ledger.captured_error_s is not None
    assert letters[-1].ledger.captured_error_s < 0.1
    assert guide is not None
    assert video is not None
    assert video["x"] <= guide["x"] < guide["x"] + guide["width"] <= video["x"] + video["width"] + 1
    assert 0.2 < max(guide["width"], guide["height"]) / video["height"] < 0.95
    assert phone.complaints == []
    assert phone.strangers == []


async def test_host_page_camera_spells_cello(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """CELLO, with its doubled letter, signed into the computer's own camera is read exactly; the text can be edited."""
    async with chromium.with_camera(film("CELLO")) as browser:
        host = await open_page(browser, desk.link())
        await host.page.click("#own-camera")
        letters = await _letters(desk, "main", "CELLO")
        await expect(host.page.locator("#text")).to_contain_text("CELLO")
        await expect(host.page.locator("#cameras")).to_contain_text("Live")
        await expect(host.page.locator("#latency")).to_contain_text("ms")
        await host.page.screenshot(path=tmp_path / "host.png", full_page=True)
        await host.page.click("#own-camera")
        await expect(host.page.locator("#choices")).to_be_visible()  # the camera is off
        before = await host.page.locator("#text").text_content() or ""
        await host.page.click("[data-edit=backspace]")
        await expect(host.page.locator("#text")).to_have_text(before[:-1])
    assert [letter.text[-end:] for end, letter in enumerate(letters, 1)] == ["C", "CE", "CEL", "CELL", "CELLO"]
    assert host.complaints == []
    assert host.strangers == []


async def test_phone_page_comes_back_by_itself(desk: Desk, chromium: Chromium) -> None:
    """A phone whose session the server ended is live again in a new WHIP session, without a tap or a reload."""
    async with chromium.with_camera() as browser, desk.http() as http:
        phone = await open_page(browser, desk.phone_link("again"), 390, 844)
        async with phone.page.expect_response("**/whip?room=again&*") as first:
            await phone.page.click("#start")
        await expect(phone.page.locator("#connection")).to_have_text("Live")
        session = (await first.value).headers["location"]
        async with phone.page.expect_response("**/whip?room=again&*") as second:
            await http.delete(session, headers={"Authorization": f"Bearer {desk.publish_token}"})
        assert (await second.value).headers["location"] != session
        await expect(phone.page.locator("#connection")).to_have_text("Live")
        await expect(phone.page.locator("#live")).to_be_visible()


SPIES = """
() => {
  window.asked = { awake: 0, released: 0, tapped: 0 };
  const request = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (kind) => {
    const lock = await request(kind);
    asked.awake += 1;
    lock.addEventListener("release", () => (asked.released += 1));
    return lock;
  };
  const vibrate = navigator.vibrate.bind(navigator);
  navigator.vibrate = (pattern) => { asked.tapped += 1; return vibrate(pattern); };
}
"""


async def test_a_phone_stays_awake_and_taps_for_each_letter(desk: Desk, desktop_chromium: Chromium) -> None:
    """The screen is kept on from Start to Stop, and every new letter is felt."""
    async with desktop_chromium.with_camera(film("LOVE")) as browser:
        phone = await open_page(browser, desk.phone_link("awake"), 390, 844)
        await phone.page.evaluate(SPIES)
        await phone.page.click("#start")
        await expect(phone.page.locator("#text")).to_contain_text("LOVE", timeout=1000 * LONGEST_S)
        await phone.page.wait_for_function(
            "() => asked.tapped === document.getElementById('text').textContent.replace(/\\s/g, '').length"
        )
        asked = await phone.page.evaluate("asked")
        assert (asked["awake"], asked["released"]) == (1, 0)
        await phone.page.click("#stop")
        await expect(phone.page.locator("#start")).to_be_visible()
        assert (await phone.page.evaluate("asked"))["released"] == 1


async def test_phone_switches_are_kept(desk: Desk, chromium: Chromium) -> None:
    """Mirror turns the preview around, Sound is kept for the next visit, and no flashlight is offered without one."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("switches"), 390, 844)
        await phone.page.click("#start")
        await expect(phone.page.locator("#connection")).to_have_text("Live", timeout=30_000)
        before = await phone.page.locator("#stage").get_attribute("class")
        await phone.page.click(".settings > summary")
        await phone.page.click("#mirror")
        assert await phone.page.locator("#stage").get_attribute("class") != before
        await expect(phone.page.locator("#torch")).to_be_hidden()
        await phone.page.click(".preferences-button")
        await phone.page.select_option(".preferences [name=feedback]", "off")
        await phone.page.reload()
        await expect(phone.page.locator("#start")).to_be_enabled()
        await expect(phone.page.locator(".preferences [name=feedback]")).to_have_value("off")
        assert phone.complaints == []
