"""The offer to adapt to confirmed words, and the adaptation on the page that records hands, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from streamsign.collection.folder import CollectedHands
from tests.collection.pictures import archived, collect, picture
from tests.e2e.desk import Chromium, Desk, open_page
from tests.e2e.on_device import litert
from tests.films import film

__all__ = ["litert"]

LAN = True  # the server has its listener for phones


async def _choose_word(page: Page) -> None:
    word = page.locator("#words button:not([disabled])").first
    await expect(word).to_be_visible(timeout=60_000)
    await word.click()


@pytest.mark.slow
async def test_a_phone_is_asked_adapts_and_reads_as_before(desk: Desk, chromium: Chromium) -> None:
    """After the first chosen word the page asks; nothing is kept before, and stopping the camera drops everything."""
    async with chromium.with_camera(film("LOVE")) as browser:
        phone = await open_page(browser, await desk.paired_link("main"), 390, 844)
        page = phone.page
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
        await page.click("#start")
        await expect(page.locator("#text")).to_contain_text("LO", timeout=60_000)
        assert not [each for each in sent if "/api/confirmed" in each]
        await _choose_word(page)
        box = page.locator("#learning")
        await expect(box).to_contain_text("If you agree")
        assert not [each for each in sent if "/api/confirmed" in each]
        await box.get_by_text("I agree").click()
        await expect(box).to_contain_text("Choose suggested words")
        adapt = box.get_by_text("Adapt to my hand")
        for _ in range(60):
            if await adapt.is_visible():
                break
            await _choose_word(page)
            await page.wait_for_timeout(1500)
        await adapt.click()
        await expect(box).to_contain_text("Held-out pictures", timeout=60_000)
        async with desk.http() as http:
            assert (await http.get("/api/rooms/main/adaptation")).json()["in_use"]
            await box.get_by_text("Read as before").click()
            await expect(box).to_be_hidden()
            assert (await http.get("/api/rooms/main/adaptation")).json() is None
        async with page.expect_request(lambda request: request.method == "DELETE" and "/consent" in request.url):
            await page.click("#stop")
        conflict = "409 (Conflict)"  # a letter came between a suggestion and its choice
        assert [each for each in phone.complaints if conflict not in each] == phone.strangers == []


@pytest.mark.usefixtures("litert")
async def test_a_phone_that_reads_itself_says_why_words_do_not_adapt_it(desk: Desk, chromium: Chromium) -> None:
    """It names the reason, asks for no consent, and leads to the page that records."""
    async with chromium.with_camera(film("LOVE")) as browser:
        phone = await open_page(browser, (await desk.paired_link("own")).replace("#", "?where=phone#"), 390, 844)
        page = phone.page
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        await page.click("#start")
        await expect(page.locator("#text")).to_contain_text("LO", timeout=90_000)
        await _choose_word(page)
        box = page.locator("#learning")
        await expect(box).to_contain_text("sends no pictures")
        assert not [each for each in sent if "/api/confirmed" in each]
        await box.get_by_role("button", name="Record your hand").click()
        await expect(page.locator("#consent-title")).to_be_visible()
        assert phone.strangers == []


async def test_the_owner_adapts_from_stored_pictures_and_reverts(
    desk: Desk, chromium: Chromium, tmp_path: Path
) -> None:
    """The card shows the state and the figures; a refusal is shown with its reason."""
    collect(tmp_path / "own", {"V": "L", "C": "C"}, 9)
    hands = CollectedHands(tmp_path / "own")
    hands.add([picture("C", "s-2", seed=1)])
    archive = archived(hands, tmp_path / "hands.zip")
    async with chromium.with_camera() as browser:
        owner = await open_page(browser, desk.link("/collect"))
        page = owner.page
        page.on("dialog", lambda dialog: dialog.accept())
        await expect(page.locator("#adapted")).to_have_text("This room is read with the model as it is.")
        await page.set_input_files("#import input", archive)
        await page.select_option("#adapt-signer", "s-2")
        await page.click("#adapt-now")
        await expect(page.locator("#notice")).to_contain_text("No letter has pictures to adapt to", timeout=60_000)
        await page.select_option("#adapt-signer", "s-1")
        await page.click("#adapt-now")
        await expect(page.locator("#adapted")).to_contain_text("This room is adapted. Held-out", timeout=60_000)
        await expect(page.locator("#notice")).to_be_hidden()
        await page.reload()
        await expect(page.locator("#adapted")).to_contain_text("This room is adapted. Held-out")
        await page.click("#revert")
        await expect(page.locator("#adapted")).to_have_text("This room is read with the model as it is.")
        await page.click("#delete-all")
        await expect(page.locator("#stored")).to_contain_text("No pictures are stored.")
