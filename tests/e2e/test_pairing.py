"""The whole way of a phone: the QR code on the host page, scanned; paired; letters on both screens."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect

from streamsign.settings import read_settings
from tests.e2e.desk import Chromium, Desk, running_server
from tests.films import film
from tests.server.conftest import serving

LAN = True  # the server has its listener for phones

LONGEST_MS = 60_000
"""How long a word may take: after a stall while the camera connects, the film's next pass is the first whole one."""


async def _phone(browser: Browser) -> Page:
    """A phone that has accepted the certificate."""
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    return await context.new_page()


async def _scan(host: Page) -> str:
    """What a phone's camera reads from the host page."""
    await expect(host.locator("#qr")).to_be_visible()
    picture = cv2.imdecode(np.frombuffer(await host.locator("#qr").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    large = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(large, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(framed)
    return str(read)


async def test_scan_pair_and_sign(desk: Desk, chromium: Chromium) -> None:
    """The code opens the phone page, leaves its address and works once; the word stands on phone, host and overlay."""
    async with chromium.with_camera(film("LOVE")) as browser:
        host = await browser.new_page()
        await host.goto(desk.link())
        link = await _scan(host)
        assert link == await host.locator("#phone-link").input_value()
        overlay = await browser.new_page()
        await overlay.goto(desk.link("/overlay/main?fade=0"))
        phone = await _phone(browser)
        sockets: list[str] = []
        phone.on("websocket", lambda opened: sockets.append(opened.url))
        await phone.goto(link)
        await expect(phone.locator("#start")).to_be_enabled()
        assert "code" not in phone.url
        await expect(host.locator("#phone-link")).not_to_have_value(link)
        assert await _scan(host) != link
        await phone.click("#start")
        await expect(host.locator("#text")).to_contain_text("LOVE", timeout=LONGEST_MS)
        await expect(phone.locator("#text")).to_contain_text("LOVE")
        await expect(overlay.locator("#lines")).to_contain_text("LOVE")
        assert sockets == []  # an iPhone refuses them under a certificate it does not trust

        await phone.goto(phone.url.partition("#")[0])  # opened again without a code: still paired
        await expect(phone.locator("#start")).to_be_enabled()
        await phone.goto("about:blank")
        await phone.goto(link)  # a used code, but the browser is paired
        await expect(phone.locator("#start")).to_be_enabled()
        await expect(phone.locator("#notice")).to_be_hidden()

        thief = await _phone(browser)
        await thief.goto(link)
        await expect(thief.locator("#notice strong")).to_have_text(
            "This code was already used: a code is valid for one phone."
        )
        await expect(thief.locator("#start")).to_be_disabled()


async def test_another_room_has_phones_and_text_of_its_own(desk: Desk, chromium: Chromium) -> None:
    """Opened by its name on the host page, its code pairs a phone with it, and the first room stays empty."""
    async with chromium.with_camera(film("LOVE")) as browser:
        main, host = await browser.new_page(), await browser.new_page()
        for page in (main, host):
            await page.goto(desk.link())
        await main.click("[data-edit=clear]")
        await host.click("#rooms > summary")
        await host.fill("[name=room]", "left")
        await host.press("[name=room]", "Enter")
        await expect(host.locator("#room")).to_have_text("left")
        phone = await _phone(browser)
        await phone.goto(await _scan(host))
        await phone.click("#start")
        await expect(host.locator("#text")).to_contain_text("LOVE", timeout=LONGEST_MS)
        await expect(main.locator("#text")).to_have_text("")
        await host.goto(desk.link("/?room=no%20such"))
        await expect(host.locator("#notice")).to_contain_text("1 to 64 letters")


async def test_the_host_disconnects_a_phone_and_changes_the_model(desk: Desk, chromium: Chromium) -> None:
    """The list names the phone that sends, another model reads it; disconnected, it scans again and keeps its name."""
    async with chromium.with_camera(film("FIY")) as browser:
        host = await browser.new_page()
        await host.goto(desk.link())
        await host.click("[data-edit=clear]")
        await expect(host.locator("#model")).to_have_value("celov")
        await host.locator("#model").select_option("alphabet")
        phone = await _phone(browser)
        await phone.goto(await _scan(host))
        await phone.click("#start")
        sending = host.locator("#cameras li", has_text="Live")
        await expect(sending).to_contain_text("Linux computer Chrome")
        await expect(host.locator("#text")).to_contain_text("FI", timeout=30_000)
        await sending.get_by_role("button", name="Disconnect").click()
        await expect(phone.locator("#notice strong")).to_have_text("The computer disconnected this phone.")
        await expect(phone.locator("#notice span")).to_contain_text("Scan the")
        await expect(phone.locator("#start")).to_be_visible()
        await expect(sending).to_have_count(0)
        device = host.locator("#cameras li", has_text="Disconnected")
        await expect(device).to_contain_text("Last seen")
        await device.get_by_role("button", name="Rename").click()
        await host.get_by_role("textbox", name="Name of the device").fill("Ana")
        await host.keyboard.press("Enter")
        await phone.goto("about:blank")
        await phone.goto(await _scan(host))
        await expect(phone.locator("#start")).to_be_enabled()
        named = host.locator("#cameras li", has_text="Ana")
        await expect(named).to_contain_text("Not sending")
        await named.get_by_role("button", name="Forget").click()
        await expect(named).to_have_count(0)
        await host.locator("#model").select_option("celov")
        later = await browser.new_page()
        await later.goto(desk.link())
        await expect(later.locator("#model")).to_have_value("celov")


@pytest.mark.parametrize(
    ("fragment", "words"),
    [("#room=main&code=never-shown", "did not issue this code"), ("", "is not paired")],
)
async def test_without_a_good_code_the_phone_says_what_to_do(
    desk: Desk, chromium: Chromium, fragment: str, words: str
) -> None:
    """The words say what is wrong, the next step is to scan, and the camera is not asked for."""
    async with chromium.with_camera() as browser:
        phone = await _phone(browser)
        await phone.goto(f"{desk.url}/phone{fragment}")
        await expect(phone.locator("#notice strong")).to_contain_text(words)
        await expect(phone.locator("#notice span")).to_contain_text("Scan the")
        await expect(phone.locator("#start")).to_be_hidden()


async def test_a_lost_request_does_not_cost_the_code(desk: Desk, chromium: Chromium) -> None:
    """A phone whose first request gets lost, as while it joins the network, offers its code again and is paired."""
    async with chromium.with_camera() as browser:
        host = await browser.new_page()
        await host.goto(desk.link())
        link = await _scan(host)
        phone = await _phone(browser)
        await phone.route("**/pair", lambda route: route.abort("connectionfailed"), times=1)
        await phone.goto(link)
        await expect(phone.locator("#start")).to_be_enabled()
        await expect(phone.locator("#notice")).to_be_hidden()


async def test_an_expired_code_says_how_to_get_a_new_one(chromium: Chromium, tmp_path: Path) -> None:
    """Scanned two minutes after it was shown, a code is refused in words; the one shown by then is good."""
    async with serving(read_settings(state_dir=tmp_path)) as running, chromium.with_camera() as browser:
        codes = running.server.codes
        shown = await codes.current("main")
        codes._clock = lambda: time.monotonic() + shown.expires_s
        phone = await _phone(browser)
        await phone.goto(f"{running.url}/phone#room=main&code={shown.code}")
        await expect(phone.locator("#notice strong")).to_have_text(
            "This code has expired: a code is valid for two minutes."
        )
        await expect(phone.locator("#notice span")).to_contain_text("Scan the code that the computer shows now")
        await expect(phone.locator("#start")).to_be_disabled()
        await phone.goto(f"{running.url}/phone#room=main&code={(await codes.current('main')).code}")
        await phone.reload()
        await expect(phone.locator("#start")).to_be_enabled()


def test_a_session_survives_a_restart(chromium_path: str, tmp_path: Path) -> None:
    """A paired phone may send again after the server was started again, here without its listener for phones."""
    with running_server(tmp_path, lan=True) as first:
        shown = httpx.get(f"{first.url}/api/pairing", headers=first.owner).json()
        code = shown["url"].rpartition("code=")[2]
        token = httpx.post(f"{first.url}/pair", json={"code": code}).json()["token"]
    with running_server(tmp_path) as second:
        assert httpx.get(f"{second.url}/api/pairing", headers=second.owner).json()["reason"] == "this_computer_only"
        offer = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        assert httpx.post(f"{second.url}/whip", headers=offer, content="v=0").status_code == 400  # let in, but no offer
